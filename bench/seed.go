package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/unstuckengine/unstuck/internal/demo"
	"github.com/unstuckengine/unstuck/internal/scope"
)

// service is a running API with a tenant in it.
type service struct {
	database
	*process
	url       string
	key       string
	workspace string
	account   string // id of one account
	body      string // what the API answers when that account is asked for
}

// bearer is the header that carries the key.
func (a service) bearer() string { return "Authorization: Bearer " + a.key }

// tenant makes a workspace without a rate limit and a key that may do everything.
func (s *stage) tenant(ctx context.Context, d database) (workspace, key string, err error) {
	bin, err := s.binary(ctx, "cmd/api")
	if err != nil {
		return "", "", err
	}
	var w struct{ ID string }
	if err := s.command(ctx, &w, bin, d.env, "admin", "workspace", "create", "--name", "bench", "--plan", "team", "-o", "json"); err != nil {
		return "", "", err
	}
	if err := s.command(ctx, nil, bin, d.env, "admin", "workspace", "set", w.ID, "--rate-per-minute", "0", "-o", "json"); err != nil {
		return "", "", err
	}
	key, err = s.mint(ctx, d, w.ID, scope.Full)
	return w.ID, key, err
}

// mint makes a key of the preset.
func (s *stage) mint(ctx context.Context, d database, workspace string, p scope.Preset) (string, error) {
	bin, err := s.binary(ctx, "cmd/api")
	if err != nil {
		return "", err
	}
	var k struct{ Key string }
	err = s.command(ctx, &k, bin, d.env, "admin", "key", "create", "--workspace", workspace, "--name", "bench", "--preset", string(p), "-o", "json")
	return k.Key, err
}

// api starts the API on a fresh database of the engine, with a tenant and the accounts of the demonstration.
func (s *stage) api(ctx context.Context, e engine) (service, error) {
	d, err := s.database(ctx, e)
	if err != nil {
		return service{}, err
	}
	return s.apiOn(ctx, d)
}

// apiOn is api on a database that is there.
func (s *stage) apiOn(ctx context.Context, d database) (a service, err error) {
	a.database = d
	if a.workspace, a.key, err = s.tenant(ctx, d); err != nil {
		return a, err
	}
	bin, err := s.binary(ctx, "cmd/api")
	if err != nil {
		return a, err
	}
	accounts, err := s.demo("accounts", demo.Accounts(time.Now()))
	if err != nil {
		return a, err
	}
	if err := s.command(ctx, nil, bin, d.env, "admin", "import", "--workspace", a.workspace, "--accounts", accounts, "-o", "json"); err != nil {
		return a, err
	}
	if a.process, a.url, err = s.server(bin, "api_url", d.env, "serve", "--listen", "127.0.0.1:0"); err != nil {
		return a, err
	}
	return a, s.pick(&a)
}

// demo keeps made-up records in a file.
func (s *stage) demo(name string, r io.Reader) (string, error) {
	dir, err := s.folder()
	if err != nil {
		return "", err
	}
	f, err := os.Create(filepath.Join(dir, name+".jsonl"))
	if err != nil {
		return "", err
	}
	defer f.Close()
	_, err = io.Copy(f, r)
	return f.Name(), err
}

// pick finds one account and what the API answers for it.
func (s *stage) pick(a *service) error {
	c, err := s.dial(a.url)
	if err != nil {
		return err
	}
	body, err := c.want(request("POST", a.url+"/v1/accounts/search", `{"limit":1}`, a.bearer()), 200)
	if err != nil {
		return fmt.Errorf("find an account: %w", err)
	}
	var found struct{ Items []struct{ ID string } }
	if err := json.Unmarshal(body, &found); err != nil {
		return err
	}
	if len(found.Items) != 1 {
		return fmt.Errorf("%d accounts where one was asked for", len(found.Items))
	}
	a.account = found.Items[0].ID
	if body, err = c.want(a.get(), 200); err != nil {
		return fmt.Errorf("get the account: %w", err)
	}
	a.body = string(body)
	return nil
}

// get is the request for the account by its id.
func (a service) get() []byte {
	return request("GET", a.url+"/v1/accounts/"+a.account, "", a.bearer())
}

// plain starts the handler that answers everything with the status and body.
func (s *stage) plain(ctx context.Context, status int, body string) (url string, err error) {
	bin, err := s.binary(ctx, "bench/ref/plain")
	if err != nil {
		return "", err
	}
	dir, err := s.folder()
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "body.json")
	if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
		return "", err
	}
	_, url, err = s.server(bin, "url", nil, "127.0.0.1:0", fmt.Sprint(status), file)
	return url, err
}

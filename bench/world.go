package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/unstuckengine/unstuck/internal/wire"
)

// signalsEach is how many signals every account of a world has.
const signalsEach = 10

// world is a running API whose workspace has many accounts and their signals. Rows share it, and it goes with the run.
type world struct {
	service
	words    []string // of its texts, the commonest first
	accounts []string // ids of some accounts
}

// place names a world.
type place struct {
	engine engine
	size   int
}

// world returns the world of the size on the engine, which the first row that asks for it makes.
func (s *stage) world(ctx context.Context, e engine, size int) (*world, error) {
	if w := s.worlds[place{e, size}]; w != nil {
		return w, nil
	}
	keeper := &stage{lab: s.lab}
	w, err := keeper.make(ctx, e, size)
	if err != nil {
		keeper.end()
		return nil, err
	}
	s.worlds[place{e, size}], s.keepers = w, append(s.keepers, keeper)
	return w, nil
}

// make imports the accounts, writes the signals with one statement and starts the API.
func (s *stage) make(ctx context.Context, e engine, size int) (*world, error) {
	w := &world{words: vocabulary(30_000)}
	var err error
	if w.database, err = s.database(ctx, e); err != nil {
		return nil, err
	}
	if w.workspace, w.key, err = s.tenant(ctx, w.database); err != nil {
		return nil, err
	}
	bin, err := s.binary(ctx, "cmd/api")
	if err != nil {
		return nil, err
	}
	companies, err := s.demo("companies", companies(w.words, size))
	if err != nil {
		return nil, err
	}
	done := w.analyse(ctx)
	err = s.command(ctx, nil, bin, w.env, "admin", "import", "--workspace", w.workspace, "--accounts", companies, "-o", "json")
	done()
	if err != nil {
		return nil, err
	}
	if err := s.fill(ctx, w); err != nil {
		return nil, err
	}
	if w.process, w.url, err = s.server(bin, "api_url", w.env, "serve", "--listen", "127.0.0.1:0"); err != nil {
		return nil, err
	}
	if err := rested(w.cmd.Process.Pid); err != nil { // it looks at every record for the first time
		return nil, err
	}
	if err := s.pick(&w.service); err != nil {
		return nil, err
	}
	return w, s.pickMore(w)
}

// signalsOfAll writes the signals of all accounts of the workspace in the order of the accounts' ids, as an import by company would: one call of
// the API for each 500 would take hours where this takes minutes. The texts are those that the API writes; the accounts' numbers, a millisecond
// each, keep signals from having one time.
const signalsOfAll = `INSERT INTO signals (workspace_id, id, external_id, signal_type, source, source_f, occurred_at, title, title_f, account_id, account_domain,
	company_domain, context, context_f, dedupe, created_at)
	WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
	SELECT a.workspace_id, a.id || '-' || n.i, 'seed-' || a.id || '-' || n.i, CASE n.i %% 3 WHEN 0 THEN 'website_visit' WHEN 1 THEN 'content_download' ELSE 'email_click' END,
		'seed', 'seed', a.created_at - n.i * 3600000000 - 1000 * CAST(REPLACE(REPLACE(a.domain, 'company-', ''), '.example', '') AS BIGINT), 'Visited the pricing page', 'visited the pricing page', a.id, a.domain, a.domain,
		'{"page":"/pricing"}', '{"page":"s/pricing"}', a.id || '-' || n.i, a.created_at
	FROM accounts a CROSS JOIN n WHERE a.workspace_id = '%s' ORDER BY a.id, n.i`

// analyse has PostgreSQL look at its tables every half minute until done is called, as a server does by itself that is not told otherwise: plans made
// for empty tables would read the whole workspace for each batch of the import.
func (w *world) analyse(ctx context.Context) (done func()) {
	ctx, cancel := context.WithCancel(ctx)
	if w.file != "" {
		return cancel
	}
	var looking sync.WaitGroup
	looking.Go(func() {
		for tick := time.NewTicker(30 * time.Second); ; {
			select {
			case <-ctx.Done():
				tick.Stop()
				return
			case <-tick.C:
				_ = statement(ctx, w.database.url, `ANALYZE`) // it makes nothing but speed
			}
		}
	})
	return func() { cancel(); looking.Wait() }
}

// fill writes the signals. PostgreSQL's private server never looks at its tables by itself, so that it is told to.
func (s *stage) fill(ctx context.Context, w *world) error {
	text := fmt.Sprintf(signalsOfAll, signalsEach-1, w.workspace)
	if w.file == "" {
		return statement(ctx, w.database.url, text, `VACUUM ANALYZE`)
	}
	db, err := s.lite(w.file)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, text)
	return err
}

// pickMore finds the ids of 100 accounts.
func (s *stage) pickMore(w *world) error {
	c, err := s.dial(w.url)
	if err != nil {
		return err
	}
	body, err := c.want(request("POST", w.url+"/v1/accounts/search", `{"limit":100}`, w.bearer()), 200)
	if err != nil {
		return fmt.Errorf("find accounts: %w", err)
	}
	var found struct{ Items []struct{ ID string } }
	if err := json.Unmarshal(body, &found); err != nil {
		return err
	}
	for _, i := range found.Items {
		w.accounts = append(w.accounts, i.ID)
	}
	return nil
}

// vocabulary makes words, the same ones every time.
func vocabulary(n int) (words []string) {
	r := rand.New(rand.NewPCG(1, 2)) // #nosec G404 -- made-up data
	for range n {
		w := ""
		for range 1 + r.IntN(3) {
			w += string("bcdfghjklmnprstvwz"[r.IntN(18)]) + string("aeiou"[r.IntN(5)]) + []string{"", "n", "r", "s", "l"}[r.IntN(5)]
		}
		words = append(words, w)
	}
	return words
}

// prose draws words as unevenly as those of real texts come.
func prose(words []string, seed uint64) func(n int) string {
	r := rand.New(rand.NewPCG(seed, 2)) // #nosec G404 -- made-up data
	z := rand.NewZipf(r, 1.1, 8, uint64(len(words)-1))
	return func(n int) string {
		list := make([]string, n)
		for i := range list {
			list[i] = words[z.Uint64()]
		}
		return strings.Join(list, " ")
	}
}

// companies streams accounts as JSON Lines: a name of one to three words, a description of 20 to 60.
func companies(words []string, n int) io.Reader {
	r, w := io.Pipe()
	go func() {
		out, text := bufio.NewWriter(w), prose(words, 3)
		encode := json.NewEncoder(out)
		var err error
		for i := 0; i < n && err == nil; i++ {
			err = encode.Encode(wire.Account{
				Domain: fmt.Sprintf("company-%d.example", i), Name: text(1 + i%3), Description: text(20 + i%41),
				Industry: fmt.Sprintf("Industry %d", i%60), CountryCode: []string{"US", "DE", "JP", "CN"}[i%4],
			})
		}
		if err == nil {
			err = out.Flush()
		}
		_ = w.CloseWithError(err)
	}()
	return r
}

// queries returns some two-word queries, drawn as the texts were.
func (w *world) queries(n int) []string {
	text := prose(w.words, 4)
	out := make([]string, n)
	for i := range out {
		out[i] = text(2)
	}
	return out
}

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"time"
)

// foundPage is P1: the page of what a word finds, beside the two searches of the API that give the same records.
func foundPage(e engine) func(context.Context, *stage) (pair, error) {
	return pageBeside(e, func(a company) (string, []string) {
		word, _, _ := strings.Cut(a.Name, " ")
		body := fmt.Sprintf(`{"query":%q,"limit":25}`, word)
		return "/admin/records?q=" + url.QueryEscape(word), []string{"/v1/accounts/search", body, "/v1/leads/search", body}
	})
}

// recordPage is P1: the page of a company with its latest signals and its people, beside the lookup and the search that give the same.
func recordPage(e engine) func(context.Context, *stage) (pair, error) {
	return pageBeside(e, func(a company) (string, []string) {
		return "/admin/records/" + a.ID, []string{lookup(a.ID), "", "/v1/leads/search", fmt.Sprintf(`{"account_domain":[%q],"limit":25}`, a.Domain)}
	})
}

// company is what the rows need of an account.
type company struct{ ID, Name, Domain string }

// pageBeside compares the median time of a page with that of the requests to the API that give its data, one after the other. ask names the path of
// the page and the paths of the requests, each followed by its body.
func pageBeside(e engine, ask func(company) (page string, same []string)) func(context.Context, *stage) (pair, error) {
	return func(ctx context.Context, s *stage) (pair, error) {
		a, err := s.api(ctx, e)
		if err != nil {
			return pair{}, err
		}
		var about company
		if err := json.Unmarshal([]byte(a.body), &about); err != nil {
			return pair{}, err
		}
		cookie, err := s.signedIn(ctx, a)
		if err != nil {
			return pair{}, fmt.Errorf("sign in: %w", err)
		}
		path, same := ask(about)
		page, err := s.caller(a.url, request("GET", a.url+path, "", "Cookie: "+cookie), 200, about.ID)
		if err != nil {
			return pair{}, err
		}
		reference, err := s.inOrder(a, same)
		return pair{s.middle([]call{page}, time.Millisecond), s.middle([]call{reference}, time.Millisecond)}, err
	}
}

// inOrder returns a call that sends all requests, each of which must be answered with 200.
func (s *stage) inOrder(a service, same []string) (call, error) {
	var requests [][]byte
	for i := 0; i < len(same); i += 2 {
		method := map[bool]string{true: "GET", false: "POST"}[same[i+1] == ""]
		requests = append(requests, request(method, a.url+same[i], same[i+1], a.bearer()))
	}
	c, err := s.dial(a.url)
	return func() error {
		for _, r := range requests {
			if _, err := c.want(r, 200); err != nil {
				return err
			}
		}
		return nil
	}, err
}

// signedIn makes an admin of the service's workspace, signs in by the setup link and returns the session's cookie.
func (s *stage) signedIn(ctx context.Context, a service) (cookie string, err error) {
	bin, err := s.binary(ctx, "cmd/api")
	if err != nil {
		return "", err
	}
	var made struct {
		SetupURL string `json:"setup_url"`
	}
	if err := s.command(ctx, &made, bin, a.env, "admin", "member", "add", "--workspace", a.workspace, "--email", "bench@example.com", "--role", "admin", "-o", "json"); err != nil {
		return "", err
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		return "", err
	}
	person := &http.Client{Jar: jar, Timeout: wireTimeout}
	const password = "velvet tractor under nine moons"
	if err := sendForm(person, a.url+"/admin/setup", url.Values{"link": {made.SetupURL}}); err != nil {
		return "", err
	}
	if err := sendForm(person, a.url+"/admin/setup/password", url.Values{"password": {password}, "again": {password}}); err != nil {
		return "", err
	}
	u, err := url.Parse(a.url)
	if err != nil || len(jar.Cookies(u)) == 0 {
		return "", errors.Join(err, errors.New("no cookie was set"))
	}
	return jar.Cookies(u)[0].String(), nil
}

var formToken = regexp.MustCompile(`name="_token" value="([^"]+)"`)

// sendForm loads the page and sends its form with the fields.
func sendForm(person *http.Client, address string, fields url.Values) error {
	page, err := read200(person.Get(address))
	if err != nil {
		return err
	}
	token := formToken.FindStringSubmatch(page)
	if token == nil {
		return errors.New(address + " has no form")
	}
	fields.Set("_token", token[1])
	_, err = read200(person.Post(address, "application/x-www-form-urlencoded", strings.NewReader(fields.Encode())))
	return err
}

func read200(res *http.Response, err error) (string, error) {
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answered %d", res.Request.URL.Path, res.StatusCode)
	}
	return string(body), err
}

package uprun_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var tokenInput = regexp.MustCompile(`name="_token" value="([^"]*)"`)

// TestSetup opens the link that a first run prints, by real HTTP, and finds it gone in the runs after; a link that was not used is made anew.
func TestSetup(t *testing.T) {
	m := newMachine(t)
	first := m.start("-o", "json")
	unused := first.ready()
	first.interrupt()
	second := m.start("-o", "json")
	r := second.ready()
	if unused.SetupURL == nil || r.SetupURL == nil || *unused.SetupURL == *r.SetupURL {
		t.Fatalf("setup links: %v and %v, want two", unused.SetupURL, r.SetupURL)
	}
	old := strings.Replace(*unused.SetupURL, unused.AdminURL, r.AdminURL, 1)
	if body := setUp(t, r.AdminURL, old); !strings.Contains(body, "used already, was replaced") {
		t.Errorf("the link of the run before:\n%s", body)
	}
	if body := setUp(t, r.AdminURL, *r.SetupURL); !strings.Contains(body, "You are set up and signed in.") || !strings.Contains(body, "owner@unstuck.localhost") {
		t.Errorf("the link:\n%s", body)
	}
	second.interrupt()
	third := m.start("-o", "json")
	if r := third.ready(); r.SetupURL != nil {
		t.Errorf("a link for who has set up: %s", *r.SetupURL)
	}
	third.interrupt()
}

// setUp goes the way of a browser without scripts and returns the last page.
func setUp(t *testing.T, admin, link string) (body string) {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	c := &http.Client{Jar: jar}
	body = read(t)(c.Get(admin + "/setup"))
	body = post(t, c, admin+"/setup", body, url.Values{"link": {link}})
	if strings.Contains(body, "Choose a password") {
		body = post(t, c, admin+"/setup/password", body, url.Values{"password": {"four words are fine"}, "again": {"four words are fine"}})
	}
	return body
}

func post(t *testing.T, c *http.Client, path, page string, form url.Values) string {
	t.Helper()
	if token := tokenInput.FindStringSubmatch(page); token != nil {
		form.Set("_token", token[1])
	}
	return read(t)(c.PostForm(path, form))
}

func read(t *testing.T) func(*http.Response, error) string {
	return func(res *http.Response, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(body)
	}
}

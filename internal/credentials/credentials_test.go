//go:build unix

package credentials_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/credentials"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/token"
)

const (
	vector = "unstuck_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf067pPw_a1b2c3d4"
	canary = "canary-that-must-not-be-shown"
)

func key(t *testing.T) token.Secret {
	t.Helper()
	s, err := token.Parse(vector)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func environ(dir string, more ...string) []string {
	return append([]string{"UNSTUCK_CONFIG_DIR=" + dir}, more...)
}

func fileIn(t *testing.T, dir string) credentials.File {
	t.Helper()
	f, err := credentials.In(environ(dir))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func write(t *testing.T, dir, text string, mode fs.FileMode) {
	t.Helper()
	path := filepath.Join(dir, "credentials")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func TestSaveThenLoad(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made")
	f := fileIn(t, dir)
	want := credentials.Profile{Key: key(t), APIURL: "https://api.example.com"}
	for _, name := range []string{"default", "second"} {
		if err := f.Save(name, want); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"default", "second"} {
		got, err := f.Load(name)
		if err != nil || !got.Key.Equal(want.Key) || got.APIURL != want.APIURL {
			t.Errorf("Load(%s) = %v, %v", name, got, err)
		}
	}
	for path, mode := range map[string]fs.FileMode{dir: 0o700, f.Path(): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v; want %v", path, info.Mode(), err, mode)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v, %v", entries, err)
	}
	if was, err := f.Remove("default"); err != nil || !was {
		t.Errorf("Remove = %v, %v", was, err)
	}
	if was, err := f.Remove("default"); err != nil || was {
		t.Errorf("second Remove = %v, %v", was, err)
	}
	names, err := f.Names()
	if diff := cmp.Diff([]string{"second"}, names, cmpopts.SortSlices(strings.Compare)); diff != "" || err != nil {
		t.Errorf("Names: %s%v", diff, err)
	}
}

func TestRefusedFiles(t *testing.T) {
	good := "[default]\napi_key = \"" + vector + "\"\n"
	for name, c := range map[string]struct {
		make func(dir string)
		code fault.Code
		says string
	}{
		"none":            {func(string) {}, fault.MissingAPIKey, "No API key is set"},
		"group":           {func(d string) { write(t, d, good, 0o640) }, fault.MissingAPIKey, "chmod 600"},
		"others":          {func(d string) { write(t, d, good, 0o604) }, fault.MissingAPIKey, "chmod 600"},
		"writable":        {func(d string) { write(t, d, good, 0o620) }, fault.MissingAPIKey, "chmod 600"},
		"large":           {func(d string) { write(t, d, good+strings.Repeat("#", 4096), 0o600) }, fault.MissingAPIKey, "4 KiB"},
		"not TOML":        {func(d string) { write(t, d, "[default\n"+canary, 0o600) }, fault.MissingAPIKey, "TOML"},
		"unknown member":  {func(d string) { write(t, d, "[default]\n"+canary+" = 1\n", 0o600) }, fault.MissingAPIKey, "TOML"},
		"wrong type":      {func(d string) { write(t, d, "[default]\napi_key = 7\n", 0o600) }, fault.MissingAPIKey, "TOML"},
		"bare key":        {func(d string) { write(t, d, vector, 0o600) }, fault.MissingAPIKey, "TOML"},
		"another profile": {func(d string) { write(t, d, "[other]\napi_key = \"x\"\n", 0o600) }, fault.MissingAPIKey, "UNSTUCK_PROFILE (other)"},
		"malformed key":   {func(d string) { write(t, d, "[default]\napi_key = \""+canary+"\"\n", 0o600) }, fault.InvalidAPIKey, "not a whole key"},
		"no expansion":    {func(d string) { write(t, d, "[default]\napi_key = \"$HOME\"\n", 0o600) }, fault.InvalidAPIKey, "not a whole key"},
		"plain http":      {func(d string) { write(t, d, good+"api_url = \"http://"+canary+".example\"\n", 0o600) }, fault.APIUnreachable, "https://"},
		"directory":       {func(d string) { must(t, os.Mkdir(filepath.Join(d, "credentials"), 0o700)) }, fault.MissingAPIKey, "regular file"},
		"link": {func(d string) {
			write(t, d, good, 0o600)
			must(t, os.Rename(filepath.Join(d, "credentials"), filepath.Join(d, "real")))
			must(t, os.Symlink("real", filepath.Join(d, "credentials")))
		}, fault.MissingAPIKey, "regular file"},
		"pipe": {func(d string) { must(t, mkfifo(filepath.Join(d, "credentials"))) }, fault.MissingAPIKey, "regular file"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			c.make(dir)
			f := fileIn(t, dir)
			_, err := f.Load("default")
			if fault.CodeOf(err) != c.code || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), canary) {
				t.Errorf("Load: %v; want %s with %q", err, c.code, c.says)
			}
			before, _ := os.Lstat(f.Path())
			saved := f.Save("new", credentials.Profile{Key: key(t)})
			after, _ := os.Lstat(f.Path())
			untrusted := c.code == fault.MissingAPIKey && !credentials.IsMissing(err)
			if untrusted && (saved == nil || !os.SameFile(before, after)) {
				t.Errorf("Save touched a file that must not be trusted: %v", saved)
			}
			if !untrusted && saved != nil {
				t.Errorf("Save: %v", saved)
			}
		})
	}
}

func TestResolve(t *testing.T) {
	const file = "[default]\napi_key = \"" + vector + "\"\napi_url = \"https://file.example\"\n"
	type want struct {
		key  credentials.Source
		url  string
		from credentials.Source
		code fault.Code
	}
	for name, c := range map[string]struct {
		file string
		mode fs.FileMode
		env  []string
		want want
	}{
		"nothing":              {"", 0, nil, want{"", credentials.DefaultAPIURL, credentials.FromDefault, fault.MissingAPIKey}},
		"file":                 {file, 0o600, nil, want{credentials.FromFile, "https://file.example", credentials.FromFile, ""}},
		"environment":          {"", 0, []string{"UNSTUCK_API_KEY=" + vector, "UNSTUCK_API_URL=https://env.example/"}, want{credentials.FromEnvironment, "https://env.example", credentials.FromEnvironment, ""}},
		"environment key":      {file, 0o600, []string{"UNSTUCK_API_KEY= " + vector + "\n"}, want{credentials.FromEnvironment, "https://file.example", credentials.FromFile, ""}},
		"environment address":  {file, 0o600, []string{"UNSTUCK_API_URL=http://localhost:1"}, want{credentials.FromFile, "http://localhost:1", credentials.FromEnvironment, ""}},
		"no falling back":      {file, 0o600, []string{"UNSTUCK_API_KEY=" + canary}, want{"", "https://file.example", credentials.FromFile, fault.InvalidAPIKey}},
		"file not to trust":    {file, 0o644, []string{"UNSTUCK_API_KEY=" + vector}, want{"", credentials.DefaultAPIURL, credentials.FromDefault, fault.MissingAPIKey}},
		"file without a say":   {file, 0o644, []string{"UNSTUCK_API_KEY=" + vector, "UNSTUCK_API_URL=https://env.example"}, want{credentials.FromEnvironment, "https://env.example", credentials.FromEnvironment, ""}},
		"empty is unset":       {file, 0o600, []string{"UNSTUCK_API_KEY="}, want{credentials.FromFile, "https://file.example", credentials.FromFile, ""}},
		"profile without file": {"", 0, []string{"UNSTUCK_PROFILE=other"}, want{"", credentials.DefaultAPIURL, credentials.FromDefault, fault.MissingAPIKey}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if c.file != "" {
				write(t, dir, c.file, c.mode)
			}
			l, err := credentials.Resolve(environ(dir, c.env...), "")
			if err != nil {
				t.Fatal(err)
			}
			if got := (want{l.KeySource, l.APIURL, l.URLSource, fault.CodeOf(l.Err)}); got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
			if l.Key.IsZero() != (l.Err != nil) {
				t.Errorf("key %v with error %v", l.Key, l.Err)
			}
		})
	}
}

func TestUsageErrorsNameTheVariable(t *testing.T) {
	for says, env := range map[string][]string{
		"UNSTUCK_API_URL":    environ(t.TempDir(), "UNSTUCK_API_URL=http://"+canary+".example"),
		"UNSTUCK_PROFILE":    environ(t.TempDir(), "UNSTUCK_PROFILE="+canary+"!"),
		"UNSTUCK_CONFIG_DIR": {},
	} {
		_, err := credentials.Resolve(env, "")
		if config.Code(err) != config.ExitUsage || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: %v", says, err)
		}
	}
}

func TestChangedFileCountsAtOnce(t *testing.T) {
	dir := t.TempDir()
	r, err := credentials.NewResolver(environ(dir), "")
	if err != nil {
		t.Fatal(err)
	}
	if l := r.Current(); !credentials.IsMissing(l.Err) {
		t.Fatalf("before: %v", l.Err)
	}
	must(t, fileIn(t, dir).Save("default", credentials.Profile{Key: key(t)}))
	if l := r.Current(); !l.Key.Equal(key(t)) {
		t.Errorf("after Save: %v, %v", l.Key, l.Err)
	}
	must(t, os.Chmod(r.File().Path(), 0o644))
	if l := r.Current(); l.Err == nil {
		t.Error("a file opened to others still counts")
	}
	must(t, os.Remove(r.File().Path()))
	if l := r.Current(); !credentials.IsMissing(l.Err) {
		t.Errorf("after removal: %v", l.Err)
	}
}

func TestParseAddress(t *testing.T) {
	for text, want := range map[string]string{
		"https://api.example.com":       "https://api.example.com",
		" https://api.example.com/v/ ":  "https://api.example.com/v",
		"http://127.0.0.1:8080":         "http://127.0.0.1:8080",
		"http://[::1]:8080/":            "http://[::1]:8080",
		"http://LOCALHOST":              "http://LOCALHOST",
		"http://api.example.com":        "",
		"http://127.0.0.1.example":      "",
		"http://localhost.example":      "",
		"https://u:p@api.example.com":   "",
		"https://api.example.com?a=b":   "",
		"https://api.example.com?":      "",
		"https://api.example.com#x":     "",
		"ftp://api.example.com":         "",
		"api.example.com":               "",
		"https://":                      "",
		"https:api.example.com":         "",
		"":                              "",
		"https://api.example.com\x00":   "",
		"http://127.0.0.1@evil.example": "",
	} {
		got, err := credentials.ParseAddress(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("ParseAddress(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
}

func TestSaveRefusesBadNamesAndTooMuch(t *testing.T) {
	f := fileIn(t, t.TempDir())
	for _, name := range []string{"", "a b", "../x", strings.Repeat("a", 65)} {
		if err := f.Save(name, credentials.Profile{}); config.Code(err) != config.ExitUsage {
			t.Errorf("Save(%q) = %v", name, err)
		}
	}
	var err error
	for i := 0; i < 100 && err == nil; i++ {
		err = f.Save(strings.Repeat("p", i%60+1)+string(rune('a'+i%26)), credentials.Profile{Key: key(t)})
	}
	if err == nil || !strings.Contains(err.Error(), "4 KiB") {
		t.Errorf("a file beyond its limit: %v", err)
	}
	if _, err := f.Names(); err != nil {
		t.Errorf("the old file is gone: %v", err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil && !errors.Is(err, fs.ErrExist) {
		t.Fatal(err)
	}
}

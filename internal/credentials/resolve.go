package credentials

import (
	"io/fs"
	"os"
	"strings"
	"sync"

	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/token"
)

// Source says where a value came from.
type Source string

// The sources, the strongest first. A bad value at one is an error; the next is not asked.
const (
	FromEnvironment Source = "environment"
	FromFile        Source = "file"
	FromDefault     Source = "default"
)

// Login is what a program uses: a key and an API.
type Login struct {
	Key       token.Secret // zero when Err says why there is none
	KeySource Source       // "" when there is no key
	APIURL    string
	URLSource Source
	Profile   string
	Err       error // a *fault.Error: why Key cannot be used
}

// Resolver finds the login again each time it is asked, so that a changed credentials file counts without a restart.
type Resolver struct {
	file    File
	profile string
	key     string // of the environment
	apiURL  string // of the environment, checked

	mu    sync.Mutex
	stamp fs.FileInfo
	login *Login
}

// NewResolver reads the environment (as os.Environ gives it). profile is the one named by a flag, "" for that of
// UNSTUCK_PROFILE or the default. The error is an Exit with ExitUsage naming the variable at fault.
func NewResolver(environ []string, profile string) (*Resolver, error) {
	env := config.Environ(environ)
	r := &Resolver{profile: profile, key: strings.TrimSpace(env["UNSTUCK_API_KEY"])}
	if r.profile == "" {
		r.profile = env["UNSTUCK_PROFILE"]
	}
	if r.profile == "" {
		r.profile = DefaultProfile
	}
	if !ValidName(r.profile) {
		return nil, config.Fail(config.ExitUsage, "UNSTUCK_PROFILE (or --profile) must be 1 to 64 letters, digits, underscores or hyphens")
	}
	var err error
	if text := env["UNSTUCK_API_URL"]; text != "" {
		if r.apiURL, err = ParseAddress(text); err != nil {
			return nil, config.Fail(config.ExitUsage, "UNSTUCK_API_URL %s", err)
		}
	}
	if r.file, err = In(environ); err != nil && (r.key == "" || r.apiURL == "") {
		return nil, err
	}
	return r, nil
}

// Resolve is NewResolver and one Current.
func Resolve(environ []string, profile string) (Login, error) {
	r, err := NewResolver(environ, profile)
	if err != nil {
		return Login{}, err
	}
	return r.Current(), nil
}

// File returns the credentials file that is consulted.
func (r *Resolver) File() File { return r.file }

// Current returns the login as of now. The file is read again only when its name leads to another or changed file.
func (r *Resolver) Current() Login {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.key != "" && r.apiURL != "" { // the file has no say
		if r.login == nil {
			r.keep(r.decide(Profile{}, nil))
		}
		return *r.login
	}
	stamp, _ := os.Lstat(r.file.Path())
	if r.login != nil && same(r.stamp, stamp) {
		return *r.login
	}
	p, err := r.file.Load(r.profile)
	r.stamp = stamp
	r.keep(r.decide(p, err))
	return *r.login
}

func (r *Resolver) keep(l Login) { r.login = &l }

func same(a, b fs.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size() && a.Mode() == b.Mode()
}

func (r *Resolver) decide(p Profile, fileErr error) Login {
	l := Login{Profile: r.profile, APIURL: DefaultAPIURL, URLSource: FromDefault}
	switch {
	case r.apiURL != "":
		l.APIURL, l.URLSource = r.apiURL, FromEnvironment
	case p.APIURL != "":
		l.APIURL, l.URLSource = p.APIURL, FromFile
	}
	switch {
	case r.key != "" && fileErr != nil && !IsMissing(fileErr):
		l.Err = fileErr // the file would have told which API to send the key to
	case r.key != "":
		l.Key, l.KeySource, l.Err = fromEnvironment(r.key)
	case fileErr != nil:
		l.Err = fileErr
	case p.Key.IsZero():
		l.Err = missing()
	default:
		l.Key, l.KeySource = p.Key, FromFile
	}
	return l
}

func fromEnvironment(text string) (token.Secret, Source, error) {
	key, err := token.Parse(text)
	if err != nil {
		return token.Secret{}, "", fault.New(fault.InvalidAPIKey, "UNSTUCK_API_KEY is not a whole key. Copy it again, or unset it to use the credentials file.")
	}
	return key, FromEnvironment, nil
}

// Package credentials keeps API keys on a person's machine: a TOML file of profiles that nobody else can read, and the
// order in which environment, file and default decide which key is used against which API.
package credentials

import (
	"errors"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/token"
)

// DefaultProfile is the profile used when none is named.
const DefaultProfile = "default"

// MaxFileBytes is the largest credentials file that is read or written.
const MaxFileBytes = 4 << 10

// Profile is one login: a key and the API that it belongs to.
type Profile struct {
	Key    token.Secret // zero when the profile has none
	APIURL string       // as ParseAddress returns it; "" means the default
}

// File is the credentials file of one directory. It is read afresh by every method.
type File struct{ dir string }

// In returns the credentials file of the environment (as os.Environ gives it): in UNSTUCK_CONFIG_DIR, else in ~/.unstuck.
// The error, an Exit with ExitUsage, says that neither that variable nor a home directory is known.
func In(environ []string) (File, error) {
	env := config.Environ(environ)
	if dir := env["UNSTUCK_CONFIG_DIR"]; dir != "" {
		return File{dir: dir}, nil
	}
	for _, name := range []string{"HOME", "USERPROFILE"} {
		if home := env[name]; home != "" {
			return File{dir: filepath.Join(home, ".unstuck")}, nil
		}
	}
	return File{}, config.Fail(config.ExitUsage, "no home directory is known; set UNSTUCK_CONFIG_DIR")
}

// Path returns where the file is, or would be.
func (f File) Path() string { return filepath.Join(f.dir, "credentials") }

var profileName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// ValidName reports whether name can name a profile: 1 to 64 letters, digits, underscores or hyphens.
func ValidName(name string) bool { return profileName.MatchString(name) }

// Load returns the profile. The error is a *fault.Error: missing_api_key when there is no such file or profile or when
// the file must not be trusted, invalid_api_key when its key is malformed, api_unreachable when its address is not allowed.
func (f File) Load(name string) (Profile, error) {
	all, err := f.read()
	if err != nil {
		return Profile{}, err
	}
	stored, ok := all[name]
	if !ok {
		return Profile{}, all.noneOf()
	}
	return stored.profile()
}

// Names returns the names of the file's profiles, in no order; none when there is no file. Errors are those of Load.
func (f File) Names() ([]string, error) {
	all, err := f.read()
	if err != nil && !IsMissing(err) {
		return nil, err
	}
	names := make([]string, 0, len(all))
	for name := range all {
		names = append(names, name)
	}
	return names, nil
}

// Save adds or replaces the profile and keeps the others. A file that must not be trusted is not touched.
func (f File) Save(name string, p Profile) error {
	if !ValidName(name) {
		return config.Fail(config.ExitUsage, "a profile is named by 1 to 64 letters, digits, underscores or hyphens")
	}
	return f.change(func(all profiles) bool {
		all[name] = stored{APIKey: p.Key.Reveal(), APIURL: p.APIURL}
		return true
	})
}

// Remove deletes the profile and reports whether it was there.
func (f File) Remove(name string) (was bool, err error) {
	err = f.change(func(all profiles) bool {
		_, was = all[name]
		delete(all, name)
		return was
	})
	return was, err
}

func (f File) change(edit func(profiles) bool) error {
	all, err := f.read()
	if err != nil && !IsMissing(err) {
		return err
	}
	if all == nil {
		all = profiles{}
	}
	if !edit(all) {
		return nil
	}
	return f.write(all)
}

// errMissing is the cause that IsMissing tells apart from others.
var errMissing = errors.New("no such file or profile")

func missing() *fault.Error {
	return &fault.Error{Code: fault.MissingAPIKey, Cause: errMissing,
		Detail: "No API key is set. Run `unstuck auth login`, or set UNSTUCK_API_KEY."}
}

// maxListed is how many profiles are named to who asked for another.
const maxListed = 8

// noneOf says that the profile asked for is not there, and which ones are.
func (all profiles) noneOf() *fault.Error {
	e := missing()
	var names []string
	for name := range all {
		if ValidName(name) && token.Scrub(name) == name {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return e
	}
	slices.Sort(names)
	more := ""
	if len(names) > maxListed {
		names, more = names[:maxListed], " and others"
	}
	e.Detail = "No API key is set for this profile. Name one that is there with --profile or UNSTUCK_PROFILE (" + strings.Join(names, ", ") + more +
		"), run `unstuck auth login`, or set UNSTUCK_API_KEY."
	return e
}

// IsMissing reports whether err says that there is no file or no such profile, as against one that must not be trusted.
func IsMissing(err error) bool { return errors.Is(err, errMissing) }

package credentials

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/token"
)

// stored is a profile as it stands in the file.
type stored struct {
	APIKey   string `toml:"api_key,omitempty"`
	Previous string `toml:"previous_api_key,omitempty"` // until the key that took its place is proved
	APIURL   string `toml:"api_url,omitempty"`
}

type profiles map[string]stored

func (s stored) profile() (Profile, error) {
	var p Profile
	var err error
	if s.APIKey != "" {
		if p.Key, err = token.Parse(strings.TrimSpace(s.APIKey)); err != nil {
			return Profile{}, fault.New(fault.InvalidAPIKey, "The api_key in the credentials file is not a whole key. Run `unstuck auth login` again.")
		}
	}
	if s.APIURL != "" {
		if p.APIURL, err = ParseAddress(s.APIURL); err != nil {
			return Profile{}, fault.New(fault.APIUnreachable, "The api_url in the credentials file "+err.Error()+".")
		}
	}
	return p, nil
}

func unsafe(what string) *fault.Error {
	return fault.New(fault.MissingAPIKey, "The credentials file is not used: "+what)
}

const (
	notRegular   = "it is not a regular file. Remove it and run `unstuck auth login`."
	openToOthers = "other users can open it. Run `chmod 600` on it."
	otherOwner   = "it belongs to another user. Remove it and run `unstuck auth login`."
	tooLarge     = "it is larger than 4 KiB. Remove profiles that you no longer use."
	notTOML      = "it is not the expected TOML: tables with api_key and api_url, both strings. Correct it by hand."
	unreadable   = "it cannot be read. Check its permissions."
)

// read returns every profile of the file. It refuses what it opened, not what a name pointed to a moment earlier.
func (f File) read() (profiles, error) {
	file, err := openFile(f.Path())
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, missing()
	case errors.Is(err, errSymlink):
		return nil, unsafe(notRegular)
	case err != nil:
		return nil, unsafe(unreadable)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, unsafe(unreadable)
	}
	if err := judge(info); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(file, MaxFileBytes+1))
	switch {
	case err != nil:
		return nil, unsafe(unreadable)
	case len(text) > MaxFileBytes:
		return nil, unsafe(tooLarge)
	}
	return parse(text)
}

func judge(info fs.FileInfo) error {
	switch {
	case !info.Mode().IsRegular():
		return unsafe(notRegular)
	case !ownedByUs(info):
		return unsafe(otherOwner)
	case exposed(info.Mode()):
		return unsafe(openToOthers)
	case info.Size() > MaxFileBytes:
		return unsafe(tooLarge)
	}
	return nil
}

// parse drops the library's errors because they quote the text.
func parse(text []byte) (profiles, error) {
	all := profiles{}
	meta, err := toml.Decode(string(text), &all)
	if err != nil || len(meta.Undecoded()) > 0 {
		return nil, unsafe(notTOML)
	}
	return all, nil
}

// write replaces the file in one step: a crash leaves the old file or the new one, whole.
func (f File) write(all profiles) error {
	var text bytes.Buffer
	if err := toml.NewEncoder(&text).Encode(all); err != nil {
		return fault.Wrap(fault.Internal, err)
	}
	if text.Len() > MaxFileBytes {
		return unsafe(tooLarge)
	}
	if err := os.MkdirAll(f.dir, 0o700); err != nil {
		return cannotWrite(err)
	}
	temp, err := os.CreateTemp(f.dir, ".credentials-*") // made with mode 0600
	if err != nil {
		return cannotWrite(err)
	}
	defer os.Remove(temp.Name())
	_, err = temp.Write(text.Bytes())
	if err = errors.Join(err, temp.Sync(), temp.Close()); err == nil {
		err = os.Rename(temp.Name(), f.Path())
	}
	if err != nil {
		return cannotWrite(err)
	}
	syncDir(f.dir)
	return nil
}

func cannotWrite(cause error) *fault.Error {
	return &fault.Error{Code: fault.Internal, Detail: "The credentials file cannot be written. Check the directory's permissions, or set UNSTUCK_CONFIG_DIR.", Cause: cause}
}

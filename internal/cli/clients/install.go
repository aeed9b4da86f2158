package clients

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/unstuckengine/unstuck/internal/cli/ordered"
	"github.com/unstuckengine/unstuck/internal/config"
)

// Snippet returns the JSON to paste into the client's file when it holds nothing else.
func (c Client) Snippet(s Server) (string, error) {
	entry, err := c.entry(s)
	if err != nil {
		return "", err
	}
	text, err := c.merge(nil, s.Name, entry)
	return string(text), err
}

// Installed is what Install did.
type Installed struct {
	Path    string
	Backup  string // the old file's copy; "" when there was none or nothing changed
	Changed bool
}

// Install adds the server to the client's file at path, or replaces the one of its name, and keeps all else as it is,
// order included. The old file is copied beside it first; the new one appears whole or not at all. A file that is no
// plain JSON is not touched.
func (c Client) Install(path string, s Server) (Installed, error) {
	done := Installed{Path: path}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target // a link into somebody's dotfiles stays one
	}
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return done, config.Fail(config.ExitError, "cannot read %s: %w", path, err)
	}
	entry, err := c.entry(s)
	if err != nil {
		return done, err
	}
	text, err := c.merge(old, s.Name, entry)
	if err != nil {
		return done, config.Fail(config.ExitError, "%s is not plain JSON and was not touched; run `unstuck mcp install %s --print` and paste what it prints", path, c.Name)
	}
	if bytes.Equal(bytes.TrimSpace(old), bytes.TrimSpace(text)) {
		return done, nil
	}
	if old != nil {
		done.Backup = unused(path + ".backup")
		if err := replace(done.Backup, old, modeOf(path)); err != nil {
			return done, err
		}
	}
	done.Changed = true
	return done, replace(path, text, modeOf(path))
}

// Ours returns the servers in the file's text that this package named and that are programs to start.
func (c Client) Ours(text []byte) []Server {
	file, err := ordered.Parse(text)
	if err != nil {
		return nil
	}
	servers, err := ordered.Parse(file.Get(c.key))
	if err != nil {
		return nil
	}
	var ours []Server
	for _, m := range servers.Members() {
		var e entry
		if m.Name != baseName && !strings.HasPrefix(m.Name, baseName+"-") || json.Unmarshal(m.Value, &e) != nil || e.Command == "" {
			continue
		}
		ours = append(ours, Server{Name: m.Name, Command: Command{e.Command, e.Args}, Env: e.Env})
	}
	return ours
}

// merge returns the file's text with the server in it.
func (c Client) merge(old []byte, name string, entry []byte) ([]byte, error) {
	file, err := object(old)
	if err != nil {
		return nil, err
	}
	servers, err := object(file.Get(c.key))
	if err != nil {
		return nil, err
	}
	servers.Set(name, entry)
	inner, err := servers.MarshalJSON()
	if err != nil {
		return nil, err
	}
	file.Set(c.key, inner)
	whole, err := file.MarshalJSON()
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = json.Indent(&b, whole, "", "  ")
	b.WriteByte('\n')
	return b.Bytes(), err
}

// unused returns path, numbered when there is such a file: an older backup may be the one that matters.
func unused(path string) string {
	for i, name := 2, path; ; i++ {
		if _, err := os.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			return name
		}
		name = path + "-" + strconv.Itoa(i)
	}
}

// object reads an object that may be missing.
func object(text []byte) (ordered.Object, error) {
	if len(bytes.TrimSpace(text)) == 0 {
		return ordered.Object{}, nil
	}
	return ordered.Parse(text)
}

// modeOf is the mode of the file at path; a new file is for its owner alone, since other servers' keys may stand in it later.
func modeOf(path string) fs.FileMode {
	if info, err := os.Stat(path); err == nil {
		return info.Mode().Perm()
	}
	return 0o600
}

func replace(path string, text []byte, mode fs.FileMode) error {
	fail := func(err error) error { return config.Fail(config.ExitError, "cannot write %s: %w", path, err) }
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fail(err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".unstuck-*")
	if err != nil {
		return fail(err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	if err = errors.Join(err, f.Chmod(mode), f.Sync(), f.Close()); err != nil {
		return fail(err)
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return fail(err)
	}
	return nil
}

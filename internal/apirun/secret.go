package apirun

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/store"
)

// secretName is the pepper's file on the embedded store, beside the database but not in it.
const secretName = "secret.key"

// maxSecret bounds a secret file; peppers are a few dozen bytes.
const maxSecret = 16 << 10

// keyring reads the peppers from where the configuration says. On the embedded store they are made once.
func (c Config) keyring() (*keys.Keyring, error) {
	text, origin, err := c.secretText()
	if err != nil {
		return nil, err
	}
	ring, err := keys.ParseKeyring(text)
	if err != nil {
		return nil, config.Fail(config.ExitUsage, "%s: %w; make one with `openssl rand -base64 32`", origin, err)
	}
	return ring, nil
}

func (c Config) secretText() (text, origin string, err error) {
	switch {
	case c.SecretKey != "" && c.SecretKeyFile != "":
		return "", "", config.Fail(config.ExitUsage, "UNSTUCK_SECRET_KEY and UNSTUCK_SECRET_KEY_FILE are both set; keep one")
	case c.SecretKey != "":
		return c.SecretKey, "UNSTUCK_SECRET_KEY", nil
	case c.SecretKeyFile != "":
		text, err := readSecret(c.SecretKeyFile)
		return text, "UNSTUCK_SECRET_KEY_FILE", err
	case c.DatabaseURL != "":
		return "", "", config.Fail(config.ExitUsage, "UNSTUCK_SECRET_KEY (or UNSTUCK_SECRET_KEY_FILE) must be set with UNSTUCK_DATABASE_URL; make one with `openssl rand -base64 32` and keep it apart from the database")
	}
	text, err = embeddedSecret(c.DataDir)
	return text, filepath.Join(c.DataDir, secretName), err
}

// embeddedSecret reads the data directory's secret, and makes it when the directory holds no database yet. A database
// without its secret is not given a new one: that would kill every key in silence.
func embeddedSecret(dir string) (string, error) {
	path := filepath.Join(dir, secretName)
	text, err := readSecret(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return text, err
	}
	if _, err := os.Stat(filepath.Join(dir, store.FileName)); err == nil {
		return "", config.Fail(config.ExitError, "%s is missing beside the database; restore it from a backup, since without it no key works", path)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", config.Fail(config.ExitError, "cannot make the data directory: %w", err)
	}
	if err := makeSecret(path); err != nil {
		return "", config.Fail(config.ExitError, "cannot write %s: %w", path, err)
	}
	return readSecret(path)
}

// makeSecret writes a new secret whole or not at all; when another process was first, its file stays.
func makeSecret(path string) error {
	text, err := keys.NewKeyringText(rand.Reader)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".secret-*") // made with 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err = os.Link(f.Name(), path); errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// readSecret reads a secret file that is nobody else's to read. The error wraps fs.ErrNotExist when there is none.
func readSecret(path string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", config.Fail(config.ExitError, "the secret file %s does not exist: %w", path, fs.ErrNotExist)
	case err != nil:
		return "", config.Fail(config.ExitError, "cannot read the secret file: %w", err)
	case !info.Mode().IsRegular() || info.Size() > maxSecret:
		return "", config.Fail(config.ExitError, "%s is not a secret file", path)
	case openToOthers(info):
		return "", config.Fail(config.ExitError, "%s can be read by other users; run `chmod 600 %s`", path, path)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", config.Fail(config.ExitError, "cannot read the secret file: %w", err)
	}
	return string(text), nil
}

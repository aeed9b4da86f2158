package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"time"

	"github.com/jackc/pgx/v5"
)

// keeper runs the server until its standard input ends, which happens when the test process does, however it ends;
// then it stops the server by process id and removes the cluster.
const keeper = `"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off -c full_page_writes=off \
  -c autovacuum=off -c max_connections=300 -c shared_buffers=64MB -c unix_socket_permissions=0700 >"$2/log" 2>&1 &
server=$!
cat >/dev/null
kill -INT "$server" 2>/dev/null
wait "$server"
rm -rf "$2"`

// startCluster makes a cluster in a temporary directory and returns its URL, over a Unix socket.
func startCluster() (string, error) {
	bin, err := binaries()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "unstuck-pg-")
	if err != nil {
		return "", err
	}
	attr, err := unprivileged(dir)
	if err != nil {
		return "", err
	}
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", filepath.Join(dir, "data"), "-U", "postgres", "-A", "trust",
		"-E", "UTF8", "--locale=C", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = attr, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		_ = os.RemoveAll(dir)
		return "", fmt.Errorf("initdb: %w: %s", err, bytes.TrimSpace(out))
	}
	if err := startKeeper(bin, dir); err != nil {
		_ = os.RemoveAll(dir)
		return "", err
	}
	u := &url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/postgres", RawQuery: url.Values{"host": {dir}}.Encode()}
	return u.String(), waitReady(u.String(), filepath.Join(dir, "log"))
}

func startKeeper(bin, dir string) error {
	attr, err := unprivileged(dir)
	if err != nil {
		return err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	c := exec.Command("/bin/sh", "-c", keeper, "pgtest", bin, dir)
	c.Stdin, c.SysProcAttr, c.Dir = r, attr, dir
	if err := c.Start(); err != nil {
		_ = w.Close()
		return err
	}
	lifelines = append(lifelines, w) // kept open until the process ends; never inherited by other children
	go func() { _ = c.Wait() }()
	return nil
}

var lifelines []*os.File

// waitReady connects until the server answers.
func waitReady(u, log string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, u)
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ctx.Done():
			text, _ := os.ReadFile(log)
			return fmt.Errorf("the private server does not answer: %w: %s", err, bytes.TrimSpace(text))
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// binaries returns the directory of the newest installed server.
func binaries() (string, error) {
	if p, err := exec.LookPath("postgres"); err == nil {
		if real, err := filepath.EvalSymlinks(p); err == nil && has(filepath.Dir(real), "initdb") {
			return filepath.Dir(real), nil
		}
	}
	dirs, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	more, _ := filepath.Glob("/opt/homebrew/opt/postgresql@*/bin")
	dirs = append(dirs, more...)
	sort.Slice(dirs, func(i, j int) bool { // by version: longer numbers are higher
		return len(dirs[i]) > len(dirs[j]) || len(dirs[i]) == len(dirs[j]) && dirs[i] > dirs[j]
	})
	for _, d := range dirs {
		if has(d, "initdb") && has(d, "postgres") {
			return d, nil
		}
	}
	return "", errors.New("no PostgreSQL server binaries found")
}

func has(dir, name string) bool {
	info, err := os.Stat(filepath.Join(dir, name))
	return err == nil && !info.IsDir()
}

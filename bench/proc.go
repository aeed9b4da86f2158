package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// process is a program that this command started. It is ended by its process id.
type process struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
	stderr tail
	said   []byte        // the ready line
	done   chan struct{} // closed when it has ended
}

// tail keeps the first bytes of an error log.
type tail struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.buf.Len() < 4096 {
		t.buf.Write(p)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(t.buf.String())
}

// environment is what programs get: nothing of ours but the path, and a home of their own.
func (l *lab) environment(more []string) []string {
	return append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + l.dir, "TMPDIR=" + l.dir}, more...)
}

// launch starts a program without waiting for anything. The caller stops it.
func (l *lab) launch(bin string, env []string, args ...string) (*process, error) {
	p := &process{cmd: exec.Command(bin, args...), done: make(chan struct{})}
	p.cmd.Env, p.cmd.Stderr = l.environment(env), &p.stderr
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	r, w, err := os.Pipe() // not StdoutPipe, which Wait would close under the reader
	if err != nil {
		return nil, err
	}
	p.cmd.Stdout, p.stdin, p.stdout = w, in, bufio.NewReaderSize(r, 1<<20)
	err = p.cmd.Start()
	_ = w.Close()
	if err != nil {
		_ = r.Close()
		return nil, fmt.Errorf("start %s: %w", filepath.Base(bin), err)
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// ready reads the line in which a server says where it listens, and returns the value of name.
func (p *process) ready(name string) (string, error) {
	line, err := p.stdout.ReadBytes('\n')
	if err != nil {
		select {
		case <-p.done: // by then all that it said on stderr is here
		case <-time.After(5 * time.Second):
		}
		return "", fmt.Errorf("%s ended before it was ready: %s", p.name(), p.stderr.String())
	}
	p.said = line
	return p.address(name)
}

// address returns a value of the ready line.
func (p *process) address(name string) (string, error) {
	var m map[string]any
	if err := json.Unmarshal(p.said, &m); err != nil {
		return "", fmt.Errorf("%s: the ready line is no JSON", p.name())
	}
	url, _ := m[name].(string)
	if url == "" {
		return "", fmt.Errorf("%s: the ready line has no %s", p.name(), name)
	}
	return url, nil
}

func (p *process) name() string { return filepath.Base(p.cmd.Path) }
func (p *process) pid() int     { return p.cmd.Process.Pid }

// stop asks the program to end and kills it when it does not.
func (p *process) stop() error {
	_ = p.stdin.Close()
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.done:
		return nil
	case <-time.After(15 * time.Second):
		_ = p.cmd.Process.Kill()
		<-p.done
		return errors.New(p.name() + " had to be killed")
	}
}

// server launches a program for the row and returns it with the URL that its ready line gives under name.
func (s *stage) server(bin, name string, env []string, args ...string) (*process, string, error) {
	p, err := s.launch(bin, env, args...)
	if err != nil {
		return nil, "", err
	}
	s.onEnd(p.stop)
	url, err := p.ready(name)
	return p, url, err
}

// command runs a program to its end and decodes what it prints, unless into is nil.
func (l *lab) command(ctx context.Context, into any, bin string, env []string, args ...string) error {
	cmd := exec.CommandContext(ctx, bin, args...)
	cmd.Env = l.environment(env)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", filepath.Base(bin), strings.Join(args[:min(3, len(args))], " "), err, firstLine(stderr.Bytes()))
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(stdout.Bytes(), into)
}

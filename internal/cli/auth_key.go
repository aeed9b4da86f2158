package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"github.com/unstuckengine/unstuck/internal/apiclient"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/token"
	"github.com/unstuckengine/unstuck/internal/wire"
)

func (p *program) givenKey(ctx context.Context, client *apiclient.Client) (token.Secret, wire.Access, error) {
	key, err := p.readKey(ctx)
	if err != nil {
		return key, wire.Access{}, err
	}
	access, err := client.Access(ctx, key)
	return key, access, err
}

// readKey reads a key from stdin: without echo when that is a terminal, else its first line.
func (p *program) readKey(ctx context.Context) (token.Secret, error) {
	var text string
	f, asks := terminal(p.Stdin)
	switch {
	case asks && p.noInput:
		return token.Secret{}, config.Fail(config.ExitUsage, "with --no-input the key must come from stdin; pipe it in")
	case asks:
		typed, err := p.ask(ctx, f)
		if err != nil {
			return token.Secret{}, err
		}
		text = string(typed)
	default:
		line, err := bufio.NewReader(io.LimitReader(p.Stdin, 4<<10)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return token.Secret{}, config.Fail(config.ExitError, "cannot read stdin: %w", err)
		}
		text = line
	}
	key, err := token.Parse(strings.TrimSpace(text))
	if err != nil {
		return key, config.Fail(config.ExitAuth, "that is not a whole key; copy it again, from unstuck_ to its last character")
	}
	return key, nil
}

// ask reads a line without echo. An interrupt restores the terminal, which the waiting read would leave silent.
func (p *program) ask(ctx context.Context, f *os.File) ([]byte, error) {
	state, err := term.GetState(int(f.Fd()))
	if err != nil {
		return nil, config.Fail(config.ExitError, "cannot read the terminal: %w", err)
	}
	fmt.Fprint(p.Stderr, "API key (not shown): ")
	defer fmt.Fprintln(p.Stderr)
	type answer struct {
		text []byte
		err  error
	}
	got := make(chan answer, 1)
	go func() {
		text, err := term.ReadPassword(int(f.Fd()))
		got <- answer{text, err}
	}()
	select {
	case a := <-got:
		return a.text, a.err
	case <-ctx.Done():
		return nil, errors.Join(ctx.Err(), term.Restore(int(f.Fd()), state))
	}
}

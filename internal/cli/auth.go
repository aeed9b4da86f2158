package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/unstuckengine/unstuck/internal/cli/render"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/credentials"
	"github.com/unstuckengine/unstuck/internal/token"
	"github.com/unstuckengine/unstuck/internal/wire"
)

func (p *program) authCommand() *cobra.Command {
	c := &cobra.Command{Use: "auth", Short: "Keep the key of this machine", Args: group, RunE: help}
	c.AddCommand(p.loginCommand(), p.statusCommand(), p.logoutCommand())
	return c
}

func (p *program) loginCommand() *cobra.Command {
	var withKey bool
	var address string
	c := &cobra.Command{Use: "login --with-key", Short: "Check a key and keep it in the credentials file", Args: none,
		Long: "Reads a key from stdin, or asks for it without echo, checks it against the API, and only then writes the credentials file.",
		Example: "  unstuck auth login --with-key < key.txt\n" +
			"  unstuck auth login --with-key --api-url https://api.example.com --profile work"}
	c.Flags().BoolVar(&withKey, "with-key", false, "log in with an API key that an admin made")
	c.Flags().StringVar(&address, "api-url", "", "`address` of the API; default UNSTUCK_API_URL, else that of the profile")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if !withKey {
			return config.Fail(config.ExitUsage, "this version logs in with a key alone; ask an admin for one and run `unstuck auth login --with-key`")
		}
		return p.login(c.Context(), address)
	}
	return c
}

func (p *program) login(ctx context.Context, address string) error {
	profile, address, err := p.target(address)
	if err != nil {
		return err
	}
	key, err := p.readKey(ctx)
	if err != nil {
		return err
	}
	client, err := p.client(address)
	if err != nil {
		return err
	}
	access, err := client.Access(ctx, key)
	if err != nil {
		return err
	}
	file, err := credentials.In(p.Environ)
	if err != nil {
		return err
	}
	if err := file.Save(profile, credentials.Profile{Key: key, APIURL: client.Address()}); err != nil {
		return err
	}
	p.say("logged in; the key is in %s", file.Path())
	if p.profile == "" && config.Environ(p.Environ)["UNSTUCK_API_KEY"] != "" {
		p.say("UNSTUCK_API_KEY is set and beats the file; unset it to use this login")
	}
	return p.printLogin(statusOf(credentials.Login{Key: key, KeySource: credentials.FromFile, APIURL: client.Address(), Profile: profile}, access))
}

// target returns the profile that a login is for and the address of its API.
func (p *program) target(address string) (profile, checked string, err error) {
	var rest []string // a broken key in the environment or the file does not stand in the way of a new login
	for _, v := range p.Environ {
		if !strings.HasPrefix(v, "UNSTUCK_API_KEY=") {
			rest = append(rest, v)
		}
	}
	login, err := credentials.Resolve(rest, p.profile)
	if err != nil {
		return "", "", err
	}
	if address == "" {
		return login.Profile, login.APIURL, nil
	}
	if checked, err = credentials.ParseAddress(address); err != nil {
		return "", "", config.Fail(config.ExitUsage, "--api-url %w", err)
	}
	return login.Profile, checked, nil
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

// loginStatus is what this machine would use, and what it is good for.
type loginStatus struct {
	Profile    string     `json:"profile"`
	Key        string     `json:"key"` // redacted
	KeySource  string     `json:"key_source"`
	APIURL     string     `json:"api_url"`
	Workspace  string     `json:"workspace"`
	Name       string     `json:"name"`
	Preset     string     `json:"preset"`
	Permission []string   `json:"permissions"`
	ExpiresAt  *time.Time `json:"expires_at"`
}

func statusOf(l credentials.Login, a wire.Access) loginStatus {
	s := loginStatus{Profile: l.Profile, Key: l.Key.String(), KeySource: string(l.KeySource), APIURL: l.APIURL}
	if a.Workspace != nil {
		s.Workspace = a.Workspace.Name
	}
	if a.Key != nil {
		s.Name, s.Preset, s.Permission, s.ExpiresAt = a.Key.Name, a.Key.Preset, a.Key.Permissions, a.Key.ExpiresAt
	}
	return s
}

func (p *program) printLogin(s loginStatus) error {
	body, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return p.print(body, render.Layout{CSV: render.Columns("profile", "key", "key_source", "api_url", "workspace", "name", "preset", "permissions", "expires_at")})
}

func (p *program) statusCommand() *cobra.Command {
	return &cobra.Command{Use: "status", Short: "Show which key this machine uses, and whether it works", Args: none,
		RunE: func(c *cobra.Command, _ []string) error {
			login, client, err := p.connect()
			if err != nil {
				return err
			}
			access, err := client.Access(c.Context(), login.Key)
			if err != nil {
				return err
			}
			return p.printLogin(statusOf(login, access))
		}}
}

func (p *program) logoutCommand() *cobra.Command {
	return &cobra.Command{Use: "logout", Short: "Remove the profile from the credentials file", Args: none,
		Long: "Removes the key from this machine. The key itself stays valid until an admin revokes it.",
		RunE: func(*cobra.Command, []string) error {
			profile, _, err := p.target("")
			if err != nil {
				return err
			}
			file, err := credentials.In(p.Environ)
			if err != nil {
				return err
			}
			was, err := file.Remove(profile)
			switch {
			case err != nil:
				return err
			case !was:
				p.say("there is no profile %s", profile)
			default:
				p.say("profile %s is removed; the key is valid until an admin revokes it", profile)
			}
			return nil
		}}
}

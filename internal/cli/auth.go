package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/unstuckengine/unstuck/internal/apiclient"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/credentials"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/token"
	"github.com/unstuckengine/unstuck/internal/wire"
)

func (p *program) authCommand() *cobra.Command {
	c := &cobra.Command{Use: "auth", Short: "Keep the key of this machine", Args: group, RunE: help}
	c.AddCommand(p.loginCommand(), p.rotateCommand(), p.statusCommand(), p.logoutCommand())
	return c
}

func (p *program) loginCommand() *cobra.Command {
	var withKey bool
	var address string
	var ask deviceAsk
	c := &cobra.Command{Use: "login", Short: "Get a key for this machine, and keep it in the credentials file", Args: none,
		Long: "Prints an address and a code. An admin opens the address in a browser, on this machine or any other, sees what is asked for and approves; the key\n" +
			"then arrives here by itself and is written to the credentials file. With --with-key, reads a key that an admin made from stdin, or asks for\n" +
			"it without echo. Either way the key is checked against the API first, and never shown.",
		Example: "  unstuck auth login --preset write_signals\n" +
			"  unstuck auth login --api-url https://api.example.com --profile work\n" +
			"  unstuck auth login --with-key < key.txt"}
	f := c.Flags()
	f.BoolVar(&withKey, "with-key", false, "log in with an API key that an admin made")
	f.StringVar(&address, "api-url", "", "`address` of the API; default UNSTUCK_API_URL, else that of the profile")
	f.StringVar(&ask.preset, "preset", string(scope.ReadOnly), "`preset` to ask for: "+strings.Join(presets(), ", ")+"; the admin may grant less")
	f.StringVar(&ask.keyName, "name", "", "`name` of the key in the activity log; default this program and machine")
	f.StringVar(&ask.expires, "expires", "", "`days` that the key is to live: never, 30, 90, 365; default 365")
	f.BoolVar(&ask.noBrowser, "no-browser", false, "open no browser")
	_ = c.RegisterFlagCompletionFunc("preset", cobra.FixedCompletions(words(presets()), cobra.ShellCompDirectiveNoFileComp))
	c.RunE = func(c *cobra.Command, _ []string) error {
		if withKey {
			for _, name := range []string{"preset", "name", "expires"} {
				if c.Flags().Changed(name) {
					return config.Fail(config.ExitUsage, "--with-key takes a key as it was made; leave out --%s", name)
				}
			}
			return p.login(c.Context(), address, p.givenKey)
		}
		return p.login(c.Context(), address, func(ctx context.Context, client *apiclient.Client) (token.Secret, wire.Access, error) {
			return p.grantedKey(ctx, client, ask)
		})
	}
	return c
}

// login keeps the key that get returns with what the API says of it.
func (p *program) login(ctx context.Context, address string, get func(context.Context, *apiclient.Client) (token.Secret, wire.Access, error)) error {
	profile, address, err := p.target(address)
	if err != nil {
		return err
	}
	file, err := credentials.In(p.Environ)
	if err != nil {
		return err
	}
	if _, err := file.Names(); err != nil { // before anybody is asked for a key that could not be kept
		return err
	}
	client, err := p.client(address)
	if err != nil {
		return err
	}
	key, access, err := get(ctx, client)
	if err != nil {
		return err
	}
	if err := file.Save(profile, credentials.Profile{Key: key, APIURL: client.Address()}); err != nil {
		return err
	}
	p.say("logged in; the key is in %s", file.Path())
	p.warnOfVariable()
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

// variableCounts reports whether a key in the environment beats the file.
func (p *program) variableCounts() bool {
	return p.profile == "" && config.Environ(p.Environ)["UNSTUCK_API_KEY"] != ""
}

// warnOfVariable tells that the file is not what counts.
func (p *program) warnOfVariable() {
	if p.variableCounts() {
		p.say("UNSTUCK_API_KEY is set and beats the file; unset it to use this login")
	}
}

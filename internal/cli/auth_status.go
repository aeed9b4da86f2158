package cli

import (
	"encoding/json"
	"time"

	"github.com/spf13/cobra"

	"github.com/unstuckengine/unstuck/internal/cli/render"
	"github.com/unstuckengine/unstuck/internal/credentials"
	"github.com/unstuckengine/unstuck/internal/wire"
)

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

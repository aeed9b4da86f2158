package uprun

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/unstuckengine/unstuck/internal/cli/clients"
	"github.com/unstuckengine/unstuck/internal/credentials"
	"github.com/unstuckengine/unstuck/internal/mcprun"
)

// ready is the one line that `up -o json` prints. SetupURL is null once somebody has set up.
type ready struct {
	Event    string  `json:"event"`
	APIURL   string  `json:"api_url"`
	MCPURL   string  `json:"mcp_url"`
	SSEURL   string  `json:"sse_url"`
	AdminURL string  `json:"admin_url"`
	SetupURL *string `json:"setup_url"`
	Profile  string  `json:"profile"`
	KeyID    string  `json:"key_id"`
	DataDir  string  `json:"data_dir"`
}

// pages is where the admin pages are, and how to get in the first time ("" when somebody can).
type pages struct{ url, setup string }

// announce tells where everything is, for a script in one line, for a person with what to paste where.
func (p *program) announce(l login, apiURL string, mcp mcprun.Ready, admin pages) error {
	r := ready{Event: "ready", APIURL: apiURL, MCPURL: mcp.MCPURL, SSEURL: mcp.SSEURL, AdminURL: admin.url, Profile: l.profile, KeyID: l.key.Key.ID(), DataDir: p.config.DataDir}
	if admin.setup != "" {
		r.SetupURL = &admin.setup
	}
	if p.asJSON {
		return json.NewEncoder(p.Stdout).Encode(r)
	}
	text, err := p.guide(r, l)
	if err != nil {
		return err
	}
	_, err = fmt.Fprint(p.Stdout, text)
	return err
}

func (p *program) guide(r ready, l login) (string, error) {
	file, err := credentials.In(p.Environ)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Unstuck is running.\n\n")
	fmt.Fprintf(&b, "  API   %s\n", r.APIURL)
	fmt.Fprintf(&b, "  MCP   %s   SSE  %s\n", r.MCPURL, r.SSEURL)
	fmt.Fprintf(&b, "  Admin %s\n", r.AdminURL)
	if r.SetupURL != nil {
		fmt.Fprintf(&b, "  Setup %s\n        choose your password there, once; you sign in as %s\n", *r.SetupURL, ownerEmail)
	}
	if r.DataDir != "" {
		fmt.Fprintf(&b, "  Data  %s\n", r.DataDir)
	}
	fmt.Fprintf(&b, "  Key   %s, %s, in profile %s of %s\n\n", l.key.Key, l.preset, r.Profile, file.Path())
	if err := p.agents(&b, l); err != nil {
		return "", err
	}
	fmt.Fprintf(&b, "Try\n  %[2]s --profile %[1]s access\n  %[2]s --profile %[1]s find accounts kestrell\n", r.Profile, p.line("unstuck"))
	if !p.demo {
		fmt.Fprintf(&b, "Fill it\n  %s admin import --workspace %s --accounts accounts.jsonl --leads leads.jsonl\n", p.line("api"), p.base())
	}
	b.WriteString("\nCtrl-C stops it.\n")
	return b.String(), nil
}

// agents tells what each client must be told. The key stays in the credentials file.
func (p *program) agents(b *strings.Builder, l login) error {
	home := p.home()
	command, err := p.find(clients.MCPServer)
	if err != nil {
		fmt.Fprintf(b, "Agents\n  %s\n\n", err)
		return nil
	}
	server := clients.NewServer(command, l.profile, p.Environ)
	for _, client := range clients.All() {
		if line, ok := client.CommandLine(server); ok {
			fmt.Fprintf(b, "%s: run\n  %s\n\n", client.Title, line)
			continue
		}
		snippet, err := client.Snippet(server)
		if err != nil {
			return err
		}
		fmt.Fprintf(b, "%s: run `%s --profile %s mcp install %s`, or paste into %s\n%s\n", client.Title, p.line("unstuck"), l.profile, client.Name, client.Path(home), snippet)
	}
	return nil
}

func (p *program) home() clients.Home { return clients.Home{OS: runtime.GOOS, Environ: p.Environ} }

// find returns how to start a program of this module here.
func (p *program) find(program string) (clients.Command, error) {
	executable, err := os.Executable()
	if err != nil {
		return clients.Command{}, err
	}
	workdir, err := os.Getwd()
	if err != nil {
		return clients.Command{}, err
	}
	return clients.Find(p.home(), program, executable, workdir)
}

// line is what to type to start a program of this module: its bare name when nothing better is known.
func (p *program) line(program string) string {
	command, err := p.find(program)
	if err != nil {
		return program
	}
	return command.Line(p.home())
}

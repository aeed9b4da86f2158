package keypages

import (
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/cli/clients"
	"github.com/unstuckengine/unstuck/internal/keys"
)

// revealed is a new key as its maker sees it, this once.
type revealed struct {
	Key      keys.Key
	Text     string // the whole key
	Snippets []snippet
}

// snippet is a text to copy into a program.
type snippet struct{ ID, Title, Where, Text string }

// reveal is the one place where a page reads a secret.
func (p pages) reveal(c keys.Created) revealed {
	text := c.Secret.Reveal()
	return revealed{Key: c.Key, Text: text, Snippets: snippets(text, p.APIURL, p.MCPURL)}
}

func (v revealed) page() ui.Page {
	return ui.Page{Title: "Copy your new key now", Lead: "It is shown this once. Nobody can show it to you again, and only a fingerprint of it is kept.", Body: revealBody(v)}
}

// snippets tells each program how to use the key. Where a shell would keep the key in its history, the line takes it from the environment.
func snippets(key, apiURL, mcpURL string) []snippet {
	out := []snippet{{"env", "Environment", "For scripts, and for the lines below that name $" + clients.KeyVariable + ".",
		"export " + clients.KeyVariable + "=" + key + "\nexport UNSTUCK_API_URL=" + apiURL}}
	for _, c := range clients.All() {
		out = append(out, clientSnippet(c, key, apiURL, mcpURL))
	}
	return append(out,
		snippet{"curl", "curl", "Tells what the key may do. Set the environment lines first.", `curl -H "Authorization: Bearer $` + clients.KeyVariable + `" ` + apiURL + "/v1/access"},
		snippet{"cli", "Unstuck CLI", "Asks for the key without showing it, and keeps it in a file that only you can read.", "unstuck auth login --with-key --api-url " + apiURL},
	)
}

// where says into which file a snippet goes.
var where = map[string]string{
	"claude-desktop": "Settings, Developer, Edit Config: claude_desktop_config.json.",
	"claude-code":    "Run it in a terminal. Set the environment lines first.",
	"cursor":         "The file .cursor/mcp.json in your home directory.",
	"vscode":         "The command \"MCP: Open User Configuration\".",
}

// startsProgram is said of snippets that name a program on the reader's own machine.
const startsProgram = " It starts mcp-server on your machine; give its full path if it is not found."

func clientSnippet(c clients.Client, key, apiURL, mcpURL string) snippet {
	s := snippet{ID: c.Name, Title: c.Title, Where: where[c.Name]}
	if line, ok := c.KeyLine(mcpURL, apiURL); ok {
		s.Text = line
		if mcpURL == "" {
			s.Where += startsProgram
		}
		return s
	}
	if text, ok, err := c.RemoteSnippet(clients.Remote{URL: mcpURL, Key: key}); mcpURL != "" && ok && err == nil {
		s.Text = text
		return s
	}
	s.Where += startsProgram
	s.Text, _ = c.Snippet(clients.Server{ // texts always encode
		Name: "unstuck", Command: clients.Command{Path: clients.MCPServer}, Env: map[string]string{clients.KeyVariable: key, "UNSTUCK_API_URL": apiURL},
	})
	return s
}

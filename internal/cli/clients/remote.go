package clients

import (
	"encoding/json"
	"strings"
)

// Remote is an MCP server that is reached over Streamable HTTP, with the key that it is called with.
type Remote struct{ URL, Key string }

type remoteEntry struct {
	Type    string            `json:"type,omitempty"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
}

// RemoteSnippet is Snippet for a server elsewhere; ok is false for a client whose file can only name programs to start.
func (c Client) RemoteSnippet(r Remote) (text string, ok bool, err error) {
	if c.local {
		return "", false, nil
	}
	e := remoteEntry{URL: r.URL, Headers: map[string]string{"Authorization": "Bearer " + r.Key}}
	if c.typed {
		e.Type = "http"
	}
	entry, err := json.Marshal(e)
	if err != nil {
		return "", true, err
	}
	whole, err := c.merge(nil, baseName, entry)
	return string(whole), true, err
}

// KeyVariable is the variable of the shell from which KeyLine takes the key.
const KeyVariable = "UNSTUCK_API_KEY"

// KeyLine returns the command of the client's own that adds an MCP server with a key. The shell puts the key in, so that it stands in no
// history. With an address of an MCP server it is that, else the program here over the API at apiURL; ok is false when the client has no such command.
func (c Client) KeyLine(mcpURL, apiURL string) (line string, ok bool) {
	words := []string{"claude", "mcp", "add"}
	if mcpURL != "" {
		words = append(words, "--transport", "http", baseName, quote(mcpURL), "--header", `"Authorization: Bearer $`+KeyVariable+`"`)
	} else {
		words = append(words, baseName, "--env", KeyVariable+`="$`+KeyVariable+`"`, "--env", quote("UNSTUCK_API_URL="+apiURL), "--", MCPServer)
	}
	return strings.Join(words, " "), c.adds
}

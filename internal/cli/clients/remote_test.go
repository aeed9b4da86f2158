package clients_test

import (
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/cli/clients"
)

func TestRemoteSnippet(t *testing.T) {
	r := clients.Remote{URL: "https://mcp.example.com/mcp", Key: "unstuck_x"}
	for name, want := range map[string]string{
		"cursor":         `{"mcpServers":{"unstuck":{"url":"https://mcp.example.com/mcp","headers":{"Authorization":"Bearer unstuck_x"}}}}`,
		"vscode":         `{"servers":{"unstuck":{"type":"http","url":"https://mcp.example.com/mcp","headers":{"Authorization":"Bearer unstuck_x"}}}}`,
		"claude-desktop": "",
	} {
		got, ok, err := mustClient(t, name).RemoteSnippet(r)
		if flat := strings.Join(strings.Fields(got), ""); err != nil || ok != (want != "") || flat != strings.Join(strings.Fields(want), "") {
			t.Errorf("%s: %v, %v\n got %s\nwant %s", name, ok, err, flat, want)
		}
	}
	got, _, _ := mustClient(t, "cursor").RemoteSnippet(r)
	if ours := mustClient(t, "cursor").Ours([]byte(got)); len(ours) != 0 {
		t.Errorf("a server elsewhere was taken for a program here: %+v", ours)
	}
}

func TestKeyLine(t *testing.T) {
	code := mustClient(t, "claude-code")
	for want, address := range map[string]string{
		`claude mcp add --transport http unstuck https://mcp.example.com/mcp --header "Authorization: Bearer $UNSTUCK_API_KEY"`:       "https://mcp.example.com/mcp",
		`claude mcp add unstuck --env UNSTUCK_API_KEY="$UNSTUCK_API_KEY" --env UNSTUCK_API_URL=https://api.example.com -- mcp-server`: "",
	} {
		if got, ok := code.KeyLine(address, "https://api.example.com"); got != want || !ok {
			t.Errorf("%v\n got %s\nwant %s", ok, got, want)
		}
	}
	if _, ok := mustClient(t, "cursor").KeyLine("", ""); ok {
		t.Error("Cursor has no such command")
	}
}

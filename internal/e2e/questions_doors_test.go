package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/unstuckengine/unstuck/internal/tools"
)

// asker puts one call through a door and returns the answer's JSON object.
type asker interface {
	ask(tool, args string) ([]byte, error)
}

var askers = []struct {
	name string
	open func(t *testing.T, apiURL, key string) asker
}{
	{"mcp", func(t *testing.T, apiURL, key string) asker {
		return openStdio(t, nil, credential{key: key, header: true}, apiURL).(library)
	}},
	{"http", func(_ *testing.T, apiURL, key string) asker { return overHTTP{apiURL, key} }},
	{"cli", func(t *testing.T, apiURL, key string) asker {
		return overCLI{t, env(t, "UNSTUCK_API_URL="+apiURL, "UNSTUCK_API_KEY="+key)}
	}},
}

func (l library) ask(tool, args string) ([]byte, error) {
	var r mcp.CallToolRequest
	r.Params.Name, r.Params.Arguments = tool, rawArgs(args)
	got, err := l.client.CallTool(context.Background(), r)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(got.StructuredContent)
	if err == nil && got.IsError {
		err = fmt.Errorf("%s", text)
	}
	return text, err
}

// overHTTP calls the API itself, at the route of the catalogue.
type overHTTP struct{ base, key string }

func (h overHTTP) ask(tool, args string) ([]byte, error) {
	r, err := h.request(tool, args)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+h.key)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%d: %s", resp.StatusCode, body)
	}
	return body, err
}

// request spells the call as its route wants it: arguments in the body, or in the query of a GET.
func (h overHTTP) request(tool, args string) (*http.Request, error) {
	spec, ok := tools.ByName(tool)
	if !ok {
		return nil, fmt.Errorf("no tool %s", tool)
	}
	address := h.base + spec.Route.Path
	if spec.Route.Method == http.MethodPost {
		r, err := http.NewRequest(http.MethodPost, address, strings.NewReader(args))
		if err == nil {
			r.Header.Set("Content-Type", "application/json")
		}
		return r, err
	}
	var members map[string]string
	if err := json.Unmarshal([]byte(args), &members); err != nil {
		return nil, err
	}
	query := url.Values{}
	for name, value := range members {
		query.Set(name, value)
	}
	return http.NewRequest(spec.Route.Method, address+"?"+query.Encode(), nil)
}

// overCLI runs the command of the catalogue.
type overCLI struct {
	t       *testing.T
	environ []string
}

func (c overCLI) ask(tool, args string) ([]byte, error) {
	spec, ok := tools.ByName(tool)
	if !ok {
		return nil, fmt.Errorf("no tool %s", tool)
	}
	stdout, stderr, code := run(c.t, c.environ, args, "unstuck", slices.Concat(spec.Command, []string{"--json", "-", "-o", "json"})...)
	if code != 0 {
		return nil, fmt.Errorf("exit %d: %s", code, stderr)
	}
	return []byte(stdout), nil
}

// Package clients knows how the programs that people talk to agents with are told about an MCP server.
//
// What it writes names a program and a profile, never a key: the MCP server reads the key from the credentials file.
package clients

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/credentials"
)

// Client is one program.
type Client struct {
	Name  string // as on the command line
	Title string
	key   string // the member of the file that holds the servers
	typed bool   // says that the server speaks over stdio
	dir   func(Home) []string
	adds  bool // has a command that adds a server
	local bool // its file names programs to start, never addresses
	file  string
}

// Home is where a person's files are.
type Home struct {
	OS      string // as runtime.GOOS
	Environ []string
}

// All returns every client that can be installed into.
func All() []Client {
	return []Client{
		{Name: "claude-desktop", Title: "Claude Desktop", key: "mcpServers", local: true, file: "claude_desktop_config.json",
			dir: func(h Home) []string { return []string{h.settings(), "Claude"} }},
		{Name: "claude-code", Title: "Claude Code", key: "mcpServers", typed: true, adds: true, file: ".claude.json",
			dir: func(h Home) []string { return []string{h.home()} }},
		{Name: "cursor", Title: "Cursor", key: "mcpServers", file: "mcp.json",
			dir: func(h Home) []string { return []string{h.home(), ".cursor"} }},
		{Name: "vscode", Title: "VS Code", key: "servers", typed: true, file: "mcp.json",
			dir: func(h Home) []string { return []string{h.settings(), "Code", "User"} }},
	}
}

// ByName returns the client of that name.
func ByName(name string) (Client, bool) {
	for _, c := range All() {
		if c.Name == name {
			return c, true
		}
	}
	return Client{}, false
}

// Names returns the names of all clients.
func Names() []string {
	var names []string
	for _, c := range All() {
		names = append(names, c.Name)
	}
	return names
}

// Path returns the client's file of settings for the user, whether it exists or not; "" when no home is known.
func (c Client) Path(h Home) string {
	dir := c.dir(h)
	if dir[0] == "" {
		return ""
	}
	return filepath.Join(append(dir, c.file)...)
}

func (h Home) home() string {
	env := config.Environ(h.Environ)
	if h.OS == "windows" {
		return env["USERPROFILE"]
	}
	return env["HOME"]
}

// settings is where programs of the system keep their settings.
func (h Home) settings() string {
	env := config.Environ(h.Environ)
	switch {
	case h.OS == "windows":
		return env["APPDATA"]
	case h.home() == "":
		return env["XDG_CONFIG_HOME"]
	case h.OS == "darwin":
		return filepath.Join(h.home(), "Library", "Application Support")
	case env["XDG_CONFIG_HOME"] != "":
		return env["XDG_CONFIG_HOME"]
	}
	return filepath.Join(h.home(), ".config")
}

// Server is an MCP server that is started by the client.
type Server struct {
	Name    string // under which the client shows it
	Command Command
	Env     map[string]string
}

// baseName begins the names of our servers in a client's file.
const baseName = "unstuck"

// NewServer is the server of a profile. Of the environment it keeps what tells where the profile is, never a key.
func NewServer(command Command, profile string, environ []string) Server {
	s := Server{Name: baseName, Command: command, Env: map[string]string{}}
	if profile != credentials.DefaultProfile {
		s.Name, s.Env["UNSTUCK_PROFILE"] = baseName+"-"+profile, profile
	}
	if dir := config.Environ(environ)["UNSTUCK_CONFIG_DIR"]; dir != "" {
		if absolute, err := filepath.Abs(dir); err == nil {
			s.Env["UNSTUCK_CONFIG_DIR"] = absolute
		}
	}
	return s
}

// Command is a program and its arguments.
type Command struct {
	Path string
	Args []string
}

type entry struct {
	Type    string            `json:"type,omitempty"`
	Command string            `json:"command"`
	Args    []string          `json:"args"`
	Env     map[string]string `json:"env,omitempty"`
}

func (c Client) entry(s Server) ([]byte, error) {
	e := entry{Command: s.Command.Path, Args: append([]string{}, s.Command.Args...), Env: s.Env}
	if c.typed {
		e.Type = "stdio"
	}
	return json.Marshal(e)
}

// CommandLine returns the command of the client's own that adds the server; ok is false when it has none.
func (c Client) CommandLine(s Server) (line string, ok bool) {
	words := []string{"claude", "mcp", "add", s.Name}
	for _, name := range slices.Sorted(maps.Keys(s.Env)) {
		words = append(words, "--env", name+"="+s.Env[name])
	}
	words = append(words, "--", s.Command.Path)
	return quoted(append(words, s.Command.Args...)), c.adds
}

// quoted joins words so that a shell takes the line apart into the same ones.
func quoted(words []string) string {
	out := make([]string, len(words))
	for i, word := range words {
		out[i] = quote(word)
	}
	return strings.Join(out, " ")
}

// quote protects a word from the shell.
func quote(word string) string {
	if word != "" && strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=./:") == "" {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

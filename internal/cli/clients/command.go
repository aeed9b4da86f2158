package clients

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/unstuckengine/unstuck/internal/config"
)

const module = "github.com/unstuckengine/unstuck"

// MCPServer is the program that agents start.
const MCPServer = "mcp-server"

// Find returns how to start a program of this module on this machine: the binary beside executable, else the one in
// PATH, else from the module's source, looked for upwards of workdir. The error says how to get it.
func Find(h Home, program, executable, workdir string) (Command, error) {
	name := program
	if h.OS == "windows" {
		name += ".exe"
	}
	dirs := h.path()
	if !strings.Contains(executable, "go-build") { // where `go run` builds, files are gone when it ends
		dirs = append([]string{filepath.Dir(executable)}, dirs...)
	}
	if path := search(dirs, name); path != "" {
		return Command{Path: path}, nil
	}
	if root := moduleRoot(workdir); root != "" {
		if tool, err := exec.LookPath("go"); err == nil {
			return Command{Path: tool, Args: []string{"run", "-C", root, "./cmd/" + program}}, nil
		}
	}
	return Command{}, config.Fail(config.ExitError, "%s is neither beside this program nor in PATH; build it with `go build -o DIR ./cmd/...`", name)
}

func (h Home) path() []string { return filepath.SplitList(config.Environ(h.Environ)["PATH"]) }

// Line returns the command as a person types it: a program that PATH leads to by its name alone, words quoted for the
// shell.
func (c Command) Line(h Home) string {
	program := c.Path
	if base := filepath.Base(program); search(h.path(), base) == program {
		program = strings.TrimSuffix(base, ".exe")
	}
	return quoted(append([]string{program}, c.Args...))
}

// search returns the absolute path of the first executable file of that name.
func search(dirs []string, name string) string {
	for _, dir := range dirs {
		path, err := filepath.Abs(filepath.Join(dir, name))
		if dir == "" || err != nil {
			continue
		}
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	return ""
}

// moduleRoot returns the directory above dir that holds this module's source, "" when there is none.
func moduleRoot(dir string) string {
	for {
		if declares(filepath.Join(dir, "go.mod")) {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}

func declares(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		if name, ok := strings.CutPrefix(s.Text(), "module "); ok {
			return strings.TrimSpace(name) == module
		}
	}
	return false
}

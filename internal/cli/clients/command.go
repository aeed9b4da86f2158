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

// Find returns how to start the MCP server on this machine: the binary beside executable, else the one in PATH, else
// from the module's source, looked for upwards of workdir. The error says how to get it.
func Find(h Home, executable, workdir string) (Command, error) {
	name := "mcp-server"
	if h.OS == "windows" {
		name += ".exe"
	}
	dirs := append([]string{filepath.Dir(executable)}, filepath.SplitList(config.Environ(h.Environ)["PATH"])...)
	if path := search(dirs, name); path != "" {
		return Command{Path: path}, nil
	}
	if root := moduleRoot(workdir); root != "" {
		if tool, err := exec.LookPath("go"); err == nil {
			return Command{Path: tool, Args: []string{"run", "-C", root, "./cmd/mcp-server"}}, nil
		}
	}
	return Command{}, config.Fail(config.ExitError, "%s is neither beside this program nor in PATH; build it with `go build -o DIR ./cmd/...`", name)
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

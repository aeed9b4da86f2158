package credentials

import (
	"errors"
	"io/fs"
	"os"
)

var errSymlink = errors.New("is a link")

// openFile refuses a link.
func openFile(path string) (*os.File, error) {
	if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return nil, errSymlink
	}
	return os.Open(path)
}

// Windows guards a profile directory by access lists, which mode bits do not show.
func ownedByUs(fs.FileInfo) bool { return true }

func exposed(fs.FileMode) bool { return false }

func syncDir(string) {}

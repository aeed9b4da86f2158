//go:build unix

package credentials

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

var errSymlink = syscall.ELOOP

// openFile neither follows a link nor waits for a pipe's other end.
func openFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
}

func ownedByUs(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(st.Uid) == os.Geteuid()
}

func exposed(mode fs.FileMode) bool { return mode.Perm()&0o077 != 0 }

// syncDir makes a rename durable; where the file system cannot, the rename stands all the same.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = errors.Join(d.Sync(), d.Close())
	}
}

package pgtest

import (
	"errors"
	"syscall"
)

// unprivileged refuses: on Windows a server is given by its URL.
func unprivileged(string) (*syscall.SysProcAttr, error) {
	return nil, errors.New("private servers are started on Unix only")
}

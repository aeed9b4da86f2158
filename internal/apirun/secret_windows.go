//go:build windows

package apirun

import "os"

// openToOthers has nothing to say on Windows, where permission bits do not tell who may read.
func openToOthers(os.FileInfo) bool { return false }

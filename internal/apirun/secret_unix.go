//go:build unix

package apirun

import "os"

func openToOthers(info os.FileInfo) bool { return info.Mode().Perm()&0o007 != 0 }

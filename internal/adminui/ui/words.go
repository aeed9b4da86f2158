package ui

import (
	"cmp"
	"strconv"
)

func orText(kind string) string    { return cmp.Or(kind, "text") }
func orOff(complete string) string { return cmp.Or(complete, "off") }

// Number writes n with its thousands apart.
func Number(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

package devicepages

import "strconv"

// count returns "1 tool" or "3 tools".
func count(n int, of string) string {
	if n != 1 {
		of += "s"
	}
	return strconv.Itoa(n) + " " + of
}

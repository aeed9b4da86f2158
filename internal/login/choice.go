package login

import (
	_ "embed" // the list of common passwords
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/unstuckengine/unstuck/internal/fault"
)

// The length of a password in characters.
const (
	MinPassword = 10
	MaxPassword = 200
)

//go:embed common.txt
var commonText string

// CheckPassword refuses a password that is too short, too long, or among the first that anybody would try. validation_failed for the field "password".
func CheckPassword(password, email string) error {
	n := utf8.RuneCountInString(password)
	if n < MinPassword || n > MaxPassword || !utf8.ValidString(password) {
		return fault.Invalid("password", fmt.Sprintf("Choose %d to %d characters.", MinPassword, MaxPassword))
	}
	folded := strings.ToLower(strings.TrimSpace(password))
	name, _, _ := strings.Cut(email, "@")
	if folded == email || strings.Trim(folded, "0123456789!.-_ ") == name || strings.Contains(commonText, "\n"+folded+"\n") || uniform(folded) {
		return fault.Invalid("password", "This password is easy to guess. Choose another, such as a few words that do not belong together.")
	}
	return nil
}

// uniform reports whether the password repeats one or two characters, or runs up or down.
func uniform(password string) bool {
	seen, steps := map[rune]bool{}, map[rune]bool{}
	var last rune
	for i, r := range password {
		if seen[r] = true; i > 0 {
			steps[r-last] = true
		}
		last = r
	}
	return len(seen) < 3 || len(steps) < 2
}

package settings

import (
	"fmt"
	"strings"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// maxWrong bounds the fields named in one refusal.
const maxWrong = 50

// checker gathers the fields at fault.
type checker struct {
	fields  []fault.Field
	other   error // that is about no field
	related int   // conditions so far that look at other records
}

func (c *checker) refuse(bad bool, path, message string, allowed ...string) {
	if bad {
		c.add(fault.Field{Path: path, Message: message, Allowed: allowed})
	}
}

func (c *checker) add(fields ...fault.Field) {
	c.fields = append(c.fields, fields[:min(len(fields), maxWrong-len(c.fields))]...)
}

// err is the refusal; nil when nothing is at fault.
func (c *checker) err() error {
	if c.other != nil || len(c.fields) == 0 {
		return c.other
	}
	return fault.InvalidFields(c.fields...)
}

// failed takes what an error says.
func (c *checker) failed(err error) {
	if err == nil {
		return
	}
	if f := fault.From(err); f.Code == fault.ValidationFailed {
		c.add(f.Fields...)
	} else {
		c.other = f
	}
}

// name checks what people call a thing.
func (c *checker) name(path, name string) { c.failed(workspaces.CheckName(path, name)) }

// number checks one that may be left out.
func (c *checker) number(path string, n *int64, least, most int64) {
	c.refuse(n != nil && (*n < least || *n > most), path, fmt.Sprintf("must be %d to %d", least, most))
}

func words[T ~string](of []T) (out []string) {
	for _, w := range of {
		out = append(out, string(w))
	}
	return out
}

// visible reports whether the text is of visible ASCII characters and its length within bounds.
func visible(text string, least, most int) bool {
	outside := strings.ContainsFunc(text, func(r rune) bool { return r < '!' || r > '~' })
	return !outside && len(text) >= least && len(text) <= most
}

// Package forms tells which field of a posted form is at fault, so that the page can say so beside it.
package forms

import (
	"net/http"
	"strings"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/fault"
)

// Problems is what is wrong with a form: by field, and in a sentence above it. The zero value is a form that nothing is wrong with.
type Problems struct {
	Alert  string
	Fields map[string]string
	Status int // of the page that shows the form again; 0 for a form that was not refused
}

// Of returns the problems that a refusal tells of. The paths of its fields lose the prefix; those that known does not list go into the sentence, so that
// none is lost. Anything that is no refusal of the input is returned as an error again.
func Of(err error, prefix string, known ...string) (Problems, error) {
	e := fault.From(err)
	if e.Code != fault.ValidationFailed && e.Code != fault.InvalidJSON && e.Code != fault.Conflict {
		return Problems{}, Refused(err)
	}
	p := Problems{Fields: map[string]string{}, Status: e.Code.Status()}
	var loose []string
	for _, f := range e.Fields {
		if name := match(strings.TrimPrefix(f.Path, prefix), known); name != "" {
			p.Fields[name] = join(p.Fields[name], sentence(f))
		} else {
			loose = append(loose, f.Path+" "+sentence(f))
		}
	}
	switch {
	case len(loose) > 0:
		p.Alert = "Not saved: " + strings.Join(loose, "; ") + "."
	case len(e.Fields) > 0:
		p.Alert = "Not saved. Correct what is marked below and send it again."
	default:
		p.Alert = e.Detail
	}
	return p, nil
}

// match returns the known field that the path belongs to, such as order.phone for order.phone[1]; "" for none.
func match(path string, known []string) string {
	for _, name := range known {
		if rest, within := strings.CutPrefix(path, name); within && (rest == "" || rest[0] == '[' || rest[0] == '.') {
			return name
		}
	}
	return ""
}

func sentence(f fault.Field) string {
	if len(f.Allowed) == 0 {
		return f.Message
	}
	return f.Message + ": " + strings.Join(f.Allowed, ", ")
}

func join(before, next string) string {
	if before == "" {
		return next
	}
	return before + "; " + next
}

// Confirmed reports whether the text that Confirm asked for was typed, in small or large letters.
func Confirmed(typed, want string) bool { return strings.EqualFold(typed, want) }

// Refused gives a refusal for want of power the words of a page; other errors stay as they are.
func Refused(err error) error {
	if e := fault.From(err); e != nil && e.Code == fault.InsufficientScope {
		return ui.Refuse(http.StatusForbidden, "Not allowed", "%s", e.Detail)
	}
	return err
}

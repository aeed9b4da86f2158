package settingspages

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// sheet is what the fields of a form say, by name.
type sheet map[string]string

// edit is a form under way.
type edit struct {
	Version  int64             // of the settings that it was made from
	Was      sheet             // what its fields said then
	Fields   sheet             // what they say
	Now      map[string]string // what is set by now, of the fields that somebody else changed too
	Problems forms.Problems
}

// begin returns the form of what is set.
func begin(version int64, current sheet) edit {
	return edit{Version: version, Was: current, Fields: current}
}

// posted reads the form with the named fields back. A base that cannot be read is that of version 0, which conflicts unless nothing was set.
func posted(r *ui.Request, names []string) edit {
	e := edit{Was: sheet{}, Fields: sheet{}}
	e.Version, _ = strconv.ParseInt(r.Value("version"), 10, 64)
	_ = json.Unmarshal([]byte(r.Value("was")), &e.Was)
	for _, name := range names {
		e.Fields[name] = strings.ReplaceAll(strings.Join(r.PostForm[name], ","), "\r\n", "\n")
	}
	return e
}

// base is what posted reads as Was.
func (e edit) base() string {
	text, _ := json.Marshal(e.Was) // texts by texts
	return string(text)
}

// changed reports whether the field was changed in the form.
func (e edit) changed(name string) bool {
	return strings.TrimSpace(e.Fields[name]) != strings.TrimSpace(e.Was[name])
}

// rebase lets the form go on from what is set now: what was not changed in it follows, what was stays, and says what it would overwrite.
func (e edit) rebase(version int64, current sheet) edit {
	out := edit{Version: version, Was: current, Fields: sheet{}, Now: map[string]string{}, Problems: e.Problems}
	for name, now := range current {
		if out.Fields[name] = now; !e.changed(name) {
			continue
		}
		out.Fields[name] = e.Fields[name]
		if strings.TrimSpace(now) != strings.TrimSpace(e.Was[name]) && out.changed(name) {
			out.Now[name] = "Set by somebody else meanwhile: " + shown(now)
		}
	}
	return out
}

func shown(text string) string {
	if text == "" {
		return "nothing"
	}
	return strings.ReplaceAll(text, "\n", ", ")
}

// help returns what stands below a field.
func (e edit) help(name, otherwise string) string {
	if now := e.Now[name]; now != "" {
		return now
	}
	return otherwise
}

// save sends a patch of the section against the version that the form was made from.
func (p pages) save(r *ui.Request, version int64, patch any) error {
	text, err := json.Marshal(patch)
	if err != nil {
		return err
	}
	_, err = p.Settings.Update(r.Context(), r.Workspace.ID, r.Actor(), wire.UpdateSettings{Version: &version, Enrichment: text})
	return err
}

const meanwhile = "Somebody else changed the settings meanwhile. What you typed is still here; send it again to set it over what is set now."

// problems returns what a refusal of the form says.
func problems(err error, prefix string, names []string) (forms.Problems, error) {
	out, err := forms.Of(err, prefix, names...)
	if out.Status == http.StatusConflict {
		out.Alert = meanwhile
	}
	return out, err
}

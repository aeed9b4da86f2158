package destinationpages

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/destinations/salesforce"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// editView is the form of a destination. What is typed into it stays when it comes back, but for secrets.
type editView struct {
	ID       string // "" of a new one
	Kind     string
	Name     string
	URL      string
	Options  map[string]string
	Set      map[string]bool // which secrets are
	Headers  []wire.DestinationHeader
	Problems forms.Problems
}

func (v editView) page() ui.Page {
	title := "Edit " + v.Name
	if v.ID == "" {
		title = "New destination: " + kindWord(v.Kind)
	}
	return ui.Page{Title: title, Lead: kindLeads[destinations.Kind(v.Kind)], Body: editPage(v), Status: v.Problems.Status}
}

func (v editView) action() string {
	if v.ID == "" {
		return Path + "/new"
	}
	return path(v.ID, "edit")
}

func (v editView) is(k destinations.Kind) bool { return v.Kind == string(k) }

// field is one line of the form; name is the path that refusals name.
func (v editView) field(name, label, value, help string) ui.Field {
	return ui.Field{Name: name, Label: label, Value: value, Help: help, Error: v.Problems.Fields[name]}
}

// secret is a line of the form that is written and never read.
func (v editView) secret(name, help string) ui.Field {
	f := v.field("secrets."+name, secretWord(name), "", help)
	f.Type, f.Complete = "password", "new-password"
	if v.Set[name] {
		f.Help = "One is set. Leave this empty to keep it. It is never shown, and must be typed again when the form comes back."
	}
	return f
}

// headerRows are the rows of the form: those that are set, and empty ones.
func (v editView) headerRows() []wire.DestinationHeader {
	rows := slices.Clone(v.Headers)
	for range min(2, wire.MaxDestinationHeaders-len(rows)) {
		rows = append(rows, wire.DestinationHeader{})
	}
	return rows
}

func (v editView) headerProblem(i int) string {
	return v.Problems.Fields["headers["+strconv.Itoa(i)+"]"]
}

// known are the lines of the form beside which a refusal can stand.
func known() []string {
	out := []string{"name", "url", "options." + salesforce.ClientID, "options." + salesforce.People, "secrets.token", "secrets." + salesforce.ClientSecret}
	for i := range wire.MaxDestinationHeaders {
		out = append(out, "headers["+strconv.Itoa(i)+"]")
	}
	return out
}

func (p pages) blank(r *ui.Request) error {
	kind := r.URL.Query().Get("kind")
	if !slices.Contains(kinds(), kind) {
		return ui.NotFound("There is no such kind of destination. The page of destinations lists those that there are.")
	}
	return r.Page(editView{Kind: kind}.page())
}

func (p pages) edit(r *ui.Request) error {
	d, err := p.found(r)
	if err != nil {
		return err
	}
	return r.Page(editView{ID: d.ID, Kind: d.Kind, Name: d.Name, URL: d.URL, Options: d.Options, Set: d.Secrets, Headers: d.Headers}.page())
}

func (p pages) create(r *ui.Request) error {
	kind := r.Value("kind")
	if !slices.Contains(kinds(), kind) {
		return ui.NotFound("There is no such kind of destination. The page of destinations lists those that there are.")
	}
	return p.keep(r, wire.Destination{Kind: kind})
}

func (p pages) save(r *ui.Request) error {
	d, err := p.found(r)
	if err != nil {
		return err
	}
	return p.keep(r, d)
}

// keep saves the form over what there is. A new webhook shows its signing secret, this once.
func (p pages) keep(r *ui.Request, before wire.Destination) error {
	v := editView{ID: before.ID, Kind: before.Kind, Name: r.Value("name"), URL: r.Value("url"), Options: optionsOf(r, before.Kind), Set: before.Secrets, Headers: headersOf(r.PostForm)}
	in := v.input(r, before)
	var saved destinations.Saved
	err := nameless(v.Name)
	if err == nil {
		err = in.Validate()
	}
	if err == nil {
		saved, err = p.Destinations.Save(r.Context(), by(r), in)
	}
	switch {
	case err != nil:
		if v.Problems, err = forms.Of(err, "", known()...); err != nil {
			return err
		}
		return r.Page(v.page())
	case !saved.Secret.IsZero():
		return r.Page(revealed{D: saved.Destination, Text: saved.Secret.Reveal()}.page())
	}
	return r.Done(saved.Destination.Name+" was saved.", path(saved.Destination.ID))
}

// input is what the form asks for. An address that is as it was is left out, since its query, which is kept as a secret, is not in it.
func (v editView) input(r *ui.Request, before wire.Destination) wire.SaveDestination {
	in := wire.SaveDestination{ID: v.ID, Name: v.Name, Options: v.Options, Secrets: secretsOf(r)}
	if v.ID == "" {
		in.Kind = v.Kind
	}
	if v.URL != before.URL {
		in.URL = v.URL
	}
	if v.is(destinations.Webhook) {
		in.Headers = &v.Headers
	}
	return in
}

// nameless refuses an empty name, which would mean to keep the one before.
func nameless(name string) error {
	if name == "" {
		return invalid("name", "give a name")
	}
	return nil
}

func optionsOf(r *ui.Request, kind string) map[string]string {
	if kind != string(destinations.Salesforce) {
		return nil
	}
	return map[string]string{salesforce.ClientID: r.Value("options." + salesforce.ClientID), salesforce.People: r.Value("options." + salesforce.People)}
}

// secretsOf returns the secrets that were typed.
func secretsOf(r *ui.Request) map[string]string {
	var out map[string]string
	for name, values := range r.PostForm {
		own, is := strings.CutPrefix(name, "secrets.")
		if !is || values[0] == "" {
			continue
		}
		if out == nil {
			out = map[string]string{}
		}
		out[own] = strings.TrimSpace(values[0])
	}
	return out
}

// headersOf reads the rows of headers that have a name.
func headersOf(form url.Values) []wire.DestinationHeader {
	out := []wire.DestinationHeader{}
	at := func(name string, i int) string {
		if list := form[name]; i < len(list) {
			return strings.TrimSpace(list[i])
		}
		return ""
	}
	for i := range form["header_name"] {
		if name := at("header_name", i); name != "" && len(out) <= wire.MaxDestinationHeaders {
			out = append(out, wire.DestinationHeader{Name: http.CanonicalHeaderKey(name), Value: at("header_value", i), Secret: at("header_secret", i) != "no"})
		}
	}
	return out
}

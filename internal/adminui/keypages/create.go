package keypages

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
)

// form is what the page of a new key asks for.
type form struct {
	Name        string
	Preset      scope.Preset // or scope.Custom, when Permissions count
	Permissions []string
	Expiry      keys.Expiry
	Limit       string // credits a month; "" for none
	Nonce       string // names this form, so that it makes one key however often it is sent
	Problems    forms.Problems
}

// fields are those that a refusal can name.
var fields = []string{"name", "preset", "permissions", "expires", "spend_limit"}

// set returns the permissions asked for; empty while there are none.
func (f form) set() scope.Set {
	if f.Preset != scope.Custom {
		set, _ := f.Preset.Set()
		return set
	}
	var ps []scope.Permission
	for _, word := range f.Permissions {
		ps = append(ps, scope.Permission(word))
	}
	return scope.Of(ps...)
}

// request returns what the service is asked for.
func (f form) request(workspaceID string) (keys.CreateRequest, error) {
	r := keys.CreateRequest{WorkspaceID: workspaceID, Name: f.Name, Preset: f.Preset, Expiry: f.Expiry}
	if f.Preset == scope.Custom {
		r.Preset, r.Permissions = "", append([]string{}, f.Permissions...)
	}
	if f.Limit != "" {
		n, err := strconv.ParseInt(f.Limit, 10, 64)
		if err != nil {
			return r, fault.Invalid("spend_limit", "must be a whole number of credits")
		}
		r.SpendLimit = &n
	}
	return r, nil
}

func readForm(r *ui.Request) form {
	return form{
		Name: r.Value("name"), Preset: scope.Preset(r.Value("preset")), Permissions: r.PostForm["permissions"],
		Expiry: keys.Expiry(r.Value("expires")), Limit: strings.ReplaceAll(r.Value("spend_limit"), " ", ""), Nonce: r.Value(nonceField),
	}
}

func (f form) page(status int) ui.Page {
	return ui.Page{Title: "New key", Lead: "Give it only what it needs: what a key may do never changes afterwards.", Body: createBody(f), Status: status}
}

// blank is the empty form.
func (p pages) blank(r *ui.Request) error {
	if !r.Workspace.Plan.AllowsKeys() {
		return unplanned(r)
	}
	return r.Page(form{Preset: scope.ReadOnly, Expiry: keys.DefaultExpiry, Nonce: newNonce(r.Now())}.page(0))
}

// unplanned answers where the plan includes no keys, with the way to the plan.
func unplanned(r *ui.Request) error {
	lead := "API keys are part of the plans Pro and Team, and " + r.Workspace.Name + " is on " + ui.Title(r.Workspace.Plan) + "."
	return r.Page(ui.Page{Title: "Not in this plan", Lead: lead, Body: unplannedBody(), Status: http.StatusForbidden})
}

// preview shows what the form asks for would unlock; it makes nothing.
func (p pages) preview(r *ui.Request) error {
	f := readForm(r)
	if r.Partial() {
		return r.Fragment(previewed(f))
	}
	return r.Page(f.page(0))
}

// create makes the key and shows it, this once.
func (p pages) create(r *ui.Request) error {
	if !r.Workspace.Plan.AllowsKeys() {
		return unplanned(r)
	}
	f := readForm(r)
	made, id, err := p.once(r, f.Nonce, func(ctx context.Context) (keys.Created, error) {
		ask, err := f.request(r.Workspace.ID)
		if err != nil {
			return keys.Created{}, err
		}
		return p.Keys.Create(ctx, r.Actor(), ask)
	})
	switch {
	case fault.CodeOf(err) == fault.ValidationFailed:
		return p.again(r, f, err)
	case err != nil:
		return err
	case made == nil:
		return p.sentBefore(r, id)
	}
	return r.Page(p.reveal(*made).page())
}

// again shows the form with what is wrong with it.
func (p pages) again(r *ui.Request, f form, err error) error {
	if f.Problems, err = forms.Of(err, "", fields...); err != nil {
		return err
	}
	return r.Page(f.page(f.Problems.Status))
}

func (f form) presetOptions() []ui.Option {
	out := []ui.Option{}
	for _, preset := range scope.Presets() {
		set, _ := preset.Set()
		out = append(out, ui.Option{Value: string(preset), Label: preset.Title(), Help: permissionList(set), Chosen: preset == f.Preset})
	}
	return append(out, ui.Option{Value: string(scope.Custom), Label: "Custom", Help: "permissions that you tick one by one", Chosen: f.Preset == scope.Custom})
}

func (f form) expiryOptions() []ui.Option {
	out := []ui.Option{}
	for _, e := range keys.Expiries() {
		out = append(out, ui.Option{Value: string(e), Label: expiryTitle(e), Chosen: e == f.Expiry})
	}
	return out
}

package destinations

import (
	"context"
	"errors"
	"maps"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/destinations/mapping"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/settings"
	"github.com/unstuckengine/unstuck/internal/text"
	"github.com/unstuckengine/unstuck/internal/wire"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// Saved is a destination as it is kept.
type Saved struct {
	Destination wire.Destination
	Secret      settings.Secret // of a webhook that an admin made: to be shown this once
	Created     bool
}

// saveTries is how often a change is worked out anew because somebody else was faster.
const saveTries = 5

// Save is Check and then Keep.
func (s *Service) Save(ctx context.Context, c Caller, in wire.SaveDestination) (out Saved, err error) {
	if err := s.Check(ctx, c, in); err != nil {
		return out, err
	}
	return s.Keep(ctx, c, in)
}

// Check tells whether Keep can make or change a destination as in says, which must have passed Validate. It looks names up, so it must not be called
// within a transaction. Errors: validation_failed with the paths at fault, not_found.
func (s *Service) Check(ctx context.Context, c Caller, in wire.SaveDestination) error {
	e, err := s.edit(ctx, c, in)
	if err != nil {
		return err
	}
	return e.check(ctx)
}

// Keep makes a destination or changes one. What an admin makes is active at once; what others make or aim anew is pending. It joins a transaction that
// ctx carries. Errors: validation_failed with the paths at fault, not_found, conflict.
func (s *Service) Keep(ctx context.Context, c Caller, in wire.SaveDestination) (out Saved, err error) {
	for range saveTries {
		out, err = s.keep(ctx, c, in)
		if !errors.Is(err, errOvertaken) {
			return out, err
		}
	}
	return out, fault.New(fault.Conflict, fault.Conflict.Detail())
}

// errOvertaken says that the destination is not any more as it was read.
var errOvertaken = errors.New("destinations: somebody else was faster")

func (s *Service) keep(ctx context.Context, c Caller, in wire.SaveDestination) (out Saved, err error) {
	err = s.Store.InTx(ctx, func(ctx context.Context, now time.Time) error {
		e, err := s.edit(ctx, c, in)
		if err == nil {
			err = e.confirm()
		}
		if err == nil {
			err = e.keep(ctx, now)
		}
		out = Saved{e.after.Wire(), e.secret, e.before.Revision == 0}
		return err
	})
	return out, err
}

// edit works out what in makes of a destination.
func (s *Service) edit(ctx context.Context, c Caller, in wire.SaveDestination) (*edit, error) {
	before, now, err := s.begin(ctx, c, in)
	e := &edit{service: s, caller: c, before: before, after: before.clone(), in: in, now: now, detail: map[string]string{}}
	if err != nil {
		return e, err
	}
	return e, e.work()
}

// begin returns the destination as it is, or as a new one begins, and the time.
func (s *Service) begin(ctx context.Context, c Caller, in wire.SaveDestination) (d Destination, now time.Time, err error) {
	err = s.Store.InTx(ctx, func(ctx context.Context, at time.Time) error {
		now = at
		d = Destination{WorkspaceID: c.WorkspaceID, ID: uuid.Must(uuid.NewV7()).String(), Kind: Kind(in.Kind), CreatedAt: at, CreatedBy: c.Actor}
		if in.ID != "" {
			d, err = s.Store.Destination(ctx, c.WorkspaceID, in.ID)
		}
		return err
	})
	return d, now, err
}

// clone returns a copy whose secrets can be changed.
func (d Destination) clone() Destination {
	d.Sealed = maps.Clone(d.Sealed)
	return d
}

// edit is one Save.
type edit struct {
	service       *Service
	caller        Caller
	before, after Destination
	in            wire.SaveDestination
	now           time.Time

	aimed   bool // it leads elsewhere, or to somebody else there
	resumed bool
	secret  settings.Secret
	detail  map[string]string
	fields  []fault.Field
}

func (e *edit) refuse(bad bool, path, message string, allowed ...string) {
	if bad {
		e.fields = append(e.fields, fault.Field{Path: path, Message: message, Allowed: allowed})
	}
}

// work works out what is to be kept.
func (e *edit) work() error {
	d := &e.after
	e.refuse(e.in.Kind != "" && Kind(e.in.Kind) != d.Kind, "kind", "never changes; make another destination")
	if e.in.Name != "" {
		if err := workspaces.CheckName("name", e.in.Name); err != nil {
			e.fields = append(e.fields, fault.From(err).Fields...)
		}
		d.Name = e.in.Name
	}
	for _, step := range []func() error{e.url, e.headers, e.secrets} {
		if err := step(); err != nil {
			return err
		}
	}
	if e.in.Options != nil {
		e.aimed = e.aimed || !maps.Equal(d.Options, e.in.Options)
		d.Options = e.in.Options
	}
	e.mappings()
	if e.in.Paused != nil {
		e.resumed = !*e.in.Paused && (d.Paused || d.Gone)
		d.Paused, d.Gone = *e.in.Paused, d.Gone && *e.in.Paused
	}
	return e.refused()
}

// refused is the error that names all fields at fault, nil when there are none.
func (e *edit) refused() error {
	if len(e.fields) == 0 {
		return nil
	}
	return fault.InvalidFields(e.fields...)
}

// check asks the kind what is wrong.
func (e *edit) check(ctx context.Context) error {
	t, err := e.service.target(e.after, e.now)
	if err != nil {
		e.refuse(true, "secrets", "cannot be opened any more; give them again")
	} else {
		e.fields = e.service.Senders[e.after.Kind].Check(ctx, t)
	}
	return e.refused()
}

// confirm says who vouches for where it leads.
func (e *edit) confirm() error {
	d := &e.after
	switch {
	case e.before.Revision == 0 && e.caller.Admin:
		d.ConfirmedBy = e.caller.Actor.Name
	case e.aimed && !e.caller.Admin:
		d.ConfirmedBy = ""
	}
	return e.service.sign(d, e.now, &e.secret)
}

// sign gives a confirmed webhook its signing secret, once.
func (s *Service) sign(d *Destination, now time.Time, into *settings.Secret) (err error) {
	if _, has := d.Sealed[signingSecret]; has || d.Kind != Webhook || d.ConfirmedBy == "" {
		return nil
	}
	*into, err = s.rotate(d, now)
	return err
}

// url takes a URL apart: its query may hold a secret.
func (e *edit) url() error {
	if e.in.URL == "" {
		return nil
	}
	d := &e.after
	u, err := url.Parse(e.in.URL)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" {
		e.refuse(true, "url", "must be an https URL")
		return nil
	}
	e.refuse(u.User != nil, "url", "must hold neither user name nor password; give a secret header")
	e.refuse(strings.Contains(e.in.URL, "#"), "url", "must have no fragment")
	e.refuse(strings.ContainsFunc(e.in.URL, func(r rune) bool { return r <= ' ' || r > '~' }), "url", "must be of visible ASCII characters")
	query, kept := u.RawQuery, settings.Secret{}
	if kept, err = e.service.open(d.clone(), querySecret); err != nil {
		kept = settings.Secret{}
	}
	u.RawQuery, u.ForceQuery = "", false
	plain := u.String()
	if plain == d.URL && query == kept.Reveal() {
		return nil
	}
	e.aimed = true
	e.note("host", hostOf(d.URL), u.Host)
	e.guard(hostOf(d.URL), u.Host)
	d.URL = plain
	delete(d.Sealed, querySecret)
	if query == "" {
		return nil
	}
	return e.service.put(d, querySecret, query, time.Time{})
}

func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Host
}

// note tells the log of a value that changed.
func (e *edit) note(name, before, after string) {
	if before != after {
		e.detail[name] = after
		if before != "" {
			e.detail[name+"_before"] = before
		}
	}
}

// guard keeps secrets from a host that they were not meant for: they must be given again.
func (e *edit) guard(before, after string) {
	if before == after {
		return
	}
	for name := range e.after.Sealed {
		if own, ok := strings.CutPrefix(name, kindSecret); ok && e.in.Secrets[own] == "" {
			e.refuse(true, "secrets."+own, "must be given again when the host of url changes, so that it is never sent where it was not meant to go")
		}
	}
	if e.in.Headers == nil {
		for i, h := range e.after.Headers {
			e.refuse(h.Secret, headerPath(i), "must be given again when the host of url changes, so that it is never sent where it was not meant to go")
		}
	}
}

func headerPath(i int) string { return "headers[" + strconv.Itoa(i) + "].value" }

// headers replaces the headers; a secret one without a value keeps what is set, unless the host changed.
func (e *edit) headers() error {
	if e.in.Headers == nil {
		return nil
	}
	d := &e.after
	e.refuse(d.Kind != Webhook && len(*e.in.Headers) > 0, "headers", "belong to webhooks alone")
	moved := hostOf(e.before.URL) != hostOf(d.URL)
	var list []Header
	kept := map[string]bool{}
	for i, h := range *e.in.Headers {
		name := headerSecret + strings.ToLower(h.Name)
		if !h.Secret {
			list = append(list, Header(h))
			continue
		}
		list, kept[name] = append(list, Header{Name: h.Name, Secret: true}), true
		_, set := d.Sealed[name]
		e.refuse(h.Value == "" && (!set || moved), headerPath(i), "must be given: there is none for this host yet")
		if h.Value != "" {
			e.aimed = true
			e.detail["header "+strings.ToLower(h.Name)] = "set"
			if err := e.service.put(d, name, h.Value, time.Time{}); err != nil {
				return err
			}
		}
	}
	for name := range d.Sealed {
		if strings.HasPrefix(name, headerSecret) && !kept[name] {
			delete(d.Sealed, name)
		}
	}
	e.aimed = e.aimed || !sameHeaders(d.Headers, list)
	d.Headers = list
	return nil
}

func sameHeaders(a, b []Header) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}

// secrets seals those that are given.
func (e *edit) secrets() error {
	for name, plain := range e.in.Secrets {
		e.aimed = true
		e.detail["secret "+name] = "set"
		if err := e.service.put(&e.after, kindSecret+name, plain, time.Time{}); err != nil {
			return err
		}
	}
	return nil
}

// mappings replaces the mapping of both kinds of record.
func (e *edit) mappings() {
	if e.in.Mapping == nil {
		return
	}
	rule := e.service.Senders[e.after.Kind].Rule()
	e.after.Mapping = map[filter.Kind]Mapping{}
	for kind, m := range map[filter.Kind]map[string]string{filter.Accounts: e.in.Mapping.Accounts, filter.Leads: e.in.Mapping.Leads} {
		if len(m) > 0 {
			e.fields = append(e.fields, mapping.Check(m, kind, rule, "mapping."+string(kind))...)
			e.after.Mapping[kind] = m
		}
	}
	e.detail["mapping"] = "set"
}

// keep keeps the change if the destination still is as it was read.
func (e *edit) keep(ctx context.Context, now time.Time) error {
	s, d := e.service, &e.after
	list, err := s.Store.Destinations(ctx, d.WorkspaceID)
	if err != nil {
		return err
	}
	var current int64
	for _, other := range list {
		if other.ID == d.ID {
			current = other.Revision
		} else if text.Fold(other.Name) == text.Fold(d.Name) {
			return fault.Invalid("name", "another destination of the workspace has this name")
		}
	}
	switch {
	case current != e.before.Revision && (e.in.ID == "" || current == 0):
		return fault.New(fault.NotFound, fault.NotFound.Detail())
	case current != e.before.Revision:
		return errOvertaken
	case e.before.Revision == 0 && len(list) >= wire.MaxDestinations:
		return fault.Newf(fault.Conflict, "A workspace has at most %d destinations. Delete one first.", wire.MaxDestinations)
	}
	d.Revision, d.UpdatedAt = e.before.Revision+1, now
	if err := s.Store.SaveDestination(ctx, *d); err != nil {
		if fault.CodeOf(err) == fault.Conflict && e.before.Revision > 0 {
			return errOvertaken
		}
		return err
	}
	if e.resumed && d.sends() {
		if err := s.Queue.Enqueue(ctx, ResumeKind, encoded(resume{d.WorkspaceID, d.ID})); err != nil {
			return err
		}
	}
	return e.log(ctx, now)
}

func (e *edit) log(ctx context.Context, now time.Time) error {
	e.note("status", statusOf(e.before), string(e.after.Status()))
	action := activity.DestinationUpdated
	if e.before.Revision == 0 {
		action = activity.DestinationCreated
	} else if e.before.Name != e.after.Name {
		e.detail["name_before"] = e.before.Name
	}
	return e.service.log(ctx, now, e.caller.Actor, e.after, action, e.detail)
}

// statusOf is the status of a destination that is kept, "" for a new one.
func statusOf(d Destination) string {
	if d.Revision == 0 {
		return ""
	}
	return string(d.Status())
}

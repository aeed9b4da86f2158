package destinations

import (
	"context"
	"maps"
	"time"

	"github.com/unstuckengine/unstuck/internal/destinations/mapping"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/settings"
	"github.com/unstuckengine/unstuck/internal/wire"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

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
		if !maps.Equal(d.Options, e.in.Options) {
			e.aimed, e.detail["options"] = true, "set"
		}
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

// note tells the log of a value that changed.
func (e *edit) note(name, before, after string) {
	if before != after {
		e.detail[name] = after
		if before != "" {
			e.detail[name+"_before"] = before
		}
	}
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

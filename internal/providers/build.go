// Package providers makes the waterfall of a workspace: the providers that are built in, its reference files, and the HTTP providers that its
// settings describe, in the order that they say.
package providers

import (
	"context"
	"slices"
	"time"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/providers/domaindns"
	"github.com/unstuckengine/unstuck/internal/providers/emailcheck"
	"github.com/unstuckengine/unstuck/internal/providers/httpapi"
	"github.com/unstuckengine/unstuck/internal/providers/known"
	"github.com/unstuckengine/unstuck/internal/providers/pattern"
	"github.com/unstuckengine/unstuck/internal/providers/rdap"
	"github.com/unstuckengine/unstuck/internal/providers/reference"
	"github.com/unstuckengine/unstuck/internal/providers/website"
	"github.com/unstuckengine/unstuck/internal/settings"
)

// Store is what the providers that ask nobody outside read.
type Store interface {
	known.Store
	pattern.Store
	reference.Store
}

// Settings tells what the admins chose; *settings.Service is one.
type Settings interface {
	Enrichment(ctx context.Context, workspaceID string) (settings.Enrichment, error)
}

// Config says what a Planner works with. Everything must be set.
type Config struct {
	Store    Store
	Settings Settings
	Mail     emailcheck.Mail // *domaindns.Provider is one
	Website  enrich.Provider
	RDAP     enrich.Provider
	DNS      enrich.Provider
	Client   httpapi.Client // for HTTP providers
}

// storeTimeout bounds a lookup in the workspace's own data.
const storeTimeout = 5 * time.Second

// Planner makes plans. It is safe for concurrent use.
type Planner struct {
	settings   Settings
	client     httpapi.Client
	references *reference.Service
	builtin    map[string]enrich.Entry
}

// New returns a planner.
func New(c Config) *Planner {
	p := &Planner{settings: c.Settings, client: c.Client, references: reference.New(c.Store), builtin: map[string]enrich.Entry{}}
	for _, e := range []enrich.Entry{
		{Name: settings.Workspace, Provider: known.New(c.Store), Fields: known.Fields(), Timeout: storeTimeout},
		{Name: settings.Pattern, Provider: pattern.New(c.Store, c.Mail), Fields: []enrich.Field{enrich.WorkEmail}, Timeout: storeTimeout + domaindns.Timeout},
		{Name: settings.Website, Provider: c.Website, Fields: website.Fields(), Timeout: website.Timeout},
		{Name: settings.RDAP, Provider: c.RDAP, Fields: rdap.Fields(), Timeout: rdap.Timeout},
		{Name: settings.DNS, Provider: c.DNS, Fields: domaindns.Fields(), Timeout: domaindns.Timeout},
	} {
		p.builtin[e.Name] = e
	}
	return p
}

// Plan returns the waterfall of a workspace by its settings as they are now; it is for enrich.Config. Errors are those of the settings and the store.
func (p *Planner) Plan(ctx context.Context, workspaceID string) (enrich.Plan, error) {
	section, err := p.settings.Enrichment(ctx, workspaceID)
	if err != nil {
		return nil, err
	}
	files, err := p.references.List(ctx, workspaceID)
	if err != nil {
		return nil, err
	}
	return p.build(section, files), nil
}

// build puts the entries into the order of the section. What it names and is not there, such as a file that was removed, is left out.
func (p *Planner) build(section settings.Enrichment, files []reference.File) enrich.Plan {
	entries := map[string][]enrich.Entry{} // by the name that an order uses
	for name, e := range p.builtin {
		entries[name] = []enrich.Entry{e}
	}
	for _, f := range files {
		e := enrich.Entry{Name: reference.Prefix + f.Name, Provider: p.references.Provider(f), Fields: f.Fields, Cost: f.Cost, Timeout: storeTimeout}
		entries[e.Name] = []enrich.Entry{e}
		entries[settings.Reference] = append(entries[settings.Reference], e)
	}
	for name, s := range section.Providers {
		entries[name] = []enrich.Entry{{Name: name, Provider: p.http(s), Fields: s.Fields, Cost: s.Cost, Timeout: s.Timeout, Setup: section.Version}}
	}
	plan := enrich.Plan{}
	for field, order := range section.Order {
		for _, name := range order {
			plan[field] = add(plan[field], field, entries[name])
		}
	}
	return plan
}

// add appends the entries that can answer the field and are not there yet.
func add(list []enrich.Entry, field enrich.Field, entries []enrich.Entry) []enrich.Entry {
	for _, e := range entries {
		there := slices.ContainsFunc(list, func(other enrich.Entry) bool { return other.Name == e.Name })
		if !there && slices.Contains(e.Fields, field) {
			list = append(list, e)
		}
	}
	return list
}

// http returns the provider that is described. One that cannot be made fails when it is asked, and so is seen without holding up the others.
func (p *Planner) http(s settings.HTTPProvider) enrich.Provider {
	provider, err := httpapi.New(s, p.client)
	if err != nil {
		return broken{err}
	}
	return provider
}

// broken is a provider that always fails.
type broken struct{ err error }

// Lookup implements enrich.Provider.
func (b broken) Lookup(context.Context, enrich.Subject, []enrich.Field) ([]enrich.Answer, error) {
	return nil, b.err
}

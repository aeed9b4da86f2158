// Package scope is the vocabulary of power: permissions, the sets a key carries, and the presets an admin picks from.
package scope

import (
	"fmt"
	"sort"
	"strings"
	"sync"
)

// Permission is the wire-level word of one right, `<resource>:<verb>`. The zero value grants and demands nothing
// and is refused wherever a permission is required.
type Permission string

// The permissions that a key may carry.
const (
	RecordsRead       Permission = "records:read"
	SubscribersRead   Permission = "subscribers:read"
	EnrichmentWrite   Permission = "enrichment:write"
	SignalsWrite      Permission = "signals:write"
	SubscribersWrite  Permission = "subscribers:write"
	AudiencesWrite    Permission = "audiences:write"
	DestinationsWrite Permission = "destinations:write"
	SettingsWrite     Permission = "settings:write"
)

// AnyKey is the requirement that every live key meets. It can be demanded by a tool or route, never carried by a key.
const AnyKey Permission = "any"

// Preset is the wire name of a named set of permissions.
type Preset string

// The presets; Custom names any set that was ticked one by one.
const (
	ReadOnly        Preset = "read_only"
	WriteEnrichment Preset = "write_enrichment"
	WriteSignals    Preset = "write_signals"
	Full            Preset = "full"
	Custom          Preset = "custom"
)

// Info describes a permission to people.
type Info struct {
	Permission Permission
	Lets       string // what it lets a key do
}

// catalogue is in wire order; the index of an entry is its bit in a Set.
var catalogue = []Info{
	{RecordsRead, "find, get, list, insights over leads, accounts, signals, audiences, jobs"},
	{SubscribersRead, "page through waitlist subscribers"},
	{EnrichmentWrite, "enrich (spends credits)"},
	{SignalsWrite, "push signals"},
	{SubscribersWrite, "server-side waitlist sign-ups"},
	{AudiencesWrite, "create, change, delete audiences"},
	{DestinationsWrite, "read, connect, map, test, sync, delete destinations"},
	{SettingsWrite, "read and change workspace settings"},
}

// presets are ordered from the narrowest to the widest.
var presets = []struct {
	name  Preset
	title string
	set   Set
}{
	{ReadOnly, "Read-only", Of(RecordsRead, SubscribersRead)},
	{WriteEnrichment, "Write enrichment", Of(RecordsRead, SubscribersRead, EnrichmentWrite)},
	{WriteSignals, "Write signals", Of(RecordsRead, SubscribersRead, SignalsWrite)},
	{Full, "Full", Of(RecordsRead, SubscribersRead, EnrichmentWrite, SignalsWrite, SubscribersWrite, AudiencesWrite, DestinationsWrite, SettingsWrite)},
}

// All returns every permission with its description, in wire order.
func All() []Info { return append([]Info(nil), catalogue...) }

// Valid reports whether p can be demanded by a tool or route.
func (p Permission) Valid() bool { return p == AnyKey || p.bit() != 0 }

func (p Permission) bit() Set {
	for i, c := range catalogue {
		if c.Permission == p {
			return 1 << i
		}
	}
	return 0
}

// Set is an immutable set of permissions. The zero value is empty and allows nothing.
type Set uint16

// Of returns the set of the given permissions; words that no key can carry are left out.
func Of(ps ...Permission) Set {
	var s Set
	for _, p := range ps {
		s |= p.bit()
	}
	return s
}

// Allows reports whether s meets the requirement p. An unknown or empty requirement is never met.
func (s Set) Allows(p Permission) bool {
	if p == AnyKey {
		return s != 0
	}
	b := p.bit()
	return b != 0 && s&b == b
}

// Permissions returns the members of s in wire order, never nil.
func (s Set) Permissions() []Permission {
	out := make([]Permission, 0, len(catalogue))
	for i, c := range catalogue {
		if s&(1<<i) != 0 {
			out = append(out, c.Permission)
		}
	}
	return out
}

// String returns the members joined by commas, in wire order; ParseSet reads it back.
func (s Set) String() string {
	if texts := setTexts(); int(s) < len(texts) {
		return texts[s]
	}
	return s.join() // bits that no permission has
}

// setTexts holds the text of every set: a key check needs one, and there are few.
var setTexts = sync.OnceValue(func() []string {
	texts := make([]string, 1<<len(catalogue))
	for s := range texts {
		texts[s] = Set(s).join()
	}
	return texts
})

func (s Set) join() string {
	words := make([]string, 0, len(catalogue))
	for _, p := range s.Permissions() {
		words = append(words, string(p))
	}
	return strings.Join(words, ",")
}

// ParseSet reads a comma-separated list of permissions. An empty list, an unknown word, AnyKey and a repeated word are errors.
func ParseSet(text string) (Set, error) {
	words := strings.Split(text, ",")
	return FromStrings(words)
}

// FromStrings is ParseSet over a list of words.
func FromStrings(words []string) (Set, error) {
	var s Set
	for _, w := range words {
		b := Permission(strings.TrimSpace(w)).bit()
		switch {
		case b == 0:
			return 0, fmt.Errorf("unknown permission; allowed: %s", strings.Join(Words(), ", "))
		case s&b != 0:
			return 0, fmt.Errorf("permission %s is given twice", strings.TrimSpace(w))
		}
		s |= b
	}
	if s == 0 {
		return 0, fmt.Errorf("no permission given; allowed: %s", strings.Join(Words(), ", "))
	}
	return s, nil
}

// Words returns every permission word in wire order.
func Words() []string {
	out := make([]string, len(catalogue))
	for i, c := range catalogue {
		out[i] = string(c.Permission)
	}
	return out
}

// Presets returns the named presets from the narrowest to the widest, Custom left out.
func Presets() []Preset {
	out := make([]Preset, len(presets))
	for i, p := range presets {
		out[i] = p.name
	}
	return out
}

// Set returns the permissions of a named preset; ok is false for Custom and unknown names.
func (p Preset) Set() (s Set, ok bool) {
	for _, q := range presets {
		if q.name == p {
			return q.set, true
		}
	}
	return 0, false
}

// Title returns the name people read, such as "Read-only".
func (p Preset) Title() string {
	for _, q := range presets {
		if q.name == p {
			return q.title
		}
	}
	return "Custom"
}

// Narrowest returns the smallest preset that grants p, or Custom when none does.
func Narrowest(p Permission) Preset {
	for _, q := range presets {
		if q.set.Allows(p) {
			return q.name
		}
	}
	return Custom
}

// Suggest returns the smallest preset that grants p and everything in have, or Custom when none does.
func Suggest(have Set, p Permission) Preset {
	candidates := append(presets[:0:0], presets...)
	sort.SliceStable(candidates, func(i, j int) bool {
		return len(candidates[i].set.Permissions()) < len(candidates[j].set.Permissions())
	})
	for _, q := range candidates {
		if q.set.Allows(p) && q.set&have == have {
			return q.name
		}
	}
	return Custom
}

package settings

import (
	"fmt"
	"maps"
	"slices"

	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/text"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// The bounds of signal types.
const (
	maxOwnTypes   = 200
	maxWeight     = 100
	maxCreditCost = 3
	maxAbout      = 200
)

// customDefaults are the terms of a workspace's own type until it sets others.
func customDefaults() signals.Terms {
	return signals.Terms{Enabled: true, Weight: signals.CustomWeight, Class: signals.FirstParty}
}

// defaultsOf returns the terms of the type while nothing is set, and whether it is built in.
func defaultsOf(name string) (signals.Terms, bool) {
	if t, builtin := signals.Builtin(name); builtin {
		return t.Terms(), true
	}
	return customDefaults(), false
}

// signalTypes checks those that are set over those from which they came.
func (c *checker) signalTypes(from, set map[string]wire.SignalTypeSettings) {
	own, known := 0, typesOf(from)
	for _, name := range slices.Sorted(maps.Keys(set)) {
		t, path := set[name], strictjson.Join(SignalTypesSection, strictjson.Name(name))
		terms, builtin := defaultsOf(name)
		if builtin {
			c.refuse(t.Class != "" && t.Class != string(terms.Class), strictjson.Join(path, "class"), "is fixed, since the type is built in", string(terms.Class))
			c.refuse(t.About != "" && t.About != terms.About, strictjson.Join(path, "about"), "is fixed, since the type is built in")
		} else {
			own++
			c.ownType(path, name, t)
		}
		c.number(strictjson.Join(path, "weight"), t.Weight, 0, maxWeight)
		c.number(strictjson.Join(path, "credit_cost"), t.CreditCost, 0, maxCreditCost)
		c.newType(path, name, t, known)
	}
	c.refuse(own > maxOwnTypes, SignalTypesSection, fmt.Sprintf("at most %d types beside those built in", maxOwnTypes))
}

func (c *checker) ownType(path, name string, t wire.SignalTypeSettings) {
	c.refuse(!signals.ValidTypeName(name), path, "must be named by 1 to 64 of a-z, 0-9, _, - and ., beginning with a letter")
	classes := words(signals.Classes())
	c.refuse(t.Class != "" && !slices.Contains(classes, t.Class), strictjson.Join(path, "class"), "must be a class of source", classes...)
	if t.About != "" {
		c.line(strictjson.Join(path, "about"), t.About, maxAbout)
	}
}

// newType refuses a name that was never heard of without a word on what it means: it is a misspelt one.
func (c *checker) newType(path, name string, t wire.SignalTypeSettings, known signals.Types) {
	if known.Known(name) || t.About != "" || t.Class != "" || !signals.ValidTypeName(name) {
		return
	}
	c.refuse(true, path, "is not a type of this workspace"+text.Meant(name, slices.Sorted(maps.Keys(known)))+"; give about to make it")
}

// ownTypes returns what differs from the defaults: of built-in types the terms that do, of the workspace's own types all.
func ownTypes(set map[string]wire.SignalTypeSettings) map[string]wire.SignalTypeSettings {
	out := make(map[string]wire.SignalTypeSettings, len(set))
	for name, t := range set {
		terms, builtin := defaultsOf(name)
		if !builtin {
			out[name] = shownType(typeTerms(t, terms))
			continue
		}
		t = wire.SignalTypeSettings{
			Enabled: differing(t.Enabled, terms.Enabled), Autoqualify: differing(t.Autoqualify, terms.Autoqualify),
			Weight: differing(t.Weight, terms.Weight), CreditCost: differing(t.CreditCost, terms.CreditCost),
		}
		if t != (wire.SignalTypeSettings{}) {
			out[name] = t
		}
	}
	return out
}

// differing returns what is set, unless it is the default.
func differing[T comparable](set *T, byDefault T) *T {
	if set == nil || *set == byDefault {
		return nil
	}
	return set
}

// typesOf returns all types of a workspace that set these.
func typesOf(set map[string]wire.SignalTypeSettings) signals.Types {
	out := signals.DefaultTypes()
	for name, t := range set {
		terms, builtin := defaultsOf(name)
		if builtin { // what is fixed is not set, whatever an older program without the type let stand here
			t.Class, t.About = "", ""
		}
		out[name] = typeTerms(t, terms)
	}
	return out
}

// typeTerms puts what is set over the terms.
func typeTerms(t wire.SignalTypeSettings, terms signals.Terms) signals.Terms {
	over(&terms.Enabled, t.Enabled)
	over(&terms.Autoqualify, t.Autoqualify)
	over(&terms.Weight, t.Weight)
	over(&terms.CreditCost, t.CreditCost)
	if t.Class != "" {
		terms.Class = signals.Class(t.Class)
	}
	if t.About != "" {
		terms.About = t.About
	}
	return terms
}

func over[T any](value, set *T) {
	if set != nil {
		*value = *set
	}
}

func shownTypes(set map[string]wire.SignalTypeSettings) map[string]wire.SignalTypeSettings {
	out := map[string]wire.SignalTypeSettings{}
	for name, terms := range typesOf(set) {
		out[name] = shownType(terms)
	}
	return out
}

func shownType(t signals.Terms) wire.SignalTypeSettings {
	return wire.SignalTypeSettings{
		Enabled: &t.Enabled, Autoqualify: &t.Autoqualify, Weight: &t.Weight, CreditCost: &t.CreditCost, Class: string(t.Class), About: t.About,
	}
}

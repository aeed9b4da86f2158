package settings

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// The bounds of what may be set.
const (
	maxProviders = 20
	maxSecret    = 4096
)

var (
	providerName  = regexp.MustCompile(`^[a-z0-9_]{1,40}$`)
	referenceName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,100}$`)
)

// checker gathers the fields at fault.
type checker struct{ fields []fault.Field }

func (c *checker) refuse(bad bool, path, message string, allowed ...string) {
	if bad {
		c.fields = append(c.fields, fault.Field{Path: path, Message: message, Allowed: allowed})
	}
}

// check returns what is wrong with the section after a change from old; held tells who has a secret then.
func check(old, next wire.EnrichmentSettings, held holders) []fault.Field {
	var c checker
	policies := words(credits.Overages())
	switch {
	case next.Overage == "auto_buy":
		c.refuse(true, Section+".overage", "auto_buy needs billing, which is not set up here; choose another policy", policies...)
	case next.Overage != "":
		c.refuse(!credits.Overage(next.Overage).Valid(), Section+".overage", "must be a policy", policies...)
	}
	c.refuse(len(next.Providers) > maxProviders, Section+".providers", "at most "+strconv.Itoa(maxProviders)+" providers")
	for _, name := range slices.Sorted(maps.Keys(next.Providers)) {
		before, known := old.Providers[name]
		c.provider(name, next.Providers[name], held)
		_, renewed := held.new[name]
		c.refuse(known && held.has(name) && !renewed && hostOf(before.URL) != hostOf(next.Providers[name].URL), strictjson.Join(providerPath(name), "secret"),
			"must be given again when the host of url changes, so that it is never sent where it was not meant to go")
	}
	for name, text := range held.new {
		_, there := next.Providers[name]
		c.refuse(text != nil && !there, strictjson.Join(providerPath(name), "secret"), "belongs to a provider that is not set up")
	}
	for _, key := range slices.Sorted(maps.Keys(next.Order)) {
		c.order(key, next.Order[key], next.Providers)
	}
	return c.fields
}

func words[T ~string](of []T) (out []string) {
	for _, w := range of {
		out = append(out, string(w))
	}
	return out
}

// order checks that each name is a provider that can answer there, and stands once.
func (c *checker) order(key string, names []string, providers map[string]wire.ProviderSettings) {
	path := strictjson.Join(Section+".order", strictjson.Name(key))
	if !slices.Contains(orderKeys(), key) {
		c.refuse(true, path, "must be a channel, account, or a field of an account", orderKeys()...)
		return
	}
	for i, name := range names {
		at := path + "[" + strconv.Itoa(i) + "]"
		p, own := providers[name]
		file, isFile := strings.CutPrefix(name, ReferencePrefix)
		switch {
		case slices.Index(names, name) != i:
			c.refuse(true, at, "stands twice")
		case own:
			c.refuse(!serves(p.Fields, key), at, "is a provider that does not answer this field; add the field to its fields or leave it out")
		case isFile:
			c.refuse(!referenceName.MatchString(file), at, "must name a reference file behind "+ReferencePrefix)
		default:
			c.refuse(!slices.Contains(Builtins(), name), at, "must be a provider that is built in or set up", append(Builtins(), slices.Sorted(maps.Keys(providers))...)...)
		}
	}
}

// visible reports whether the text is of visible ASCII characters and its length within bounds.
func visible(text string, least, most int) bool {
	outside := strings.ContainsFunc(text, func(r rune) bool { return r < '!' || r > '~' })
	return !outside && len(text) >= least && len(text) <= most
}

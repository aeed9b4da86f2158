package settings

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/unstuckengine/unstuck/internal/credits"
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

// enrichment checks the section after a change from old; held tells who has a secret then.
func (c *checker) enrichment(old, next wire.EnrichmentSettings, held holders) {
	policies := words(credits.Overages())
	switch {
	case next.Overage == "auto_buy":
		c.refuse(true, EnrichmentSection+".overage", "auto_buy needs billing, which is not set up here; choose another policy", policies...)
	case next.Overage != "":
		c.refuse(!credits.Overage(next.Overage).Valid(), EnrichmentSection+".overage", "must be a policy", policies...)
	}
	c.refuse(len(next.Providers) > maxProviders, EnrichmentSection+".providers", "at most "+strconv.Itoa(maxProviders)+" providers")
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
}

// order checks that each name is a provider that can answer there, and stands once.
func (c *checker) order(key string, names []string, providers map[string]wire.ProviderSettings) {
	path := strictjson.Join(EnrichmentSection+".order", strictjson.Name(key))
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

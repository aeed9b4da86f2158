package settings

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/unstuckengine/unstuck/internal/engagement"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/token"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// The bounds and defaults of the engagement.
const (
	maxHalfLife      = 365
	halfLifeDays     = 14
	maxSourceWeight  = 300
	maxSourceWeights = 200
	maxSource        = 200 // characters, as a signal's source
	maxScore         = 100
)

var defaultStages = wire.StageSettings{Warm: 40, InMarket: 65, Hot: 85}

func (c *checker) engagement(e wire.EngagementSettings) {
	at := func(path string) string { return strictjson.Join(EngagementSection, path) }
	c.number(at("half_life_days"), e.HalfLifeDays, 1, maxHalfLife)
	if s := e.Stages; s != nil {
		c.number(at("stages.warm"), &s.Warm, 1, maxScore)
		c.number(at("stages.in_market"), &s.InMarket, 1, maxScore)
		c.number(at("stages.hot"), &s.Hot, 1, maxScore)
		c.refuse(s.InMarket <= s.Warm, at("stages.in_market"), "must lie above warm")
		c.refuse(s.Hot <= s.InMarket, at("stages.hot"), "must lie above in_market")
	}
	c.refuse(len(e.SourceWeights) > maxSourceWeights, at("source_weights"), fmt.Sprintf("at most %d sources", maxSourceWeights))
	for _, source := range slices.Sorted(maps.Keys(e.SourceWeights)) {
		path, percent := strictjson.Join(at("source_weights"), strictjson.Name(source)), e.SourceWeights[source]
		c.line(path, source, maxSource)
		c.number(path, &percent, 0, maxSourceWeight)
	}
}

// line checks a text of one line that is shown in lists and logs.
func (c *checker) line(path, text string, most int) {
	bad := text == "" || strings.TrimSpace(text) != text || utf8.RuneCountInString(text) > most || token.Scrub(text) != text
	bad = bad || strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp)
	})
	c.refuse(bad, path, fmt.Sprintf("must be 1 to %d characters in one line, without white space around them and without a key", most))
}

// completeEngagement puts the defaults where nothing is set.
func completeEngagement(e wire.EngagementSettings) wire.EngagementSettings {
	stages := defaultStages
	over(&stages, e.Stages)
	days := int64(halfLifeDays)
	over(&days, e.HalfLifeDays)
	weights := map[string]int64{}
	maps.Copy(weights, e.SourceWeights)
	return wire.EngagementSettings{HalfLifeDays: &days, Stages: &stages, SourceWeights: weights}
}

// ownEngagement returns what differs from the defaults.
func ownEngagement(e wire.EngagementSettings) wire.EngagementSettings {
	out := wire.EngagementSettings{HalfLifeDays: differing(e.HalfLifeDays, halfLifeDays), Stages: differing(e.Stages, defaultStages)}
	if len(e.SourceWeights) > 0 {
		out.SourceWeights = e.SourceWeights
	}
	return out
}

func modelOf(e wire.EngagementSettings, types signals.Types) engagement.Model {
	e = completeEngagement(e)
	m := engagement.Model{
		Weights: map[string]int64{}, Classes: map[string]string{}, Sources: e.SourceWeights,
		HalfLife: *e.HalfLifeDays, Warm: e.Stages.Warm, InMarket: e.Stages.InMarket, Hot: e.Stages.Hot,
	}
	for name, t := range types {
		m.Weights[name], m.Classes[name] = t.Weight, string(t.Class)
	}
	return m
}

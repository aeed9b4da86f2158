package enrich

import (
	"slices"

	"github.com/unstuckengine/unstuck/internal/wire"
)

// answer returns the JSON of the call's answer.
func (r *running) answer(id string, d delivery, bill wire.Bill) []byte {
	record := &id
	if id == "" {
		record = nil
	}
	if r.task.facts {
		return encoded(wire.EnrichedAccount{AccountID: record, Fields: found[string](r, d), Bill: bill})
	}
	return encoded(wire.Enriched{RecordID: record, Channels: found[wire.Channel](r, d), Bill: bill})
}

// found returns what is there of each field that was asked for.
func found[Name ~string](r *running, d delivery) map[Name]wire.Found {
	out := map[Name]wire.Found{}
	for _, f := range r.task.fields {
		out[Name(f)] = r.foundOf(f, d)
	}
	return out
}

func (r *running) foundOf(f Field, d delivery) wire.Found {
	one := r.results[f]
	k, ok := d.kept[f]
	if !ok {
		return wire.Found{TriedProviders: append([]string{}, one.tried...), Problem: one.problem}
	}
	out := wire.Found{Value: wire.Value(k.Value), Source: k.Source, Confidence: k.Confidence, EnrichedAt: k.EnrichedAt}
	if len(one.tried) > 0 && !slices.Contains(d.found, f) && !one.found() { // asked again in vain
		out.TriedProviders, out.Problem = one.tried, one.problem
	}
	return out
}

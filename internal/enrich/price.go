package enrich

import "github.com/unstuckengine/unstuck/internal/wire"

// price returns what the wanted fields may cost: nothing for each, when nobody has it, up to the dearest of those that may be asked.
func (p Plan) price(wanted []Field) (out wire.Price) {
	for _, f := range wanted {
		var dearest int64
		for _, e := range p[f] {
			dearest = max(dearest, e.Cost)
		}
		out.Most += dearest
	}
	return out
}

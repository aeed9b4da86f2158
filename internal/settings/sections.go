package settings

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// The sections, by the names that they have on the wire. Secrets are bound to the name of theirs.
const (
	EnrichmentSection  = string(wire.SectionEnrichment)
	SignalTypesSection = string(wire.SectionSignalTypes)
	ICPsSection        = string(wire.SectionICPs)
	EngagementSection  = string(wire.SectionEngagement)
)

// document is the form that is stored: what was set, by section. Of types and engagement only what differs from the defaults is, so that the rest
// follows them.
type document struct {
	Enrichment  wire.EnrichmentSettings            `json:"enrichment"`
	SignalTypes map[string]wire.SignalTypeSettings `json:"signal_types,omitempty"`
	ICPs        map[string]wire.ICPSettings        `json:"icps,omitempty"`
	Engagement  wire.EngagementSettings            `json:"engagement,omitzero"`
}

func (k Kept) read() (d document, err error) {
	if k.Document == nil {
		return d, nil
	}
	if err := json.Unmarshal(k.Document, &d); err != nil {
		return d, fault.Wrap(fault.Internal, err)
	}
	return d, nil
}

// merged returns the document with the patches of all sections put onto it, and the secrets that came with them. It is well formed but not checked.
func (d document) merged(in wire.UpdateSettings) (next document, secrets map[string]*string, err error) {
	enrichment, secrets, err := takeSecrets(in.Enrichment)
	var wrong checker
	wrong.failed(err)
	next.Enrichment, err = merge(EnrichmentSection, d.Enrichment, enrichment)
	wrong.failed(err)
	next.SignalTypes, err = merge(SignalTypesSection, d.SignalTypes, in.SignalTypes)
	wrong.failed(err)
	next.ICPs, err = merge(ICPsSection, d.ICPs, in.ICPs)
	wrong.failed(err)
	next.Engagement, err = merge(EngagementSection, completeEngagement(d.Engagement), in.Engagement) // one stage can be moved alone
	wrong.failed(err)
	return next, secrets, wrong.err()
}

// check refuses a document that came of a change from d; held tells who has a secret then.
func (d document) check(from document, held holders) error {
	var wrong checker
	wrong.enrichment(from.Enrichment, d.Enrichment, held)
	wrong.signalTypes(from.SignalTypes, d.SignalTypes)
	wrong.icps(d.ICPs)
	wrong.engagement(d.Engagement)
	return wrong.err()
}

// complete brings a document that was checked into the form that is stored.
func (d *document) complete() {
	completeProviders(d.Enrichment.Providers)
	d.SignalTypes = ownTypes(d.SignalTypes)
	completeICPs(d.ICPs)
	d.Engagement = ownEngagement(d.Engagement)
}

// told is the document with the defaults that changes are told against.
func (d document) told() document {
	d.SignalTypes, d.Engagement = shownTypes(d.SignalTypes), completeEngagement(d.Engagement)
	return d
}

// sectionsOf returns the sections in which the paths of a difference lie, sorted.
func sectionsOf(difference map[string]string) (names []string) {
	for path := range difference {
		name, _, _ := strings.Cut(path, ".")
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

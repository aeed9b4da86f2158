package enrich

import (
	"cmp"
	"context"

	"github.com/unstuckengine/unstuck/internal/wire"
)

// Names returns by id what people call the records: a name, or else what they are found by. Those that are not there are left out.
func (s *Service) Names(ctx context.Context, workspaceID string, kind wire.Kind, ids []string) (map[string]string, error) {
	list, err := s.Store.EnrichableByID(ctx, workspaceID, kind, ids)
	out := map[string]string{}
	for _, one := range list {
		out[one.ID()] = one.name()
	}
	return out, err
}

func (s Stored) name() string {
	if a := s.Account; a != nil {
		return cmp.Or(a.Name, a.Domain, a.ExternalID)
	}
	l := s.Lead
	return cmp.Or(l.Name, l.WorkEmail, l.PersonalEmail, l.LinkedInURL, l.Handle, l.ExternalID)
}

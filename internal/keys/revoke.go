package keys

import (
	"context"
	"strings"

	"github.com/unstuckengine/unstuck/internal/activity"
)

// Revocation is what became of one key that was to be revoked.
type Revocation struct {
	ID  string
	Key Key   // as it then is; only when Err is nil
	Err error // as of Revoke: already_revoked is no harm
}

// RevokeEach revokes the keys one by one, each with an entry of its own in the log, and tells of each: what one of them meets
// stops none of the others. An id given twice counts once.
func (s *Service) RevokeEach(ctx context.Context, actor activity.Actor, workspaceID string, ids []string) []Revocation {
	seen := make(map[string]bool, len(ids))
	var out []Revocation
	for _, id := range ids {
		if seen[id] {
			continue
		}
		seen[id] = true
		k, err := s.Revoke(ctx, actor, workspaceID, id)
		out = append(out, Revocation{ID: id, Key: k, Err: err})
	}
	return out
}

// MadeBy returns the keys that the person with the email made and that are not revoked yet, newest first: what an admin decides
// upon when that person leaves.
func (s *Service) MadeBy(ctx context.Context, workspaceID, email string) ([]Key, error) {
	all, err := s.Store.ListKeys(ctx, workspaceID)
	if err != nil {
		return nil, err
	}
	var made []Key
	for _, k := range all {
		if k.RevokedAt.IsZero() && strings.EqualFold(k.CreatedBy, email) {
			made = append(made, k)
		}
	}
	return made, nil
}

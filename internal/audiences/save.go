package audiences

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/text"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Save makes an audience, and then created is true, or changes the one whose id in names; in must have passed Validate. Whoever fulfils the filter
// becomes a member within moments. Errors: validation_failed naming each field at fault, not_found, conflict for a name that is taken or a version that
// is not the current one, store_unavailable. Nothing is kept then.
func (s *Service) Save(ctx context.Context, workspaceID string, actor activity.Actor, in wire.SaveAudience) (out wire.Audience, created bool, err error) {
	created = in.ID == ""
	err = s.Store.InTx(ctx, func(ctx context.Context, now time.Time) error {
		if err := s.Store.LockAudiences(ctx, workspaceID); err != nil {
			return err
		}
		before, err := s.before(ctx, workspaceID, actor, now, in)
		if err != nil {
			return err
		}
		after, err := s.checked(ctx, workspaceID, now, before, in)
		if err != nil {
			return err
		}
		if err := s.keep(ctx, workspaceID, actor, now, before, after, created); err != nil {
			return err
		}
		kept, err := s.Store.FindAudience(ctx, workspaceID, after.ID)
		out = kept.Wire()
		return err
	})
	return out, created, err
}

// before returns the audience that is changed, or an empty one.
func (s *Service) before(ctx context.Context, workspaceID string, actor activity.Actor, now time.Time, in wire.SaveAudience) (Audience, error) {
	all, err := s.Store.ListAudiences(ctx, workspaceID)
	if err != nil {
		return Audience{}, err
	}
	i := slices.IndexFunc(all, func(a Audience) bool { return a.ID == in.ID })
	name := text.Fold(text.Clean(in.Name))
	switch {
	case in.ID != "" && i < 0:
		return Audience{}, fault.New(fault.NotFound, fault.NotFound.Detail())
	case in.ID != "" && in.Version != nil && *in.Version != all[i].Revision:
		return Audience{}, fault.New(fault.Conflict, "The audience changed meanwhile. Read it again, then send the change with its new version.")
	case slices.ContainsFunc(all, func(a Audience) bool { return a.ID != in.ID && name != "" && text.Fold(a.Name) == name }):
		return Audience{}, nameTaken()
	case in.ID != "":
		return all[i], nil
	case len(all) >= wire.MaxAudiences:
		return Audience{}, fault.Newf(fault.Conflict, "The workspace has %d audiences, which is the most. Delete one first.", wire.MaxAudiences)
	}
	return Audience{ID: uuid.Must(uuid.NewV7()).String(), CreatedAt: now, CreatedBy: actor.Name}, nil
}

func nameTaken() error {
	e := fault.New(fault.Conflict, "Another audience has this name. Choose another one, or change that audience by its id.")
	e.Fields = []fault.Field{{Path: "name", Message: "is the name of another audience"}}
	return e
}

// checked returns a with what in says, or what is wrong with it.
func (s *Service) checked(ctx context.Context, workspaceID string, now time.Time, a Audience, in wire.SaveAudience) (Audience, error) {
	a.Revision, a.UpdatedAt = a.Revision+1, now
	r := rules{Over: a.Over, Filter: a.Filter, Ranking: a.Ranking, Enrich: a.Enrich}
	wrong := r.take(in.Over, in.Filter, in.Ranking, in.Enrich, now)
	a.Over, a.Filter, a.Ranking, a.Enrich = r.Over, r.Filter, r.Ranking, r.Enrich
	if in.Name != "" {
		a.Name = text.Clean(in.Name)
		wrong = append(wrong, nameFaults(a.Name)...)
	}
	if in.Destinations != nil {
		a.Destinations = attached(in.Destinations)
		more, err := s.Destinations.CheckAttached(ctx, workspaceID, a.Over, a.Destinations, "destinations")
		if err != nil {
			return a, err
		}
		wrong = append(wrong, more...)
		slices.SortFunc(a.Destinations, func(a, b Attached) int { return strings.Compare(a.DestinationID, b.DestinationID) }) // as they are kept
	}
	if in.Filter != nil && len(wrong) == 0 {
		all, err := s.Store.ListAudiences(ctx, workspaceID)
		if err != nil {
			return a, err
		}
		wrong = crowded(all, a, now)
	}
	if len(wrong) > 0 {
		return a, fault.InvalidFields(wrong...)
	}
	return a, nil
}

// attached returns the attachments in the order given.
func attached(list []wire.AudienceDestination) (out []Attached) {
	for _, d := range list {
		a := Attached{DestinationID: d.ID}
		if len(d.Mapping) > 0 {
			a.Mapping = d.Mapping
		}
		out = append(out, a)
	}
	return out
}

// keep writes the change with its row of the log; where nothing differs there is none.
func (s *Service) keep(ctx context.Context, workspaceID string, actor activity.Actor, now time.Time, before, after Audience, created bool) error {
	log := func(action activity.Action, detail map[string]string) error {
		return s.Store.RecordActivity(ctx, activity.New(workspaceID, now, actor, action, activity.ObjectAudience, after.ID, detail))
	}
	if created {
		if err := s.Store.AddAudience(ctx, workspaceID, after); err != nil {
			return err
		}
		return log(activity.AudienceCreated, map[string]string{"name": after.Name, "over": string(after.Over), "destinations": strconv.Itoa(len(after.Destinations))})
	}
	parts := differing(before, after)
	if len(parts) == 0 {
		return nil
	}
	again := slices.Contains(parts, partFilter) || slices.Contains(parts, partRanking)
	if err := s.Store.ChangeAudience(ctx, workspaceID, after, again); err != nil {
		return err
	}
	detail := map[string]string{"name": after.Name, "parts": strings.Join(parts, ", ")}
	if before.Name != after.Name {
		detail["name_before"] = before.Name
	}
	return log(activity.AudienceUpdated, detail)
}

// The parts of an audience, as the log calls them. The log does not tell what a filter says: it may name a person who is erased later.
const (
	partName         = "name"
	partFilter       = "filter"
	partRanking      = "ranking"
	partEnrich       = "enrichment"
	partDestinations = "destinations"
)

func differing(a, b Audience) (parts []string) {
	for _, p := range []struct {
		name    string
		differs bool
	}{
		{partName, a.Name != b.Name}, {partFilter, !bytes.Equal(a.Filter, b.Filter)}, {partRanking, !slices.Equal(a.Ranking, b.Ranking)},
		{partEnrich, !slices.Equal(a.Enrich, b.Enrich)}, {partDestinations, !slices.EqualFunc(a.Destinations, b.Destinations, sameAttached)},
	} {
		if p.differs {
			parts = append(parts, p.name)
		}
	}
	return parts
}

func sameAttached(a, b Attached) bool {
	return a.DestinationID == b.DestinationID && maps.Equal(a.Mapping, b.Mapping)
}

// Delete ends an audience, with its members and events; its destinations hear nothing of it. Errors: not_found, store_unavailable.
func (s *Service) Delete(ctx context.Context, workspaceID string, actor activity.Actor, in wire.DeleteAudience) (wire.Deleted, error) {
	err := s.Store.InTx(ctx, func(ctx context.Context, now time.Time) error {
		if err := s.Store.LockAudiences(ctx, workspaceID); err != nil {
			return err
		}
		a, err := s.Store.FindAudience(ctx, workspaceID, in.ID)
		if err != nil {
			return err
		}
		if err := s.Store.DropAudience(ctx, workspaceID, in.ID); err != nil {
			return err
		}
		detail := map[string]string{"name": a.Name, "members": strconv.FormatInt(a.Members, 10)}
		return s.Store.RecordActivity(ctx, activity.New(workspaceID, now, actor, activity.AudienceDeleted, activity.ObjectAudience, a.ID, detail))
	})
	return wire.Deleted{ID: in.ID, Deleted: err == nil}, err
}

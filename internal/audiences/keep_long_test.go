package audiences_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/engagement"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// heavy is a store in which it takes as long as one lets it to look at more than one record.
type heavy struct{ *store.DB }

func (h heavy) KeepAudiences(ctx context.Context, workspaceID string, fn func(context.Context, time.Time, audiences.Book) error) (bool, error) {
	return h.DB.KeepAudiences(ctx, workspaceID, func(ctx context.Context, now time.Time, b audiences.Book) error { return fn(ctx, now, heavyBook{b}) })
}

type heavyBook struct{ audiences.Book }

func (h heavyBook) Holding(ctx context.Context, k filter.Kind, n filter.Node, ranking []wire.Sort, ids []string) (map[string]string, error) {
	if len(ids) > 1 {
		<-ctx.Done()
	}
	return h.Book.Holding(ctx, k, n, ranking, ids)
}

// TestATurnThatTakesTooLongIsDoneOverOneRecord: it is given up, so that others can write, and no record is left out.
func TestATurnThatTakesTooLongIsDoneOverOneRecord(t *testing.T) {
	onEngines(t, func(s *surface) {
		s.companies(3)
		a := s.save(wire.SaveAudience{Name: "All", Over: wire.OverAccounts, Filter: []byte(`{"field":"id","op":"present"}`)})
		s.keeper = audiences.NewKeeper(audiences.KeeperConfig{Store: heavy{s.db}, Listener: silent{},
			Model: func(context.Context, string) (engagement.Model, error) {
				return engagement.Model{HalfLife: 14, Warm: 40, InMarket: 65, Hot: 85}, nil
			}})
		s.settle()
		if ids, err := s.db.MemberIDs(context.Background(), s.ws, a.ID, "", 10); err != nil || len(ids) != 3 {
			t.Errorf("members %v, %v", ids, err)
		}
	})
}

// TestConditionsOnOtherRecordsAreBounded: over all audiences; one that has none of them, and one that gets fewer, is saved all the same.
func TestConditionsOnOtherRecordsAreBounded(t *testing.T) {
	onEngines(t, func(s *surface) {
		asking := func(name string, n int) wire.SaveAudience {
			tree := `{"any":[` + strings.Repeat(`{"signals":{"min":3}},`, n) + `{"field":"id","op":"present"}]}`
			return wire.SaveAudience{Name: name, Over: wire.OverAccounts, Filter: []byte(tree)}
		}
		var last wire.Audience
		for i := range 30 {
			last = s.save(asking(fmt.Sprint("a", i), 10))
		}
		_, _, err := s.service.Save(context.Background(), s.ws, ann, asking("more", 1))
		if f := fault.From(err); f.Code != fault.ValidationFailed || len(f.Fields) != 1 || f.Fields[0].Path != "filter" {
			t.Errorf("one more: %v", err)
		}
		s.save(asking("plain", 0))
		change := asking("", 9)
		change.ID, change.Over = last.ID, ""
		s.save(change)
		s.save(asking("more", 1))
	})
}

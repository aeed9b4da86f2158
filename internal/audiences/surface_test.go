package audiences_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/engagement"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/pgtest"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// surface is a workspace with the service and the keeper over it, and one destination, d1.
type surface struct {
	*testing.T
	db      *store.DB
	service *audiences.Service
	keeper  *audiences.Keeper
	ws      string
}

var ann = activity.PersonActor("ann@example.com")

func onEngines(t *testing.T, run func(s *surface)) {
	t.Run("sqlite", func(t *testing.T) { run(newSurface(t, store.Config{DataDir: t.TempDir()})) })
	t.Run("postgres", func(t *testing.T) { run(newSurface(t, store.Config{DatabaseURL: pgtest.URL(t)})) })
}

func newSurface(t *testing.T, c store.Config) *surface {
	t.Helper()
	c.Migrate = true
	db, err := store.Open(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	s := &surface{T: t, db: db, ws: storetest.MustWorkspace(t, db, "acme").ID}
	found := search.New(db)
	t.Cleanup(found.Close)
	s.service = audiences.New(audiences.Config{
		Store: db, Records: found, Destinations: onlyD1{},
		Dearest: func(context.Context, string) (map[string]int64, error) {
			return map[string]int64{"industry": 3, "hq_city": 2}, nil
		},
		Now: func(ctx context.Context) (time.Time, error) {
			at, err := db.Now(ctx)
			return time.UnixMicro(at), err
		},
	})
	s.keeper = audiences.NewKeeper(audiences.KeeperConfig{Store: db, Listener: silent{},
		Model: func(context.Context, string) (engagement.Model, error) {
			return engagement.Model{HalfLife: 14, Warm: 40, InMarket: 65, Hot: 85}, nil
		}})
	return s
}

type silent struct{}

func (silent) Changed(context.Context, string, []audiences.Event) error { return nil }

type onlyD1 struct{}

func (onlyD1) CheckAttached(_ context.Context, _ string, _ filter.Kind, list []audiences.Attached, at string) (wrong []fault.Field, err error) {
	for i, a := range list {
		if a.DestinationID != "d1" {
			wrong = append(wrong, fault.Field{Path: fmt.Sprintf("%s[%d].id", at, i)})
		}
	}
	return wrong, nil
}

// companies adds companies founded in 2000 and the years after, every third of which has an industry.
func (s *surface) companies(n int) (ids []string) {
	s.Helper()
	var list []wire.Account
	for i := range n {
		year := int64(2000 + i/2) // in pairs, so that there are ties
		a := wire.Account{Domain: fmt.Sprintf("c%03d.example", i), Name: fmt.Sprint("Company ", i), FoundedYear: &year}
		if i%3 == 0 {
			a.Industry = "Software"
		}
		list = append(list, a)
	}
	for _, o := range storetest.MustAccounts(s, s.db, s.ws, list...) {
		ids = append(ids, o.ID)
	}
	return ids
}

func (s *surface) save(in wire.SaveAudience) wire.Audience {
	s.Helper()
	if err := in.Validate(); err != nil {
		s.Fatal(err)
	}
	out, _, err := s.service.Save(context.Background(), s.ws, ann, in)
	if err != nil {
		s.Fatalf("save %+v: %v", in, err)
	}
	return out
}

func (s *surface) settle() {
	s.Helper()
	if err := s.keeper.Settle(context.Background(), s.ws); err != nil {
		s.Fatal(err)
	}
}

func (s *surface) log(action activity.Action) []activity.Entry {
	s.Helper()
	list, err := s.db.ListActivity(context.Background(), s.ws, activity.Filter{Action: action})
	if err != nil {
		s.Fatal(err)
	}
	return list
}

const since2003 = `{"field":"founded_year","op":"gte","value":2003}`

func young(name string) wire.SaveAudience {
	return wire.SaveAudience{Name: name, Over: wire.OverAccounts, Filter: []byte(since2003), Ranking: []wire.Sort{{Field: "founded_year", Dir: wire.Descending}},
		Enrich: []string{"industry", "hq_city"}, Destinations: []wire.AudienceDestination{{ID: "d1", Mapping: map[string]string{"Title": "name"}}}}
}

func TestAnAudienceIsSavedAndChanged(t *testing.T) {
	onEngines(t, func(s *surface) {
		ctx := context.Background()
		made := s.save(young("Young"))
		if made.State != "scanning" || made.Version != 1 || made.CreatedBy != ann.Name || made.AsOf != nil {
			s.Errorf("made: %+v", made)
		}
		s.settle()
		now, err := s.service.Get(ctx, s.ws, wire.GetAudience{ID: made.ID})
		if err != nil || now.State != "current" || now.AsOf == nil {
			s.Errorf("after the keeper: %+v, %v", now, err)
		}
		want := young("Young")
		if d := cmp.Diff([]any{want.Ranking, want.Enrich, want.Destinations, since2003}, []any{now.Ranking, now.Enrich, now.Destinations, string(now.Filter)}); d != "" {
			s.Error(d)
		}
		if again := s.save(wire.SaveAudience{ID: made.ID, Filter: []byte(`{"op":"gte", "value":2003.0, "field":"founded_year"}`)}); again.Version != 1 || again.State != "current" {
			s.Errorf("nothing differs, and yet: %+v", again)
		}
		renamed := s.save(wire.SaveAudience{ID: made.ID, Name: "Younger", Version: &now.Version, Enrich: []string{}})
		if renamed.State != "current" || renamed.Version != 2 || renamed.Name != "Younger" || len(renamed.Enrich) != 0 || len(renamed.Ranking) != 1 || len(renamed.Destinations) != 1 {
			s.Errorf("renamed: %+v", renamed)
		}
		if other := s.save(wire.SaveAudience{ID: made.ID, Filter: []byte(`{"field":"id","op":"present"}`)}); other.State != "scanning" || other.Version != 3 {
			s.Errorf("with another filter: %+v", other)
		}
		log := s.log(activity.AudienceUpdated)
		if len(log) != 2 || log[0].Words() != "changed the filter of audience Younger" || log[1].Detail["parts"] != "name, enrichment" || log[1].Detail["name_before"] != "Young" {
			s.Errorf("the log has %+v", log)
		}
		if log := s.log(activity.AudienceCreated); len(log) != 1 || log[0].Words() != "made audience Young over accounts" || log[0].ObjectID != made.ID {
			s.Errorf("the log has %+v", log)
		}
	})
}

func TestWhatIsWrongWithAnAudienceIsNamed(t *testing.T) {
	onEngines(t, func(s *surface) {
		ctx := context.Background()
		kept := s.save(young("Café"))
		two := int64(2)
		for _, c := range []struct {
			in     wire.SaveAudience
			code   fault.Code
			fields string
		}{
			{wire.SaveAudience{Name: "CAFE\u0301 ", Over: wire.OverLeads, Filter: []byte(`{"field":"id","op":"present"}`)}, fault.Conflict, "name"},
			{wire.SaveAudience{Name: "\u200b", Over: wire.OverLeads, Filter: []byte(`{"field":"id","op":"present"}`)}, fault.ValidationFailed, "name"},
			{wire.SaveAudience{Name: strings.Repeat("é", 101), Over: wire.OverLeads, Filter: []byte(`{"field":"id","op":"present"}`)}, fault.ValidationFailed, "name"},
			{wire.SaveAudience{Name: "x", Over: wire.OverLeads, Filter: []byte(`{"all":[{"field":"domain","op":"present"}]}`)}, fault.ValidationFailed, "filter.all[0].field"},
			{wire.SaveAudience{Name: "x", Over: wire.OverLeads, Filter: []byte(`{"all":[]}`)}, fault.ValidationFailed, "filter.all"},
			{wire.SaveAudience{Name: "x", Over: wire.OverAccounts, Filter: []byte(`{"not":{"field":"name","op":"fuzzy","value":"acmee"}}`)}, fault.ValidationFailed, "filter.not.value"},
			{wire.SaveAudience{ID: kept.ID, Filter: []byte(`{"field":"x","op":"eq","value":1}`), Ranking: []wire.Sort{{Field: "name"}, {Field: "tags"}}, Enrich: []string{"phone"},
				Destinations: []wire.AudienceDestination{{ID: "d1"}, {ID: "d0"}}}, fault.ValidationFailed, "filter.field ranking[1].field enrich[0] destinations[1].id"},
			{wire.SaveAudience{ID: kept.ID, Over: wire.OverLeads}, fault.ValidationFailed, "over"},
			{wire.SaveAudience{ID: kept.ID, Name: "y", Version: &two}, fault.Conflict, ""},
			{wire.SaveAudience{ID: "nobody", Name: "y"}, fault.NotFound, ""},
		} {
			_, _, err := s.service.Save(ctx, s.ws, ann, c.in)
			var fields []string
			if e := fault.From(err); e != nil {
				for _, f := range e.Fields {
					fields = append(fields, f.Path)
				}
			}
			if got := strings.Join(fields, " "); fault.CodeOf(err) != c.code || got != c.fields {
				s.Errorf("%+v: %v at %q, want %s at %q", c.in, err, got, c.code, c.fields)
			}
		}
		page, err := s.service.List(ctx, s.ws, wire.ListAudiences{})
		if d := cmp.Diff([]wire.Audience{kept}, page.Items); err != nil || d != "" || len(s.log(activity.AudienceUpdated)) != 0 {
			s.Errorf("what was refused left its mark: %v %s", err, d)
		}
	})
}

func TestAudiencesAreListedByName(t *testing.T) {
	s := newSurface(t, store.Config{DataDir: t.TempDir()})
	for i := range wire.MaxAudiences {
		s.save(young(fmt.Sprintf("name %03d", (i*7)%wire.MaxAudiences)))
	}
	_, _, err := s.service.Save(context.Background(), s.ws, ann, young("one too many"))
	if fault.CodeOf(err) != fault.Conflict {
		s.Errorf("one more than there may be: %v", err)
	}
	var names []string
	in := wire.ListAudiences{}
	for {
		page, err := s.service.List(context.Background(), s.ws, in)
		if err != nil || page.Total != wire.MaxAudiences {
			s.Fatalf("%d of them, %v", page.Total, err)
		}
		for _, a := range page.Items {
			names = append(names, a.Name)
		}
		if !page.More {
			break
		}
		in.Cursor = &page.Cursors[len(page.Cursors)-1]
	}
	if len(names) != wire.MaxAudiences || !slices.IsSorted(names) {
		s.Errorf("%d names: %v", len(names), names)
	}
	bad := "nonsense"
	if _, err := s.service.List(context.Background(), s.ws, wire.ListAudiences{Cursor: &bad}); fault.CodeOf(err) != fault.InvalidRequest {
		s.Errorf("a cursor of nobody's making: %v", err)
	}
}

package audiences_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/records"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/store/storetest"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// walk returns all members, a few at a time.
func (s *surface) walk(id string, size int) (out []wire.AudienceMember) {
	s.Helper()
	in := wire.ListAudienceMembers{ID: id, Limit: &size}
	for {
		_, page, err := s.service.Members(context.Background(), s.ws, in)
		if err != nil {
			s.Fatal(err)
		}
		out = append(out, page.Items...)
		if !page.More {
			if page.Total != len(out) {
				s.Errorf("the total is %d of %d members", page.Total, len(out))
			}
			return out
		}
		in.Cursor = &page.Cursors[len(page.Cursors)-1]
	}
}

func domains(list []wire.AudienceMember) (out []string) {
	for _, m := range list {
		out = append(out, m.Account.Domain)
	}
	return out
}

func TestMembersAreListedByTheRanking(t *testing.T) {
	onEngines(t, func(s *surface) {
		ctx := context.Background()
		ids := s.companies(12) // 2000 to 2005, two each
		a := s.save(young("Young"))
		if before, page, err := s.service.Members(ctx, s.ws, wire.ListAudienceMembers{ID: a.ID}); err != nil || page.Total != 0 || before.State != audiences.Scanning {
			s.Errorf("before the keeper: %d members, %v", page.Total, err)
		}
		s.settle()
		want := []string{"c010.example", "c011.example", "c008.example", "c009.example", "c006.example", "c007.example"} // the youngest first, ties by domain
		for _, size := range []int{1, 4, 100} {
			got := s.walk(a.ID, size)
			if d := cmp.Diff(want, domains(got)); d != "" {
				s.Errorf("pages of %d: %s", size, d)
			}
			for i, m := range got {
				if m.Position != int64(i+1) || m.JoinedAt == nil {
					s.Errorf("member %d: place %d, joined %v", i, m.Position, m.JoinedAt)
				}
			}
		}
		if now, _ := s.service.Get(ctx, s.ws, wire.GetAudience{ID: a.ID}); now.Members != 6 {
			s.Errorf("%d members are counted", now.Members)
		}
		if _, err := records.New(s.db).Erase(ctx, s.ws, ann, wire.GetRecord{ID: ids[11]}); err != nil {
			s.Fatal(err)
		}
		if got := s.walk(a.ID, 2); len(got) != 5 || domains(got)[1] != "c008.example" {
			s.Errorf("after an erasure: %v", domains(got))
		}
		all, err := s.service.MemberIDs(ctx, s.ws, a.ID, "", 3)
		rest, more := s.service.MemberIDs(ctx, s.ws, a.ID, all[len(all)-1], 100)
		if err != nil || more != nil || len(all) != 3 || len(rest) != 3 && len(rest) != 2 {
			s.Errorf("ids: %v, %v", all, rest)
		}
	})
}

func TestACursorIsOfOneRanking(t *testing.T) {
	s := newSurface(t, store.Config{DataDir: t.TempDir()})
	s.companies(12)
	one, a := 1, s.save(young("Young"))
	s.settle()
	_, page, err := s.service.Members(context.Background(), s.ws, wire.ListAudienceMembers{ID: a.ID, Limit: &one})
	if err != nil || !page.More {
		t.Fatal(page, err)
	}
	s.save(wire.SaveAudience{ID: a.ID, Ranking: []wire.Sort{{Field: "name"}}})
	other := s.save(young("Other"))
	for _, id := range []string{a.ID, other.ID} {
		if _, _, err := s.service.Members(context.Background(), s.ws, wire.ListAudienceMembers{ID: id, Cursor: &page.Cursors[0]}); fault.CodeOf(err) != fault.InvalidRequest {
			t.Errorf("the cursor goes on elsewhere: %v", err)
		}
	}
}

// TestAPreviewIsWhatBecomes compares a preview with the members that there are after saving.
func TestAPreviewIsWhatBecomes(t *testing.T) {
	onEngines(t, func(s *surface) {
		ctx := context.Background()
		s.companies(30)
		in := young("Young")
		seen, err := s.service.Preview(ctx, s.ws, wire.PreviewAudience{Over: in.Over, Filter: in.Filter, Ranking: in.Ranking, Enrich: in.Enrich})
		if err != nil {
			s.Fatal(err)
		}
		if page, err := s.service.List(ctx, s.ws, wire.ListAudiences{}); err != nil || page.Total != 0 {
			s.Errorf("a preview was kept: %v", err)
		}
		a := s.save(in)
		s.settle()
		members := s.walk(a.ID, 100)
		if seen.Count != len(members) || seen.Count != 24 || len(seen.Sample) != wire.SampleSize {
			s.Fatalf("the preview counts %d and shows %d, there are %d", seen.Count, len(seen.Sample), len(members))
		}
		if d := cmp.Diff(domains(members[:wire.SampleSize]), domains(seen.Sample)); d != "" || seen.Sample[3].Position != 4 {
			s.Error(d)
		}
		// every third company has an industry, none a city; an industry costs 3 at most, a city 2
		if d := cmp.Diff(wire.AudienceGaps{Missing: map[string]int64{"industry": 16, "hq_city": 24}, CreditsAtMost: 16*3 + 24*2}, seen.Enrichment); d != "" {
			s.Error(d)
		}
		changed, err := s.service.Preview(ctx, s.ws, wire.PreviewAudience{ID: a.ID, Enrich: []string{}})
		if err != nil || changed.Count != 24 || len(changed.Enrichment.Missing) != 0 || changed.Over != wire.OverAccounts {
			s.Errorf("of the audience: %+v, %v", changed, err)
		}
		for field, in := range map[string]wire.PreviewAudience{
			"filter.value": {ID: a.ID, Filter: []byte(`{"field":"founded_year","op":"gte","value":"x"}`)}, "over": {ID: a.ID, Over: wire.OverLeads},
			"ranking[0].field": {ID: a.ID, Ranking: []wire.Sort{{Field: "x"}}}, "enrich[0]": {ID: a.ID, Enrich: []string{"x"}},
		} {
			_, err := s.service.Preview(ctx, s.ws, in)
			if e := fault.From(err); e == nil || len(e.Fields) != 1 || e.Fields[0].Path != field {
				s.Errorf("%s: %v", field, err)
			}
		}
	})
}

func TestEventsAreListedOnceAndInOrder(t *testing.T) {
	onEngines(t, func(s *surface) {
		ctx := context.Background()
		a := s.save(young("Young"))
		s.settle()
		s.companies(8) // 2000 to 2003
		s.settle()
		first, err := s.service.Events(ctx, s.ws, wire.ListAudienceEvents{ID: a.ID})
		if err != nil || first.Total != 2 || first.More || first.Items[0].Change != "added" || first.Items[0].RecordType != wire.KindAccount {
			s.Fatalf("%+v, %v", first, err)
		}
		last := first.Items[1].ID
		year := int64(1999)
		for i := 6; i < 8; i++ {
			storetest.MustAccounts(s, s.db, s.ws, wire.Account{Domain: fmt.Sprintf("c%03d.example", i), FoundedYear: &year})
		}
		s.settle()
		one := 1
		next, err := s.service.Events(ctx, s.ws, wire.ListAudienceEvents{ID: a.ID, After: last, Limit: &one})
		if err != nil || next.Total != 2 || !next.More || next.Items[0].Change != "removed" {
			s.Fatalf("%+v, %v", next, err)
		}
		rest, err := s.service.Events(ctx, s.ws, wire.ListAudienceEvents{ID: a.ID, After: last, Limit: &one, Cursor: &next.Cursors[0]})
		if err != nil || rest.More || len(rest.Items) != 1 || rest.Items[0].RecordID == next.Items[0].RecordID {
			s.Fatalf("%+v, %v", rest, err)
		}
		newest, err := s.service.Newest(ctx, s.ws, a.ID, 3)
		if err != nil || len(newest) != 3 || newest[0].ID != rest.Items[0].ID || newest[2].ID != last {
			s.Errorf("%+v, %v", newest, err)
		}
	})
}

func TestADeletedAudienceIsGone(t *testing.T) {
	onEngines(t, func(s *surface) {
		ctx := context.Background()
		s.companies(12)
		a, stays := s.save(young("Young")), s.save(young("Stays"))
		s.settle()
		other := storetest.MustWorkspace(s.T, s.db, "other").ID
		if _, err := s.service.Delete(ctx, other, ann, wire.DeleteAudience{ID: a.ID}); fault.CodeOf(err) != fault.NotFound {
			s.Errorf("by another workspace: %v", err)
		}
		if out, err := s.service.Delete(ctx, s.ws, ann, wire.DeleteAudience{ID: a.ID}); err != nil || out != (wire.Deleted{ID: a.ID, Deleted: true}) {
			s.Fatal(out, err)
		}
		for name, err := range map[string]error{
			"get": try(s.service.Get(ctx, s.ws, wire.GetAudience{ID: a.ID})), "delete": try(s.service.Delete(ctx, s.ws, ann, wire.DeleteAudience{ID: a.ID})),
			"events": try(s.service.Events(ctx, s.ws, wire.ListAudienceEvents{ID: a.ID})), "change": func() error {
				_, _, err := s.service.Save(ctx, s.ws, ann, wire.SaveAudience{ID: a.ID, Name: "x"})
				return err
			}(),
			"members": func() error {
				_, _, err := s.service.Members(ctx, s.ws, wire.ListAudienceMembers{ID: a.ID})
				return err
			}(),
		} {
			if fault.CodeOf(err) != fault.NotFound {
				s.Errorf("%s of what is gone: %v", name, err)
			}
		}
		if ids, err := s.service.MemberIDs(ctx, s.ws, a.ID, "", 10); err != nil || len(ids) != 0 {
			s.Errorf("it still has members: %v, %v", ids, err)
		}
		if log := s.log(activity.AudienceDeleted); len(log) != 1 || log[0].Words() != "deleted audience Young with 6 members" {
			s.Errorf("the log has %+v", log)
		}
		s.settle()
		if left := s.walk(stays.ID, 10); len(left) != 6 {
			s.Errorf("another audience has %d members", len(left))
		}
	})
}

func try[T any](_ T, err error) error { return err }

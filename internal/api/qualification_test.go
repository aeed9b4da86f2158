package api_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/qualify"
	"github.com/unstuckengine/unstuck/internal/wire"
)

func (w *world) Qualify() *qualifying { return &qualifying{w} }

// qualifying is the part of the world that qualifies.
type qualifying struct{ *world }

func (q *qualifying) Request(_ context.Context, _ string, _ activity.Actor, in wire.Qualify) (out wire.Requalified, err error) {
	if in.Over != "" {
		out.Job = &wire.QualificationJob{ID: "j1", State: wire.QualificationPending, Over: in.Over}
	} else {
		out.Results = []wire.RecordFit{{RecordType: wire.KindLead, ID: in.IDs[0], Breakdown: &wire.Breakdown{ICPs: []wire.Fit{}}}}
	}
	return out, q.visit("qualify", in)
}

func (q *qualifying) Job(_ context.Context, _, id string) (qualify.Job, error) {
	if id == "none" {
		return qualify.Job{}, fault.New(fault.NotFound, fault.NotFound.Detail())
	}
	return qualify.Job{ID: id, State: wire.QualificationDone, Over: wire.QualifyAll}, q.visit("qualification job", id)
}

func TestQualification(t *testing.T) {
	r := newRig(t, nil)
	key := r.fullKey().Secret.Reveal()
	got := r.ask("POST", "/v1/qualification", key, `{"ids":["l1"]}`)
	if d := cmp.Diff(wire.Qualify{IDs: []string{"l1"}}, r.world.input()); got.status != 200 || !strings.Contains(got.body, `"id":"l1"`) || d != "" {
		t.Errorf("%d %s (-want +got):\n%s", got.status, got.body, d)
	}
	if got := r.ask("POST", "/v1/qualification", key, `{"over":"accounts","filter":{"field":"id","op":"present"}}`); got.status != 202 || !strings.Contains(got.body, `"state":"pending"`) {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := r.ask("GET", "/v1/qualification/jobs/j1", key, ""); got.status != 200 || !strings.Contains(got.body, `"state":"done"`) {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := r.ask("GET", "/v1/qualification/jobs/none", key, ""); got.status != 404 {
		t.Errorf("%d %s", got.status, got.body)
	}
	for body, field := range map[string]string{
		`{}`: "ids", `{"ids":["a"],"over":"leads"}`: "over", `{"over":"signals"}`: "over", `{"over":"all","filter":{"field":"id","op":"present"}}`: "filter",
		`{"ids":["` + strings.Repeat(`a","`, 100) + `a"]}`: "ids", `{"ids":[""]}`: "ids[0]",
	} {
		if got := r.ask("POST", "/v1/qualification", key, body); got.status != 422 || !strings.Contains(got.body, `"field":"`+field+`"`) && !strings.Contains(got.body, `"`+field+`"`) {
			t.Errorf("%s: %d %s", body, got.status, got.body)
		}
	}
}

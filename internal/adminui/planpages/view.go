package planpages

import (
	"strconv"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

type planView struct {
	Plan    workspaces.Plan
	Rate    string
	Burst   string
	Balance credits.Balance
	Keys    int // active
	Plans   []offer
}

// offer is a plan with what it includes.
type offer struct {
	Plan    workspaces.Plan
	Rate    string
	Burst   string
	Credits string
	Here    bool
}

func planOf(w workspaces.Workspace, b credits.Balance, active int) planView {
	v := planView{Plan: w.Plan, Rate: rate(w.Limits.RatePerMinute), Burst: burst(w.Limits), Balance: b, Keys: active}
	for _, p := range workspaces.Plans() {
		l := p.Limits()
		v.Plans = append(v.Plans, offer{p, rate(l.RatePerMinute), burst(l), ui.Number(p.Credits()), p == w.Plan})
	}
	return v
}

// affected is a key that a change of plan pauses or brings back.
type affected struct {
	ID, Name, Redacted string
	LastUsed           time.Time
}

// step is one figure before and after a change of plan.
type step struct{ What, Before, After string }

type changeView struct {
	From, To workspaces.Plan
	Steps    []step
	Stays    []string // figures that were set apart from the plan
	Pauses   bool     // the keys stop working
	Restores bool     // the keys work again
	Keys     []affected
	Problems forms.Problems
}

// changeOf tells what workspaces.Service.Set will do.
func changeOf(w workspaces.Workspace, to workspaces.Plan, active []affected, problems forms.Problems) changeView {
	had, has := w.Plan.AllowsKeys(), to.AllowsKeys()
	v := changeView{From: w.Plan, To: to, Pauses: had && !has, Restores: !had && has, Problems: problems}
	if v.Pauses || v.Restores {
		v.Keys = active
	}
	c, after := w.MoveTo(to), w.Limits
	if c.RatePerMinute != nil {
		after.RatePerMinute = *c.RatePerMinute
	}
	v.add("Requests a minute", rate(w.Limits.RatePerMinute), text(c.RatePerMinute, rate))
	v.add("Requests at once", burst(w.Limits), text(c.Burst, func(n int) string { return burst(workspaces.Limits{RatePerMinute: after.RatePerMinute, Burst: n}) }))
	v.add("Credits a month", ui.Number(w.Credits.Monthly), text(c.Monthly, ui.Number))
	return v
}

// add notes a figure that changes, or one that does not because it is not the plan's own; after is "" for it.
func (v *changeView) add(what, before, after string) {
	switch {
	case after == "":
		v.Stays = append(v.Stays, strings.ToLower(what)+" ("+before+")")
	case before != after:
		v.Steps = append(v.Steps, step{what, before, after})
	}
}

func text[T any](n *T, say func(T) string) string {
	if n == nil {
		return ""
	}
	return say(*n)
}

func rate(n int) string {
	if n == 0 {
		return "unlimited"
	}
	return ui.Number(int64(n))
}

func burst(l workspaces.Limits) string {
	if l.RatePerMinute == 0 {
		return "unlimited"
	}
	return strconv.Itoa(l.Burst)
}

// granted is what is left of the month's credits. After a move to a smaller plan that may be more than the plan grants.
func granted(b credits.Balance) string {
	if b.Bucket > b.Monthly {
		return ui.Number(b.Bucket) + " left of this month's grant"
	}
	return ui.Number(b.Bucket) + " of " + ui.Number(b.Monthly) + " a month"
}

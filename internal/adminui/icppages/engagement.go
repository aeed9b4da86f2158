package icppages

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/engagement"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// engagementForm is the section as its inputs have it.
type engagementForm struct {
	Digest              string
	HalfLife            string
	Warm, InMarket, Hot string
	Sources             string // a source and its percent, one a line
}

type engagementView struct {
	Form     engagementForm
	May      bool
	Bands    []band
	Fading   []faded
	Now      string // what somebody else set meanwhile
	Problems forms.Problems
}

// band is the scores of a stage, and how many records are in it now.
type band struct {
	Stage            engagement.Stage
	From, To         int64 // to is that of the next stage; 101 of the highest
	Companies, Heads int64
}

// faded is what is left of a signal of strength 40 after some days.
type faded struct {
	Days  int
	Score int
}

func (v engagementView) page() ui.Page {
	return ui.Page{Title: "Engagement", Lead: "How signals become a score of 0 to 100 and a stage.", Body: engagementPage(v), Status: v.Problems.Status}
}

func engagementThing(s wire.Settings) any { return s.Engagement }

func beginEngagement(e wire.EngagementSettings) engagementForm {
	f := engagementForm{Digest: digestOf(e), HalfLife: typed(e.HalfLifeDays)}
	if e.Stages != nil {
		f.Warm, f.InMarket, f.Hot = typed(&e.Stages.Warm), typed(&e.Stages.InMarket), typed(&e.Stages.Hot)
	}
	var lines []string
	for _, source := range slices.Sorted(maps.Keys(e.SourceWeights)) {
		lines = append(lines, fmt.Sprintf("%s: %d", source, e.SourceWeights[source]))
	}
	f.Sources = strings.Join(lines, "\n")
	return f
}

func readEngagement(r *ui.Request) engagementForm {
	return engagementForm{r.Value("digest"), r.Value("half_life_days"), r.Value("warm"), r.Value("in_market"), r.Value("hot"), strings.ReplaceAll(r.Value("source_weights"), "\r\n", "\n")}
}

// patch returns what the form says; sources that stood in the section before and do not any more are removed.
func (f engagementForm) patch(before wire.EngagementSettings) (map[string]any, error) {
	weights := map[string]any{}
	for source := range before.SourceWeights {
		weights[source] = nil
	}
	for line := range strings.Lines(f.Sources) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		i := strings.LastIndex(line, ":")
		if i < 1 {
			return nil, fault.Invalid("source_weights", "must be a source, a colon and a percentage on each line, such as newsletter: 150")
		}
		weights[strings.TrimSpace(line[:i])] = number(strings.TrimSuffix(strings.TrimSpace(line[i+1:]), "%"))
	}
	out := map[string]any{"source_weights": weights, "half_life_days": nil, "stages": map[string]any{"warm": number(f.Warm), "in_market": number(f.InMarket), "hot": number(f.Hot)}}
	if f.HalfLife != "" {
		out["half_life_days"] = number(f.HalfLife)
	}
	return out, nil
}

var engagementFields = []string{"half_life_days", "stages.warm", "stages.in_market", "stages.hot", "stages", "source_weights"}

func (p pages) engagement(r *ui.Request) error {
	s, err := p.Settings.Get(r.Context(), r.Workspace.ID)
	if err != nil {
		return err
	}
	return p.showEngagement(r, s, engagementView{Form: beginEngagement(s.Engagement)})
}

// showEngagement puts the picture of what is set beside the form.
func (p pages) showEngagement(r *ui.Request, s wire.Settings, v engagementView) error {
	v.May, v.Bands, v.Fading = may(r), bandsOf(s.Engagement), fading(s.Engagement)
	companies, err := p.figures(r, wire.OverAccounts, "engagement_stage", nil)
	if err != nil {
		return err
	}
	heads, err := p.figures(r, wire.OverLeads, "engagement_stage", nil)
	if err != nil {
		return err
	}
	for i, b := range v.Bands {
		v.Bands[i].Companies, v.Bands[i].Heads = companies[string(b.Stage)], heads[string(b.Stage)]
	}
	return r.Page(v.page())
}

func bandsOf(e wire.EngagementSettings) []band {
	s := e.Stages
	if s == nil {
		return nil
	}
	return []band{{Stage: engagement.Cool, To: s.Warm}, {Stage: engagement.Warm, From: s.Warm, To: s.InMarket},
		{Stage: engagement.InMarket, From: s.InMarket, To: s.Hot}, {Stage: engagement.Hot, From: s.Hot, To: 101}}
}

// fading is what one signal of strength 40 is worth as it ages.
func fading(e wire.EngagementSettings) (out []faded) {
	if e.HalfLifeDays == nil {
		return nil
	}
	const day = 24 * time.Hour
	m := engagement.Model{Weights: map[string]int64{"": 40}, HalfLife: *e.HalfLifeDays}
	at := time.Time{}
	for _, days := range []int{0, 7, 14, 30, 60, 90, 180} {
		score := engagement.Score([]engagement.Signal{{At: at}}, m, at.Add(time.Duration(days)*day)).Score
		out = append(out, faded{days, score})
	}
	return out
}

func (p pages) saveEngagement(r *ui.Request) error {
	v := engagementView{Form: readEngagement(r)}
	s, err := p.Settings.Get(r.Context(), r.Workspace.ID)
	if err != nil {
		return err
	}
	said, err := v.Form.patch(s.Engagement)
	if err == nil {
		err = p.put(r, engagementThing, v.Form.Digest, wire.UpdateSettings{Engagement: patch(said)})
	}
	if err == nil {
		return r.Done("The settings of engagement were saved. Scores follow within moments.", engagementPath)
	}
	if v.Problems, err = problems(err, "engagement.", engagementFields...); err != nil {
		return err
	}
	if s, err = p.Settings.Get(r.Context(), r.Workspace.ID); err != nil {
		return err
	}
	if v.Problems.Alert == meanwhile {
		v.Form.Digest, v.Now = digestOf(s.Engagement), shown(s.Engagement)
	}
	return p.showEngagement(r, s, v)
}

// span is the scores of a band in words.
func (b band) span() string {
	return strconv.FormatInt(b.From, 10) + " to " + strconv.FormatInt(b.To-1, 10)
}

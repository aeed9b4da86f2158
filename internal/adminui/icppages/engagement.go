package icppages

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
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
	Picture  picture
	Now      string // what somebody else set meanwhile
	Problems forms.Problems
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

// showEngagement puts the picture of what the form says, or else of what is set, beside it.
func (p pages) showEngagement(r *ui.Request, s wire.Settings, v engagementView) (err error) {
	v.May = may(r)
	said, ok := v.Form.said()
	if !ok {
		said = s.Engagement
	}
	if v.Picture, err = p.picture(r, said); err != nil {
		return err
	}
	return r.Page(v.page())
}

func (p pages) saveEngagement(r *ui.Request) error {
	v := engagementView{Form: readEngagement(r)}
	s, err := p.Settings.Get(r.Context(), r.Workspace.ID)
	if err != nil {
		return err
	}
	if r.Value(doInput) == previewDo {
		return p.showEngagement(r, s, v)
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

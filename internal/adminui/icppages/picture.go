package icppages

import (
	"strconv"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/engagement"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// picture is what stages and a half life come to.
type picture struct {
	Bands   []band
	Fading  []faded
	Problem string // why it cannot be drawn
}

// band is the scores of a stage, and how many records have one of them now.
type band struct {
	Stage             engagement.Stage
	From, To          int64 // To is where the next stage begins; 101 of the highest
	Companies, People int64
}

// faded is what is left, after some days, of a signal that adds 40.
type faded struct{ Days, Score int }

const notRising = "Cannot be told yet: the stages must begin at whole numbers within 1 to 100, each above the one before, and the half life be 1 to 365 days."

// said is what the form says of stages and half life; false when that is wrong.
func (f engagementForm) said() (wire.EngagementSettings, bool) {
	var n [4]int64
	for i, text := range []string{f.Warm, f.InMarket, f.Hot, f.HalfLife} {
		value, ok := number(text).(int64)
		if !ok && text == "" && i == 3 {
			value, ok = 14, true // its default
		}
		if n[i] = value; !ok {
			return wire.EngagementSettings{}, false
		}
	}
	rising := 1 <= n[0] && n[0] < n[1] && n[1] < n[2] && n[2] <= 100
	return wire.EngagementSettings{Stages: &wire.StageSettings{Warm: n[0], InMarket: n[1], Hot: n[2]}, HalfLifeDays: &n[3]}, rising && 1 <= n[3] && n[3] <= 365
}

// picturePart is the picture for htmx, of the form as it is being typed.
func (p pages) picturePart(r *ui.Request) error {
	said, ok := readEngagement(r).said()
	if !ok {
		return r.Fragment(pictureBody(picture{Problem: notRising}))
	}
	drawn, err := p.picture(r, said)
	if err != nil {
		return err
	}
	return r.Fragment(pictureBody(drawn))
}

// picture counts the records in each stage by the scores that they have now. Another half life changes scores only once it is set.
func (p pages) picture(r *ui.Request, e wire.EngagementSettings) (picture, error) {
	out := picture{Bands: bandsOf(*e.Stages), Fading: fading(*e.HalfLifeDays)}
	companies, err := p.figures(r, wire.OverAccounts, "engagement_score", nil)
	if err != nil {
		return out, err
	}
	people, err := p.figures(r, wire.OverLeads, "engagement_score", nil)
	if err != nil {
		return out, err
	}
	for i := range out.Bands {
		b := &out.Bands[i]
		b.Companies, b.People = b.among(companies), b.among(people)
	}
	return out, nil
}

func bandsOf(s wire.StageSettings) []band {
	return []band{{Stage: engagement.Cool, To: s.Warm}, {Stage: engagement.Warm, From: s.Warm, To: s.InMarket},
		{Stage: engagement.InMarket, From: s.InMarket, To: s.Hot}, {Stage: engagement.Hot, From: s.Hot, To: 101}}
}

// among counts those records, by their scores, whose score is in the band.
func (b band) among(byScore map[string]int64) (n int64) {
	for score := b.From; score < b.To; score++ {
		n += byScore[strconv.FormatInt(score, 10)]
	}
	return n
}

// span is the scores of the band in words.
func (b band) span() string {
	return strconv.FormatInt(b.From, 10) + " to " + strconv.FormatInt(b.To-1, 10)
}

func fading(halfLife int64) (out []faded) {
	m := engagement.Model{Weights: map[string]int64{"": 40}, HalfLife: halfLife}
	for _, days := range []int{0, 7, 14, 30, 60, 90, 180} {
		at := time.Time{}.Add(time.Duration(days) * 24 * time.Hour)
		out = append(out, faded{days, engagement.Score([]engagement.Signal{{}}, m, at).Score})
	}
	return out
}

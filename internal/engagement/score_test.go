package engagement_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/engagement"
)

const day = 24 * time.Hour

var now = time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC)

var usual = engagement.Model{
	Weights:  map[string]int64{"reply": 40, "release": 10, "mute": 0, "huge": 100},
	Classes:  map[string]string{"reply": "zero_party", "release": "second_party", "huge": "first_party"},
	Sources:  map[string]int64{"zero_party": 150, "crm": 200, "spam": 0},
	HalfLife: 14, Warm: 40, InMarket: 65, Hot: 85,
}

func TestAWorkedExample(t *testing.T) {
	signals := []engagement.Signal{
		{Type: "reply", Source: "inbox", At: now.Add(-14*day - time.Hour)}, // 40 x 150% x 1/2 = 30
		{Type: "release", Source: "crm", At: now},                          // 10 x 200% = 20
		{Type: "release", Source: "feed", At: now.Add(-28 * day)},          // 10 x 1/4 = 2.5
		{Type: "release", Source: "spam", At: now},
		{Type: "mute", Source: "feed", At: now},
		{Type: "unheard", Source: "feed", At: now},
		{Type: "huge", Source: "feed", At: now.Add(-180 * day)},
		{Type: "huge", Source: "feed", At: now.Add(time.Microsecond)},
	}
	got := engagement.Score(signals, usual, now)
	if got.Score != 53 || got.Stage != engagement.Warm || !got.Next.Equal(now.Add(time.Microsecond)) {
		t.Errorf("%+v", got)
	}
	if got := engagement.Score(nil, usual, now); got != (engagement.Result{Stage: engagement.Cool}) {
		t.Errorf("without signals %+v", got)
	}
}

func TestBoundariesBelongToTheHigherStage(t *testing.T) {
	for score, want := range map[int]engagement.Stage{
		0: engagement.Cool, 39: engagement.Cool, 40: engagement.Warm, 64: engagement.Warm,
		65: engagement.InMarket, 84: engagement.InMarket, 85: engagement.Hot, 100: engagement.Hot,
	} {
		if got := usual.StageOf(score); got != want {
			t.Errorf("%d means %s, want %s", score, got, want)
		}
	}
}

var anySignal = rapid.Custom(func(t *rapid.T) engagement.Signal {
	return engagement.Signal{
		Type:   rapid.SampledFrom([]string{"reply", "release", "mute", "huge", "unheard"}).Draw(t, "type"),
		Source: rapid.SampledFrom([]string{"feed", "crm", "spam"}).Draw(t, "source"),
		At:     now.Add(-time.Duration(rapid.Int64Range(-20*24, 190*24).Draw(t, "hours"))*time.Hour + time.Duration(rapid.Int64Range(-2, 2).Draw(t, "microseconds"))*time.Microsecond),
	}
})

func anyModel(t *rapid.T) engagement.Model {
	m := usual
	m.HalfLife = rapid.Int64Range(1, 365).Draw(t, "half life")
	return m
}

func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, signals := anyModel(t), rapid.SliceOfN(anySignal, 0, 12).Draw(t, "signals")
		got := engagement.Score(signals, m, now)
		if got.Score < 0 || got.Score > 100 || got.Stage != m.StageOf(got.Score) {
			t.Fatalf("out of bounds: %+v", got)
		}
		if other := engagement.Score(rapid.Permutation(signals).Draw(t, "order"), m, now); other != got {
			t.Fatalf("in another order %+v, not %+v", other, got)
		}
		more := anySignal.Draw(t, "one more")
		if more.At.After(now) {
			more.At = now
		}
		if grown := engagement.Score(append(slices.Clone(signals), more), m, now); grown.Score < got.Score {
			t.Fatalf("one more signal lowers %d to %d", got.Score, grown.Score)
		}
		past := slices.DeleteFunc(slices.Clone(signals), func(s engagement.Signal) bool { return s.At.After(now) })
		later := now.Add(time.Duration(rapid.Int64Range(1, int64(200*day)).Draw(t, "later")))
		if faded := engagement.Score(past, m, later); faded.Score > got.Score {
			t.Fatalf("time raises %d to %d", got.Score, faded.Score)
		}
	})
}

// TestNextIsExact: at no instant before Next at which anything at all happens is the score another one, and at Next it is.
func TestNextIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m, signals := anyModel(t), rapid.SliceOfN(anySignal, 0, 6).Draw(t, "signals")
		got := engagement.Score(signals, m, now)
		var instants []time.Time
		for _, s := range signals {
			for d := range time.Duration(200) {
				if at := s.At.Add(d * day); at.After(now) {
					instants = append(instants, at)
				}
			}
		}
		slices.SortFunc(instants, time.Time.Compare)
		for _, at := range instants {
			if later := engagement.Score(signals, m, at).Score; later != got.Score {
				if !got.Next.Equal(at) {
					t.Fatalf("Next is %v, but the score goes from %d to %d at %v", got.Next, got.Score, later, at)
				}
				return
			}
		}
		if !got.Next.IsZero() {
			t.Fatalf("Next is %v, but the score stays %d", got.Next, got.Score)
		}
	})
}

func BenchmarkScore(b *testing.B) {
	signals := make([]engagement.Signal, 1000)
	for i := range signals {
		signals[i] = engagement.Signal{Type: "release", Source: "feed", At: now.Add(-time.Duration(i) * time.Hour)}
	}
	for b.Loop() {
		engagement.Score(signals, usual, now)
	}
}

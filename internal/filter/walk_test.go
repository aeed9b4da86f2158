package filter_test

import (
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/filter"
)

func TestRelatedCountsWhatLooksElsewhere(t *testing.T) {
	for text, want := range map[string]int{
		`{"field":"city","op":"eq","value":"Berlin"}`:         0,
		`{"field":"account.city","op":"eq","value":"Berlin"}`: 1,
		`{"not":{"signals":{"types":["release"]}}}`:           1,
		`{"all":[{"any":[{"signals":{"min":3}},{"field":"account.city","op":"present"}]},{"signals":{"where":{"field":"account.city","op":"present"}}}]}`: 4,
	} {
		n, err := filter.Parse(filter.Leads, []byte(text), time.Unix(0, 0))
		if got := filter.Related(n); err != nil || got != want {
			t.Errorf("%s: %d, want %d; %v", text, got, want, err)
		}
	}
}

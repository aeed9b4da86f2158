package strictjson_test

import (
	"strings"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/strictjson"
)

func TestTimesAreStrict(t *testing.T) {
	for text, want := range map[string]string{
		"2026-08-22T12:00:00Z": "2026-08-22T12:00:00Z", "2026-08-22T12:00:00.5+23:59": "2026-08-21T12:01:00.5Z", "2026-08-22T12:00:00-23:59": "2026-08-23T11:59:00Z",
		"0001-01-01T00:00:00.000001Z": "0001-01-01T00:00:00.000001Z", "9999-12-31T23:59:59Z": "9999-12-31T23:59:59Z", "0000-12-31T23:30:00-01:00": "0001-01-01T00:30:00Z",
		"2026-08-22T12:00:00+24:00": "form", "2026-08-22T12:00:00+23:60": "form", "2026-08-22T12:00:00,5Z": "form", "2026-08-22T1:00:00Z": "form", "2026-08-22 12:00:00Z": "form",
		"2026-08-22T12:00:00": "form", "2026-02-30T12:00:00Z": "form", "2026-08-22T24:00:00Z": "form", "2026-08-22T12:00:00.Z": "form", "2026-08-22T12:00:00Z\n": "form", "": "form",
		"0001-01-01T00:00:00Z": "span", "0001-01-01T01:00:00+02:00": "span", "0000-01-01T00:00:00Z": "span", "9999-12-31T23:30:00-01:00": "span",
	} {
		quoted := strings.ReplaceAll(text, "\n", `\n`)
		var into struct {
			At time.Time `json:"at"`
		}
		err := strictjson.Decode([]byte(`{"at":"`+quoted+`"}`), &into)
		switch got := into.At.UTC().Format(time.RFC3339Nano); {
		case err == nil && got != want:
			t.Errorf("%q is %s, want %s", text, got, want)
		case err != nil:
			if m := fault.From(err).Fields[0].Message; want != "form" && want != "span" || strings.Contains(m, "before 10000") != (want == "span") {
				t.Errorf("%q: %s, want %s", text, m, want)
			}
		}
	}
}

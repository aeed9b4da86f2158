package insights_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/insights"
)

// refusals returns what is said about each place at fault.
func refusals(t *testing.T, question string) (places []string, fields []fault.Field) {
	t.Helper()
	s, store := service()
	_, err := s.Insights(t.Context(), "w", asked(t, question))
	f := fault.From(err)
	if err == nil || f.Code != fault.ValidationFailed || len(store.asked) > 0 {
		t.Fatalf("%s: %v after %d questions", question, err, len(store.asked))
	}
	for _, one := range f.Fields {
		places = append(places, one.Path)
	}
	return places, f.Fields
}

// TestAllThatIsWrongIsToldAtOnce: parts, fields and filter in one answer, but what cannot be looked at any further.
func TestAllThatIsWrongIsToldAtOnce(t *testing.T) {
	for question, want := range map[string][]string{
		`{"over":"signals","limit":0,"cursor":"x","measures":[{"fn":"median","field":"context.s"},{"fn":"sum","field":"title"}],"group_by":["nothing"],
		  "bucket":{"field":"title","unit":"hour","tz":"Mars/Olympus"},"filter":{"all":[{"field":"page","op":"eq","value":1},{"field":"title","op":"like"}]}}`: {
			"limit", "measures[0].fn", "bucket.unit", "group_by[0]", "bucket.field", "bucket.tz", "measures[1].field", "filter.all[0].field", "filter.all[1].op"},
		`{"over":"people","group_by":["nothing"]}`:                                     {"over"},
		`{"over":"leads","group_by":["a","b","c","d","e"],"limit":0}`:                  {"group_by", "limit"},
		`{"over":"leads","order":[{"by":"x","dir":"up"}],"group_by":["context.page"]}`: {"order[0].by", "order[0].dir", "group_by[0]"},
	} {
		places, _ := refusals(t, question)
		if d := cmp.Diff(want, places); d != "" {
			t.Errorf("%s (-want +got):\n%s", question, d)
		}
	}
	if places, _ := refusals(t, `{"over":"leads","group_by":["nothing"],"filter":{"all":[`+strings.Repeat(`{},`, 20)+`{}]}}`); len(places) != 10 || places[9] != "filter.all[8]" {
		t.Errorf("of many places %q are named", places)
	}
}

// TestRefusalsSayWhatIsNeeded, list what fits and nothing else, and list it once.
func TestRefusalsSayWhatIsNeeded(t *testing.T) {
	for _, c := range []struct{ part, message, fits, not string }{
		{`"measures":[{"fn":"sum","field":"city"}]`, "sum needs a number", "icp_score", "city"},
		{`"measures":[{"fn":"avg","field":"created_at"}]`, "avg needs a number", "icp_score", "created_at"},
		{`"measures":[{"fn":"max","field":"synthetic"}]`, "max needs a number, a time or a text", "city", "synthetic"},
		{`"measures":[{"fn":"count_distinct","field":"account.tags"}]`, "count_distinct needs a field with one value, no list", "synthetic", "account.tags"},
		{`"bucket":{"field":"name","unit":"day"}`, "a bucket needs a time", "created_at", "name"},
		{`"bucket":{"field":"nothing","unit":"day"}`, "is not a field of leads", "created_at", "name"},
		{`"group_by":["nothing"]`, "is not a field of leads; <field>.folded joins spellings of a text", "account.tags", "nothing"},
	} {
		_, fields := refusals(t, `{"over":"leads",`+c.part+`}`)
		if f := fields[0]; f.Message != c.message || !slices.Contains(f.Allowed, c.fits) || slices.Contains(f.Allowed, c.not) {
			t.Errorf("%s: %q, allowed %v", c.part, f.Message, f.Allowed)
		}
	}
	_, fields := refusals(t, `{"over":"leads","group_by":["x","y"]}`)
	if len(fields) != 2 || fields[1].Allowed != nil || !strings.HasSuffix(fields[1].Message, "; those allowed are listed at group_by[0]") {
		t.Errorf("%+v", fields)
	}
}

// TestZones are those of the IANA database, as it spells them, wherever the answer is made.
func TestZones(t *testing.T) {
	for _, name := range []string{"", "UTC", "Europe/Berlin", "America/Port-au-Prince", "Africa/Dar_es_Salaam", "Etc/GMT+5", "GB-Eire"} {
		zone, err := insights.Zone(name)
		if err != nil || name != "" && zone.String() != name || name == "" && zone != time.UTC {
			t.Errorf("%s: %v (%v)", name, zone, err)
		}
	}
	for _, name := range []string{"Local", "localtime", "posixrules", "posix/Europe/Berlin", "right/Europe/Berlin", "europe/berlin", "EUROPE/BERLIN", "utc", "Europe", "Europe/",
		"/Europe/Berlin", "./Europe/Berlin", "Europe//Berlin", "Europe/../Europe/Berlin", "../../etc/passwd", "/etc/localtime", "Europe\\Berlin", "Europe/Berlin ", "+01:00", "CEST"} {
		places, _ := refusals(t, `{"over":"leads","bucket":{"field":"created_at","unit":"day","tz":"`+strings.ReplaceAll(name, `\`, `\\`)+`"}}`)
		if d := cmp.Diff([]string{"bucket.tz"}, places); d != "" {
			t.Errorf("%s: %s", name, d)
		}
	}
}

// TestTheAnswerNamesTheBucket with its zone, since its keys are instants in UTC.
func TestTheAnswerNamesTheBucket(t *testing.T) {
	for tz, want := range map[string]string{"": "UTC", "UTC": "UTC", "Asia/Kathmandu": "Asia/Kathmandu"} {
		s, store := service(row(counts(1), int64(1_700_000_000_000_000)))
		a, err := s.Insights(t.Context(), "w", asked(t, `{"over":"leads","bucket":{"field":"created_at","unit":"week","tz":"`+tz+`"}}`))
		if err != nil || a.Bucket == nil || a.Bucket.TZ != want || a.Bucket.Unit != "week" || a.Bucket.Field != "created_at" {
			t.Errorf("%q: %+v (%v)", tz, a.Bucket, err)
		}
		if zone := store.asked[0].Keys[0].Zone; zone.String() != want {
			t.Errorf("%q: the store was asked for %s", tz, zone)
		}
	}
	s, _ := service(row(counts(1)))
	if a, err := s.Insights(t.Context(), "w", asked(t, `{"over":"leads"}`)); err != nil || a.Bucket != nil {
		t.Errorf("without one: %+v (%v)", a.Bucket, err)
	}
}

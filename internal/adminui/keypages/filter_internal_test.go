package keypages

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/keys"
)

// sample names each key by what it is.
func sample() []keys.Key {
	key := func(name, id, by, preset string, made, used time.Duration) keys.Key {
		k := keys.Key{Name: name, ID: id, CreatedBy: by, Preset: "read_only", CreatedAt: before(made), ExpiresAt: storyNow.Add(100 * day)}
		if preset != "" {
			k.Preset = "full"
		}
		if used > 0 {
			k.LastUsedAt = before(used)
		}
		return k
	}
	list := []keys.Key{
		key("Émile", "0000000a", "bob", "", 1*day, 1*time.Hour), key("fresh", "0000000b", "ann", "", 2*day, 0),
		key("stale", "0000000c", "ann", "full", 200*day, 91*day), key("ending", "0000000d", "ann", "", 300*day, time.Minute),
		key("expired", "0000000e", "ann", "", 400*day, 200*day), key("revoked", "0000000f", "bob", "full", 500*day, 0),
	}
	list[3].ExpiresAt = storyNow.Add(14*day - 1)
	list[4].ExpiresAt = before(time.Second)
	list[5].RevokedAt = before(day)
	list[0].ExpiresAt = time.Time{}
	return list
}

func TestFilters(t *testing.T) {
	for query, want := range map[string]string{
		"":                           "Émile fresh stale ending",
		"status=any":                 "Émile fresh stale ending expired revoked",
		"status=expired":             "expired",
		"status=revoked":             "revoked",
		"status=nonsense":            "Émile fresh stale ending",
		"scope=full":                 "stale",
		"scope=nonsense":             "Émile fresh stale ending",
		"by=BOB":                     "Émile",
		"by=eve":                     "",
		"badge=stale":                "stale",
		"badge=expiring":             "ending",
		"badge=unused":               "fresh",
		"badge=unused&status=any":    "fresh",
		"q=emile":                    "Émile",
		"q=EN":                       "ending",
		"q=0000000c":                 "stale",
		"q=unstuck_***_0000000b":     "fresh",
		"status=any&by=bob&q=revoke": "revoked",
		"sort=name":                  "Émile ending fresh stale",
		"sort=-name":                 "stale fresh ending Émile",
		"sort=created":               "ending stale fresh Émile",
		"sort=used":                  "fresh stale Émile ending",
		"sort=-used":                 "ending Émile stale fresh",
		"sort=expires":               "ending fresh stale Émile",
		"sort=-expires":              "Émile fresh stale ending",
		"sort=by":                    "fresh stale ending Émile",
		"sort=scope":                 "stale Émile fresh ending",
		"sort=key":                   "Émile fresh stale ending",
		"sort=status&status=any":     "Émile fresh stale ending expired revoked",
		"sort=-status&status=any":    "revoked expired Émile fresh stale ending",
		"sort=nonsense":              "Émile fresh stale ending",
	} {
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, k := range parseFilter(q).narrow(sample(), storyNow) {
			got = append(got, k.Name)
		}
		if d := cmp.Diff(want, strings.Join(got, " ")); d != "" {
			t.Errorf("%q (-want +got):\n%s", query, d)
		}
	}
}

// TestAddressesSayTheWholeFilter: what a link carries is what the page that it leads to shows.
func TestAddressesSayTheWholeFilter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		q := url.Values{}
		for name, values := range map[string][]string{
			"status": {"", "active", "expired", "revoked", "any", "x"}, "scope": {"", "full", "custom", "x"}, "by": {"", "ann@acme.example", " &=?"},
			"badge": {"", "stale", "expiring", "unused", "x"}, "q": {"", "a b", "ü&"}, "sort": {"", "name", "-name", "used", "created", "-created", "x"}, "page": {"", "1", "2", "-1", "x"},
		} {
			q.Set(name, rapid.SampledFrom(values).Draw(t, name))
		}
		f := parseFilter(q)
		if d := cmp.Diff(f, parseFilter(f.query())); d != "" {
			t.Fatalf("%v: %s", q, d)
		}
	})
}

func TestPagesOfALongList(t *testing.T) {
	var all []keys.Key
	for i := range 2*perPage + 1 {
		all = append(all, keys.Key{ID: strings.Repeat("0", i%8), CreatedAt: before(time.Duration(i) * time.Minute)})
	}
	seen := 0
	for page, want := range map[string]int{"1": perPage, "2": perPage, "3": 1, "9": 1} {
		v := newList(all, parseFilter(url.Values{"page": {page}}), storyNow, false)
		if len(v.Rows) != want || v.Found != len(all) || v.last() != (want == 1) {
			t.Errorf("page %s: %d rows of %d, last %v", page, len(v.Rows), v.Found, v.last())
		}
		if page != "9" {
			seen += len(v.Rows)
		}
	}
	if seen != len(all) {
		t.Errorf("the pages hold %d keys of %d", seen, len(all))
	}
}

// TestHeadingsHoldEveryColumn in the order of the page; the column that the list is sorted by marks the heading which it shares.
func TestHeadingsHoldEveryColumn(t *testing.T) {
	var names []string
	for _, h := range headings() {
		for _, c := range h {
			names = append(names, c.name)
		}
	}
	if want := []string{"name", "status", "scope", "used", "expires", "key", "created", "by"}; !slices.Equal(names, want) {
		t.Errorf("headings = %v", names)
	}
	v, last := listView{Filter: filter{Sort: "by", Down: true}}, headings()[len(headings())-1]
	if got := v.ariaSort(last); got != "descending" || len(last) != 2 || v.ariaSort(headings()[0]) != "none" {
		t.Errorf("sorted %s", got)
	}
}

func TestFilterSaysWhatBadgesSay(t *testing.T) {
	for _, o := range (listView{}).badgeOptions()[1:] {
		if o.Label != badge(o.Value).title() {
			t.Errorf("the filter calls %s %q", o.Value, o.Label)
		}
	}
}

func TestBadgesAreForKeysThatWork(t *testing.T) {
	k := keys.Key{CreatedAt: before(100 * day), ExpiresAt: storyNow.Add(13 * day)}
	if got := badges(k, storyNow); !slices.Equal(got, []badge{stale, expiring, unused}) {
		t.Errorf("badges = %v", got)
	}
	k.RevokedAt = before(1)
	if got := badges(k, storyNow); got != nil {
		t.Errorf("badges of a revoked key = %v", got)
	}
}

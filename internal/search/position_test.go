package search

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/cursor"
	"github.com/unstuckengine/unstuck/internal/filter"
)

func TestPlacesComeBack(t *testing.T) {
	d := cursor.Of("w", string(filter.Leads), "input")
	text := rapid.Ptr(rapid.StringMatching(`[a-zäß "\\]{0,9}`), true)
	rapid.Check(t, func(t *rapid.T) {
		p := place{segment: rapid.Int64Range(0, 6).Draw(t, "segment"), ranked: rapid.Bool().Draw(t, "ranked")}
		if rapid.Bool().Draw(t, "bounded") || !p.ranked {
			p.bound = rapid.OneOf(rapid.Just(any("id")), rapid.Just(any(int64(1)<<62))).Draw(t, "bound")
		}
		if p.ranked {
			p.after = rank{
				prefix: rapid.Int64Range(0, 1).Draw(t, "prefix"), distance: rapid.Int64Range(0, 9).Draw(t, "distance"), words: rapid.Int64().Draw(t, "words"),
				domain: text.Draw(t, "domain"), externalID: text.Draw(t, "external id"), id: rapid.String().Filter(noNUL).Draw(t, "id"),
			}
		} else {
			p.rest = int64(7)
		}
		sealed := cursor.Seal(d, p.seal())
		position, err := cursor.Open(&sealed, d)
		if err != nil {
			t.Fatalf("openCursor: %v", err)
		}
		got, err := openPlace(position, 6)
		if err != nil {
			t.Fatalf("openPlace: %v", err)
		}
		if diff := cmp.Diff(p, *got, cmp.AllowUnexported(place{}, rank{})); diff != "" {
			t.Fatalf("place differs (-in +out):\n%s", diff)
		}
	})
}

func noNUL(s string) bool {
	for _, r := range s {
		if r == 0 || r == '\uFFFD' {
			return false
		}
	}
	return true
}

func TestForgedPlacesAreRefused(t *testing.T) {
	good := []any{int64(0), nil, int64(0), int64(0), int64(1), "a.com", nil, "id"}
	if _, err := openPlace(good, 6); err != nil {
		t.Fatalf("the place to forge: %v", err)
	}
	for name, position := range map[string][]any{
		"empty": {}, "short": good[:4], "long": append(append([]any{}, good...), "x"),
		"text for a number": {"0", nil, int64(0), int64(0), int64(1), "a.com", nil, "id"},
		"number for a text": {int64(0), nil, int64(0), int64(0), int64(1), int64(5), nil, "id"},
		"no id":             {int64(0), nil, int64(0), int64(0), int64(1), "a.com", nil, nil},
		"segment below":     {int64(-1), int64(1), int64(2)}, "segment beyond": {int64(7), int64(1), int64(2)},
		"rest unbounded": {int64(0), nil, int64(2)}, "rest nowhere": {int64(0), int64(1), nil},
	} {
		if _, err := openPlace(position, 6); !errors.Is(err, cursor.Err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzOpenCursor(f *testing.F) {
	d := cursor.Of("w", string(filter.Accounts), nil)
	f.Add(cursor.Seal(d, []any{int64(1), "x", nil}))
	f.Add(cursor.Seal(d, []any{1.5, true}))
	f.Add("")
	f.Fuzz(func(t *testing.T, sealed string) {
		position, err := cursor.Open(&sealed, d)
		if err != nil && !errors.Is(err, cursor.Err) {
			t.Fatalf("error %v", err)
		}
		for _, v := range position {
			switch v.(type) {
			case nil, string, int64:
			default:
				t.Fatalf("a position holds %T", v)
			}
		}
	})
}

func TestShelfKeepsWhatWasUsedLast(t *testing.T) {
	s := &Service{lexicons: newShelf[string](3, newLexicon)}
	words := func(list ...string) *vocabularyReader {
		return &vocabularyReader{v: Vocabulary{ShortID: 1, Version: 1, Words: list}}
	}
	for _, step := range []struct {
		workspace string
		reader    *vocabularyReader
		asked     int64 // the version that the shelf must ask after
	}{
		{"a", words("one", "two"), 0}, {"b", words("three"), 0}, {"a", words(), 1}, {"c", words("four"), 0}, // b goes
		{"a", words(), 1}, {"b", words("three"), 0},
		{"d", words("5", "6", "7", "8"), 0}, {"d", words(), 1}, // too large, but in use
		{"a", words("one"), 0},
	} {
		if _, _, err := s.catchUp(t.Context(), step.reader, step.workspace); err != nil {
			t.Fatal(err)
		}
		if step.reader.asked != step.asked {
			t.Errorf("%s was asked for words after version %d, want %d", step.workspace, step.reader.asked, step.asked)
		}
	}
}

func TestACursorHasOneSpelling(t *testing.T) {
	d := cursor.Of("w", string(filter.Leads), "input")
	good := cursor.Seal(d, []any{"id"})
	for len(good)%4 == 0 { // a last character with unused bits
		good = cursor.Seal(d, []any{"id" + good[:1]})
	}
	if _, err := cursor.Open(&good, d); err != nil {
		t.Fatalf("the cursor itself: %v", err)
	}
	last := good[len(good)-1]
	for name, forged := range map[string]string{"stray bits": good[:len(good)-1] + string(last+1), "a line feed": good[:5] + "\n" + good[5:], "a line end": good + "\r\n", "padding": good + "="} {
		if _, err := cursor.Open(&forged, d); !errors.Is(err, cursor.Err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFirstsIsTheBeginningOfTheSortedList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list, n := rapid.SliceOf(rapid.IntRange(0, 20)).Draw(t, "list"), rapid.IntRange(1, 8).Draw(t, "n")
		want := slices.Sorted(slices.Values(list))
		if got := firsts(list, n, func(a, b int) int { return a - b }); !slices.Equal(got, want[:min(n, len(want))]) {
			t.Fatalf("firsts(%v, %d) = %v", list, n, got)
		}
	})
}

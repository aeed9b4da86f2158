package audiences

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/wire"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// rules say who is in an audience, in which order, and what its members should have.
type rules struct {
	Over    filter.Kind
	Filter  json.RawMessage
	Ranking []wire.Sort
	Enrich  []string
}

// take puts in what is given and returns what is wrong with it.
func (r *rules) take(over wire.Over, tree json.RawMessage, ranking []wire.Sort, enrich []string, now time.Time) (wrong []fault.Field) {
	switch {
	case r.Over == "":
		r.Over = filter.Kind(over)
	case over != "" && filter.Kind(over) != r.Over:
		return []fault.Field{{Path: "over", Message: "never changes; make another audience", Allowed: []string{string(r.Over)}}}
	}
	if tree != nil {
		wrong = append(wrong, r.takeFilter(tree, now)...)
	}
	if ranking != nil {
		wrong = append(wrong, r.takeRanking(ranking)...)
	}
	if enrich != nil {
		wrong = append(wrong, r.takeEnrich(enrich)...)
	}
	return wrong
}

func (r *rules) takeFilter(tree json.RawMessage, now time.Time) []fault.Field {
	text, err := strictjson.Canonical(tree)
	var n filter.Node
	if err == nil {
		n, err = filter.Parse(r.Over, text, now)
	}
	if err != nil {
		return faultsOf(err, "filter")
	}
	r.Filter = text
	return vague(r.Over, n)
}

// vague refuses what no record answers by itself: which words are nearly the one that is meant depends on the words that others have.
func vague(k filter.Kind, n filter.Node) (wrong []fault.Field) {
	filter.Some(k, n, func(_ filter.Kind, l filter.Leaf) bool {
		if l.Op == filter.Fuzzy {
			wrong = append(wrong, fault.Field{Path: l.At, Message: "fuzzy is for searches; an audience needs word, phrase, prefix or another exact operator"})
		}
		return false
	})
	return wrong
}

// maxRelated bounds the conditions that look at other records, over all audiences: each is asked of every record that changes, and they cost the most.
const maxRelated = 300

// crowded refuses a filter with which the audiences would have too many of them.
func crowded(all []Audience, a Audience, now time.Time) []fault.Field {
	others := 0
	for _, other := range all {
		if other.ID != a.ID {
			others += related(other, now)
		}
	}
	own := related(a, now)
	if own == 0 || others+own <= maxRelated {
		return nil
	}
	return []fault.Field{{Path: "filter", Message: fmt.Sprintf("has %d conditions on signals, leads, account and lead and the other audiences have %d; at most %d in all", own, others, maxRelated)}}
}

func related(a Audience, now time.Time) int {
	n, err := filter.Parse(a.Over, a.Filter, now)
	if err != nil { // the keeper tells of it
		return 0
	}
	return filter.Related(n)
}

func (r *rules) takeRanking(ranking []wire.Sort) (wrong []fault.Field) {
	r.Ranking = []wire.Sort{}
	for i, s := range ranking {
		if _, f, ok := filter.Lookup(r.Over, s.Field); !ok || f.Type == filter.List {
			wrong = append(wrong, filter.NoSort(r.Over, "ranking["+strconv.Itoa(i)+"].field", s.Field))
		}
		if s.Dir == "" {
			s.Dir = wire.Ascending
		}
		r.Ranking = append(r.Ranking, s)
	}
	return wrong
}

// takeEnrich keeps the fields in an order of its own, since theirs means nothing.
func (r *rules) takeEnrich(list []string) (wrong []fault.Field) {
	allowed := Enrichable(r.Over)
	for i, f := range list {
		if !slices.Contains(allowed, f) {
			wrong = append(wrong, fault.Field{Path: "enrich[" + strconv.Itoa(i) + "]", Message: "is nothing that " + string(r.Over) + " are enriched with", Allowed: allowed})
		}
	}
	r.Enrich = slices.DeleteFunc(Enrichable(r.Over), func(f string) bool { return !slices.Contains(list, f) })
	return wrong
}

// Enrichable returns what members of an audience over records of the kind can be enriched with: channels of leads, fields of accounts.
func Enrichable(k filter.Kind) (names []string) {
	list := enrich.ChannelFields()
	if k == filter.Accounts {
		list = enrich.AccountFields()
	}
	for _, f := range list {
		names = append(names, string(f))
	}
	return names
}

// pathOf returns the path at which a record has the value.
func pathOf(field string) string {
	switch enrich.Field(field) {
	case enrich.HQCountry:
		return "country_code"
	case enrich.HQCity:
		return "city"
	}
	return field
}

func nameFaults(name string) []fault.Field {
	return faultsOf(workspaces.CheckName("name", name), "name")
}

// faultsOf returns the fields that a refusal names, or the one at the path.
func faultsOf(err error, path string) []fault.Field {
	e := fault.From(err)
	switch {
	case e == nil:
		return nil
	case len(e.Fields) == 0:
		return []fault.Field{{Path: path, Message: e.Detail}}
	}
	return e.Fields
}

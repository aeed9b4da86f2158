package filter_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// noon is the clock of the tests.
var noon = time.Date(2026, 8, 22, 12, 0, 0, 0, time.UTC)

func leaf(k filter.Kind, field string, op filter.Op, values ...any) filter.Leaf {
	return filter.Leaf{Field: filter.Must(k, field), Op: op, Values: values}
}

func TestFlatParameters(t *testing.T) {
	from, at := int64(2000), time.Date(2024, 1, 1, 2, 0, 0, 1, time.FixedZone("x", 7200))
	accounts := func(in wire.FindAccounts) (filter.Node, error) { return filter.FromAccounts(in, noon) }
	for name, c := range map[string]struct {
		got  func() (filter.Node, error)
		want filter.Node
	}{
		"nothing": {func() (filter.Node, error) { return accounts(wire.FindAccounts{Query: "x"}) }, filter.All(nil)},
		"texts are folded, codes are not": {
			func() (filter.Node, error) {
				return accounts(wire.FindAccounts{City: []string{" Zürich", "B"}, CountryCode: []string{"de"}, Stage: []string{"Hot"}})
			},
			filter.All{leaf(filter.Accounts, "country_code", filter.In, "de"), leaf(filter.Accounts, "city", filter.In, "zurich", "b"), leaf(filter.Accounts, "engagement_stage", filter.In, "Hot")},
		},
		"a country by code and names": {
			func() (filter.Node, error) { return accounts(wire.FindAccounts{Country: []string{"DE", "Mordor"}}) },
			filter.All{filter.Any{leaf(filter.Accounts, "country", filter.In, "de", "mordor", "germany"), leaf(filter.Accounts, "country_code", filter.In, "DE")}},
		},
		"tags and range": {
			func() (filter.Node, error) {
				return accounts(wire.FindAccounts{TagsAny: []string{"A", "b"}, TagsAll: []string{"C", "d"}, TagsNone: []string{"E"}, FoundedFrom: &from})
			},
			filter.All{
				leaf(filter.Accounts, "tags", filter.AnyOf, "a", "b"), leaf(filter.Accounts, "tags", filter.AnyOf, "c"), leaf(filter.Accounts, "tags", filter.AnyOf, "d"),
				filter.Not{Node: leaf(filter.Accounts, "tags", filter.AnyOf, "e")}, leaf(filter.Accounts, "founded_year", filter.Gte, from),
			},
		},
		"a value in several spellings": {
			func() (filter.Node, error) {
				return accounts(wire.FindAccounts{Domain: []string{"a.com", "WWW.A.com"}, City: []string{"Zürich", "zurich "}, CountryCode: []string{"DE", "DE"},
					TagsAny: []string{"A", "a"}, TagsAll: []string{"B", "b"}, TagsNone: []string{"c", "C"}})
			},
			filter.All{
				leaf(filter.Accounts, "domain", filter.In, "a.com"), leaf(filter.Accounts, "country_code", filter.In, "DE"), leaf(filter.Accounts, "city", filter.In, "zurich"),
				leaf(filter.Accounts, "tags", filter.AnyOf, "a"), leaf(filter.Accounts, "tags", filter.AnyOf, "b"), filter.Not{Node: leaf(filter.Accounts, "tags", filter.AnyOf, "c")},
			},
		},
		"leads by company": {
			func() (filter.Node, error) {
				return filter.FromLeads(wire.FindLeads{AccountDomain: []string{"WWW.a.com"}}, noon)
			},
			filter.All{filter.Via{To: filter.ToAccount, Node: leaf(filter.Accounts, "domain", filter.In, "a.com")}},
		},
		"signals in a window, rounded up to whole microseconds": {
			func() (filter.Node, error) {
				return filter.FromSignals(wire.ListSignals{Types: []string{"hiring"}, Since: &at, Until: &at}, noon)
			},
			filter.All{leaf(filter.Signals, "signal_type", filter.In, "hiring"), leaf(filter.Signals, "occurred_at", filter.Gte, int64(1704067200000001)),
				leaf(filter.Signals, "occurred_at", filter.Lt, int64(1704067200000001))},
		},
		"signals by a lead's email": {
			func() (filter.Node, error) {
				return filter.FromSignals(wire.ListSignals{Lead: []string{"Ann@A.com"}}, noon)
			},
			filter.All{filter.Any{filter.Via{To: filter.ToLead, Node: filter.Any{leaf(filter.Leads, "id", filter.In, "Ann@A.com"),
				leaf(filter.Leads, "external_id", filter.In, "Ann@A.com"), leaf(filter.Leads, "work_email", filter.In, "ann@a.com"),
				leaf(filter.Leads, "personal_email", filter.In, "ann@a.com")}}, leaf(filter.Signals, "identity.email", filter.In, "ann@a.com")}},
		},
	} {
		got, err := c.got()
		if d := cmp.Diff(c.want, got); d != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, d)
		}
	}
}

func TestWrongDomainsAreNamed(t *testing.T) {
	_, err := filter.FromAccounts(wire.FindAccounts{Domain: []string{"a.com", "x", "1.1.1.1"}}, noon)
	f := fault.From(err)
	if f.Code != fault.ValidationFailed || len(f.Fields) != 2 || f.Fields[0].Path != "domain[1]" || f.Fields[1].Path != "domain[2]" {
		t.Errorf("error %+v", f)
	}
}

func TestLookup(t *testing.T) {
	for _, c := range []struct {
		kind    filter.Kind
		path    string
		via     filter.Relation
		stored  string
		missing bool
	}{
		{filter.Accounts, "name", "", "name_f", false}, {filter.Accounts, "domain", "", "domain", false}, {filter.Accounts, "account.name", "", "", true},
		{filter.Leads, "account.domain", "", "account_domain", false}, {filter.Leads, "account.name", filter.ToAccount, "name_f", false},
		{filter.Leads, "lead.name", "", "", true}, {filter.Signals, "lead.title", filter.ToLead, "title_f", false},
		{filter.Signals, "identity.handle", "", "handle_f", false}, {filter.Signals, "context.team size", "", "context_f", false},
		{filter.Signals, "context.", "", "", true}, {filter.Signals, "custom.x", "", "", true}, {filter.Leads, "account.custom.x", filter.ToAccount, "custom_f", false},
		{filter.Leads, `custom.a"b`, "", "", true}, {filter.Leads, "custom.a.b.c.d.e", "", "", true}, {filter.Signals, "lead.account.domain", filter.ToLead, "account_domain", false},
		{filter.Signals, "account.", "", "", true}, {filter.Signals, "", "", "", true},
	} {
		via, f, ok := filter.Lookup(c.kind, c.path)
		if ok == c.missing || ok && (via != c.via || f.Stored() != c.stored || via != "" && f.Required) {
			t.Errorf("Lookup(%s, %s) = %s, %+v, %v", c.kind, c.path, via, f, ok)
		}
	}
}

func TestEverySortablePathIsFound(t *testing.T) {
	for _, k := range []filter.Kind{filter.Accounts, filter.Leads, filter.Signals} {
		list := filter.Sortable(k)
		if sorted := slices.Sorted(slices.Values(list)); len(slices.Compact(sorted)) != len(list) || len(list) < 20 {
			t.Errorf("%s has %d paths, some twice", k, len(list))
		}
		for _, path := range list {
			if _, f, ok := filter.Lookup(k, path); !ok || f.Type == filter.List {
				t.Errorf("%s: %s cannot be sorted by", k, path)
			}
		}
	}
}

package search_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/search"
)

func TestAccountDoc(t *testing.T) {
	d := search.AccountDoc("Grafana Labs, Labs", []string{"Grafana", "Raintank Inc"}, "grafana.com", "Écosystème of labs")
	want := search.Doc{
		Name:      []string{"grafana", "labs"},
		Alias:     []string{"grafana", "raintank", "inc", "com"},
		All:       []string{"grafana", "labs", "raintank", "inc", "com", "ecosysteme", "of"},
		NameWords: 3,
	}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Errorf("AccountDoc differs (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(d.All, d.Words()); diff != "" {
		t.Errorf("Words differ:\n%s", diff)
	}
}

func TestLeadDocTokens(t *testing.T) {
	d := search.LeadDoc("José García", "VP", "Grafana")
	want := []string{"12njose", "12ngarcia", "12mjo", "12mjos", "12mga", "12mgar",
		"12tjose", "12tgarcia", "12tvp", "12tgrafana", "12pjo", "12pjos", "12pga", "12pgar", "12pvp", "12pgr", "12pgra"}
	if diff := cmp.Diff(want, d.Tokens(12)); diff != "" {
		t.Errorf("tokens differ (-want +got):\n%s", diff)
	}
	if empty := (search.LeadDoc("", "", "")); len(empty.Tokens(1)) != 0 || empty.NameWords != 0 {
		t.Errorf("the empty record has words: %+v", empty)
	}
}

package pattern_test

import (
	"context"
	"errors"
	"testing"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/providers/pattern"
)

type colleaguesOf []pattern.Person

func (p colleaguesOf) KnownEmails(_ context.Context, workspaceID, domain, except string, limit int) ([]pattern.Person, error) {
	if workspaceID != "w" || domain != "acme.com" || except != "r" || limit != pattern.MaxKnown {
		return nil, errors.New("asked for something else")
	}
	return p, nil
}

type mail struct {
	takes bool
	err   error
}

func (m mail) TakesMail(context.Context, string) (bool, error) { return m.takes, m.err }

var colleagues = colleaguesOf{
	{"Ann", "Lee", "", "ann.lee@acme.com"}, {"", "", "Bob Stone", "bob.stone@acme.com"}, {"Cy", "Young", "", "cy.young@acme.com"},
	{"Sales", "Team", "", "sales@acme.com"}, {"Di", "Fox", "", "di@other.com"}, {"", "", "Cher", "cher@acme.com"}, {"Ed", "Gale", "", "not an address"},
}

func TestLookup(t *testing.T) {
	down := errors.New("no answer")
	s := enrich.Subject{WorkspaceID: "w", RecordID: "r", FirstName: "Jane", LastName: "Doe", Domain: "acme.com"}
	nameless := s
	nameless.LastName = ""
	for _, c := range []struct {
		title   string
		known   colleaguesOf
		mail    mail
		subject enrich.Subject
		wanted  []enrich.Field
		value   string
		err     error
	}{
		{"a guess", colleagues, mail{takes: true}, s, enrich.ChannelFields(), `"jane.doe@acme.com"`, nil},
		{"nothing is known", nil, mail{takes: true}, s, enrich.ChannelFields(), "", nil},
		{"the domain takes no mail", colleagues, mail{}, s, enrich.ChannelFields(), "", nil},
		{"whether it does is unknown", colleagues, mail{err: down}, s, enrich.ChannelFields(), "", down},
		{"a name is missing", colleagues, mail{takes: true}, nameless, enrich.ChannelFields(), "", enrich.ErrUnfit},
		{"something else is wanted", colleagues, mail{takes: true}, nameless, []enrich.Field{enrich.Phone}, "", nil},
	} {
		got, err := pattern.New(c.known, c.mail).Lookup(context.Background(), c.subject, c.wanted)
		if !errors.Is(err, c.err) || len(got) > 1 || (len(got) == 1) != (c.value != "") {
			t.Errorf("%s: %v, %v", c.title, got, err)
			continue
		}
		if len(got) == 1 && (string(got[0].Value) != c.value || got[0].Field != enrich.WorkEmail || got[0].Confidence < 0.43 || got[0].Confidence > 0.44) {
			t.Errorf("%s: %s at %v", c.title, got[0].Value, got[0].Confidence)
		}
	}
}

package settingspages

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/credits"
)

// ledgerPage is how many rows of the ledger stand on a page.
const ledgerPage = 50

type creditsView struct {
	Balance  credits.Balance
	Rows     []credits.Entry
	Kinds    []ui.Option // "" for all
	Kind     credits.Kind
	Older    string // the path of the next page
	First    bool   // nothing is newer than what is shown
	TopsUp   bool   // whoever looks may
	Once     string // lets the form count once
	Amount   string // of the form
	Problems forms.Problems
}

// kinds says what each kind of row means.
var kinds = map[credits.Kind]string{
	credits.Charged: "value delivered", credits.Granted: "granted", credits.Lapsed: "lapsed at the end of a month", credits.ToppedUp: "topped up", credits.Adjusted: "set by an operator",
}

func (p pages) credits(r *ui.Request) error {
	return p.showCredits(r, "", forms.Problems{})
}

func (p pages) showCredits(r *ui.Request, amount string, problems forms.Problems) (err error) {
	q := r.URL.Query()
	v := creditsView{Kind: credits.Kind(q.Get("kind")), First: q.Get("before") == "", TopsUp: ui.Admins.Allows(r.Person.Role), Once: uuid.NewString(), Amount: amount, Problems: problems}
	if v.Balance, err = p.Credits.Balance(r.Context(), r.Workspace.ID, ""); err != nil {
		return err
	}
	v.Rows, err = p.Credits.Ledger(r.Context(), r.Workspace.ID, credits.Filter{Kind: v.Kind, Before: q.Get("before"), Limit: ledgerPage + 1})
	if err != nil {
		return err
	}
	if len(v.Rows) > ledgerPage {
		v.Rows = v.Rows[:ledgerPage]
		v.Older = CreditsPath + "?" + url.Values{"kind": {string(v.Kind)}, "before": {v.Rows[ledgerPage-1].ID}}.Encode()
	}
	v.Kinds = kindOptions(v.Kind)
	return r.Page(ui.Page{Title: "Credits", Lead: "What enrichment may spend, and what it has spent.", Body: creditsPage(v), Status: problems.Status})
}

func kindOptions(chosen credits.Kind) []ui.Option {
	out := []ui.Option{{Value: "", Label: "everything"}}
	for _, name := range credits.KindNames() {
		out = append(out, ui.Option{Value: name, Label: kinds[credits.Kind(name)], Chosen: name == string(chosen)})
	}
	return out
}

// wholeNumber is a number as people write it, with or without commas between thousands.
var wholeNumber = regexp.MustCompile(`^[0-9]+$|^[0-9]{1,3}(,[0-9]{3})+$`)

// topUp books the amount once, however often the form is sent: the id that the form carries is that of the row of the ledger.
func (p pages) topUp(r *ui.Request) error {
	text, once := r.Value("amount"), r.Value("once")
	if uuid.Validate(once) != nil {
		return ui.Refuse(http.StatusBadRequest, "Form not read", "The form is damaged. Go back, load the page again and send it once more.")
	}
	amount, err := strconv.ParseInt(strings.ReplaceAll(text, ",", ""), 10, 64)
	if err != nil || !wholeNumber.MatchString(text) {
		return p.showCredits(r, text, forms.Problems{Fields: map[string]string{"amount": "must be a whole number"}, Status: http.StatusUnprocessableEntity})
	}
	b, added, err := p.Credits.TopUpOnce(r.Context(), r.Actor(), r.Workspace.ID, once, amount)
	if err == nil && !added {
		return r.Done("This form was sent before; nothing more was booked. "+ui.Number(b.Left)+" credits can be spent now.", CreditsPath)
	}
	if err == nil {
		return r.Done("Topped up by "+ui.Number(amount)+". "+ui.Number(b.Left)+" credits can be spent now.", CreditsPath)
	}
	problems, err := forms.Of(err, "", "amount")
	if err != nil {
		return err
	}
	return p.showCredits(r, text, problems)
}

// signed is a number with a plus before what was added.
func signed(n int64) string {
	if n > 0 {
		return "+" + ui.Number(n)
	}
	return ui.Number(n)
}

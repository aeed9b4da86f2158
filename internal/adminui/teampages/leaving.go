package teampages

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/fault"
)

func (p pages) leaving(r *ui.Request) error {
	m, err := p.one(r)
	if err != nil {
		return err
	}
	return p.showLeaving(r, m, nil, forms.Problems{})
}

func (p pages) showLeaving(r *ui.Request, m row, ticked map[string]bool, problems forms.Problems) error {
	all, now, err := p.Keys.List(r.Context(), r.Workspace.ID)
	if err != nil {
		return err
	}
	v := leavingView{Row: m, Keys: madeBy(all, now, m.Email, ticked), Decides: r.Person.Role.ManagesKeys(), Problems: problems}
	return r.Page(ui.Page{Title: "Remove " + m.Email, Body: leavingPage(v), Status: problems.Status})
}

func (p pages) remove(r *ui.Request) error {
	m, err := p.one(r)
	if err != nil {
		return err
	}
	ticked := map[string]bool{}
	for _, id := range r.PostForm["revoke"] {
		ticked[id] = true
	}
	if !forms.Confirmed(r.Value("confirm"), m.Email) {
		wrong := forms.Problems{Fields: map[string]string{"confirm": "Type " + m.Email + " to confirm."}, Status: http.StatusUnprocessableEntity}
		return p.showLeaving(r, m, ticked, wrong)
	}
	if len(ticked) > 0 && !r.Person.Role.ManagesKeys() {
		return ui.Refuse(http.StatusForbidden, "Not allowed", "Only an Admin can revoke API keys. Go back and remove the member without revoking any.")
	}
	revoked, err := p.part(r, m, ticked)
	if err == nil {
		return r.Done(fmt.Sprintf("%s was removed; %s.", m.Email, outcome(revoked)), p.after(r, m, ""))
	}
	problems, err := forms.Of(err, "")
	if err != nil {
		return err
	}
	return p.showLeaving(r, m, ticked, problems)
}

// part ends the member's access and revokes those of the member's keys that were ticked: both or neither. It returns how many it revoked, which is fewer
// when somebody else was faster.
func (p pages) part(r *ui.Request, m row, ticked map[string]bool) (revoked int, err error) {
	err = p.InTx(r.Context(), func(ctx context.Context, now time.Time) error {
		revoked = 0
		all, _, err := p.Keys.List(ctx, r.Workspace.ID)
		if err == nil {
			_, err = p.Members.Dismiss(ctx, r.Actor(), r.Workspace.ID, m.ID)
		}
		if err != nil {
			return err
		}
		for _, k := range madeBy(all, now, m.Email, ticked) {
			if !k.Revoke {
				continue
			}
			if _, err := p.Keys.Revoke(ctx, r.Actor(), r.Workspace.ID, k.ID); err == nil {
				revoked++
			} else if !errors.Is(err, &fault.Error{Code: fault.AlreadyRevoked}) {
				return err
			}
		}
		return nil
	})
	return revoked, err
}

func outcome(revoked int) string {
	if revoked == 0 {
		return "no API key was revoked"
	}
	return count(revoked, "API key") + " revoked"
}

// count returns a number with its noun.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

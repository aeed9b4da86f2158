package destinationpages

import (
	"fmt"
	"net/http"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/wire"
)

func invalid(field, message string) error { return fault.Invalid(field, message) }

// test sends a ping and says what became of it.
func (p pages) test(r *ui.Request) error {
	d, err := p.Destinations.Test(r.Context(), by(r), r.PathValue("id"))
	if err != nil {
		return err
	}
	return r.Done(tested(d), path(d.DestinationID))
}

// tested says what became of a test.
func tested(d wire.Delivery) string {
	answered := ""
	if d.Status > 0 {
		answered = fmt.Sprintf(" The receiver answered %d after %s ms.", d.Status, ui.Number(d.DurationMS))
	}
	if d.State == string(destinations.Delivered) {
		return "The test arrived." + answered
	}
	return "The test failed. " + reason(d) + answered
}

// pause ends sending for a while, or takes it up again.
func (p pages) pause(r *ui.Request) error {
	paused := r.Value("paused") != "no"
	saved, err := p.Destinations.Save(r.Context(), by(r), wire.SaveDestination{ID: r.PathValue("id"), Paused: &paused})
	if err != nil {
		return err
	}
	done := saved.Destination.Name + " is sent to again, also what was held."
	if paused {
		done = saved.Destination.Name + " is paused: what was queued is held, and nothing new is queued."
	}
	return r.Done(done, path(saved.Destination.ID))
}

// sync sends all members of an audience.
func (p pages) sync(r *ui.Request) error {
	out, err := p.Destinations.Sync(r.Context(), by(r), wire.SyncAudience{ID: r.Value("audience"), DestinationID: r.PathValue("id")})
	if err != nil {
		return err
	}
	return r.Done(fmt.Sprintf("All %s members are being queued.", ui.Number(out.Members)), path(r.PathValue("id")))
}

type deleteView struct {
	D         wire.Destination
	Audiences []wire.Audience
	Problem   string
}

func (v deleteView) page() ui.Page {
	p := ui.Page{Title: "Delete " + v.D.Name, Lead: "Its secrets and its log are deleted with it, and what is queued for it is dropped. This cannot be undone.", Body: deletePage(v)}
	if v.Problem != "" {
		p.Status = http.StatusUnprocessableEntity
	}
	return p
}

func (p pages) askDelete(r *ui.Request) error {
	d, err := p.found(r)
	if err != nil {
		return err
	}
	attached, err := p.attached(r)
	if err != nil {
		return err
	}
	return r.Page(deleteView{D: d, Audiences: attached[d.ID]}.page())
}

func (p pages) remove(r *ui.Request) error {
	d, err := p.found(r)
	if err != nil {
		return err
	}
	if !forms.Confirmed(r.Value("confirm"), d.Name) {
		attached, err := p.attached(r)
		if err != nil {
			return err
		}
		return r.Page(deleteView{d, attached[d.ID], "Type the name to confirm."}.page())
	}
	if err := p.Destinations.Delete(r.Context(), by(r), d.ID); err != nil {
		return err
	}
	return r.Done(d.Name+" was deleted.", Path)
}

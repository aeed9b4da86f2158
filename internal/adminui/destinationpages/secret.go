package destinationpages

import (
	"net/http"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/settings"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// revealed is a signing secret as whoever made it sees it, this once.
type revealed struct {
	D       wire.Destination
	Text    string
	Rotated bool
}

func (v revealed) page() ui.Page {
	return ui.Page{Title: "Copy the signing secret now", Lead: "It is shown this once. Nobody can show it to you again.", Body: revealPage(v)}
}

// seenField tells at which of its changes a pending destination was seen: who looks at one address must not confirm another.
const seenField = "seen"

// confirm lets a pending destination be sent to.
func (p pages) confirm(r *ui.Request) error {
	seen, _ := time.Parse(time.RFC3339Nano, r.Value(seenField)) // what is no time was never a change
	d, secret, err := p.Destinations.ConfirmSeen(r.Context(), by(r), r.PathValue("id"), seen)
	return p.after(r, d, secret, err, revealed{D: d}, d.Name+" was confirmed and is sent to from now on.")
}

// after shows a secret that was made, or says what was done.
func (p pages) after(r *ui.Request, d wire.Destination, secret settings.Secret, err error, v revealed, done string) error {
	switch {
	case err != nil:
		return err
	case secret.IsZero():
		return r.Done(done, path(d.ID))
	}
	v.Text = secret.Reveal()
	return r.Page(v.page())
}

// rotatedField tells which secret a form was made to replace: whoever reloads the page that shows the new one sends the form again, and must not replace
// that one too.
const rotatedField = "rotated"

type rotateView struct{ D wire.Destination }

func (v rotateView) page() ui.Page {
	return ui.Page{Title: "New signing secret for " + v.D.Name, Lead: "Messages carry the signatures of both secrets for 24 hours, so that the receiver can change over.", Body: rotatePage(v)}
}

// mark names the secret that is there.
func (v rotateView) mark() string {
	return stamp(v.D.RotatedAt)
}

// stamp writes a time so that it can be told from any other.
func stamp(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func (p pages) askRotate(r *ui.Request) error {
	d, err := p.found(r)
	if err != nil {
		return err
	}
	return r.Page(rotateView{d}.page())
}

func (p pages) rotate(r *ui.Request) error {
	d, err := p.found(r)
	if err != nil {
		return err
	}
	if r.Value(rotatedField) != (rotateView{d}).mark() {
		return ui.Refuse(http.StatusConflict, "The secret was replaced already", "This form was sent before, or somebody else made a new secret. It was shown then, and cannot be shown again; if you did not store it, make another one.")
	}
	d, secret, err := p.Destinations.Rotate(r.Context(), by(r), d.ID)
	return p.after(r, d, secret, err, revealed{D: d, Rotated: true}, "")
}

package keypages

import (
	"context"
	"crypto/rand"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/keys"
)

// A form that makes a key carries a name of its own. The store keeps which names were used, in the transaction that makes the key: whoever reloads
// the page that shows the key sends the form again, and must neither get a second key nor see the first one again.

const (
	nonceField = "form"
	// nonceLife ends before the store forgets which forms were sent.
	nonceLife = 20 * time.Hour
)

func newNonce(now time.Time) string {
	return strconv.FormatInt(now.Unix(), 36) + "-" + rand.Text()
}

// checkNonce refuses a form that is too old to tell whether it was sent before.
func checkNonce(nonce string, now time.Time) error {
	made, text, _ := strings.Cut(nonce, "-")
	at, err := strconv.ParseInt(made, 36, 64)
	if age := now.Sub(time.Unix(at, 0)); err != nil || len(text) != len(rand.Text()) || age > nonceLife || age < -time.Hour {
		return ui.Refuse(http.StatusConflict, "Form too old", "The form is incomplete or older than a day. Load it again and send it once more; no key was made.")
	}
	return nil
}

// once runs mint unless the form was sent before; made is nil then, and id that of the key it made.
func (p pages) once(r *ui.Request, nonce string, mint func(context.Context) (keys.Created, error)) (made *keys.Created, id string, err error) {
	if err := checkNonce(nonce, r.Now()); err != nil {
		return nil, "", err
	}
	id, again, err := p.Once(r.Context(), r.Workspace.ID, nonce, func(ctx context.Context) (string, error) {
		c, err := mint(ctx)
		made = &c
		return c.Key.ID, err
	})
	if err != nil || again {
		return nil, id, err
	}
	return made, id, nil
}

// sentBefore says that the form made a key already.
func (p pages) sentBefore(r *ui.Request, id string) error {
	k, _, err := p.Keys.Get(r.Context(), r.Workspace.ID, id)
	if err != nil {
		return err
	}
	return r.Page(sentPage(k))
}

func sentPage(k keys.Key) ui.Page {
	return ui.Page{Title: "This form was sent already", Lead: "No second key was made.", Body: sentBody(k), Status: http.StatusConflict}
}

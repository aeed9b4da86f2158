package activitypages

import (
	"fmt"
	"io"
	"net/http"

	"github.com/unstuckengine/unstuck/internal/activity/chain"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
)

// export sends the entries that the filter lets pass, all of them, as a file.
func (p pages) export(r *ui.Request) error {
	form, format := formOf(r.URL.Query()), chain.Format(r.URL.Query().Get("format"))
	f, ok := form.filter()
	if !ok {
		return ui.Refuse(http.StatusBadRequest, "Not exported", "The filter cannot be read. Go back, correct it, and export again.")
	}
	name := fmt.Sprintf("activity-%s-%s.%s", r.Workspace.Slug, r.Now().UTC().Format("2006-01-02"), format)
	return r.File(name, format.Type(), func(w io.Writer) error {
		_, err := p.Chain.Export(r.Context(), w, r.Workspace.ID, format, f)
		return err
	})
}

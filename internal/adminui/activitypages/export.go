package activitypages

import (
	"fmt"
	"net/http"
	"time"

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
	out := &download{w: r.Writer(), head: http.Header{
		"Content-Type":        {format.Type()},
		"Content-Disposition": {fmt.Sprintf(`attachment; filename="activity-%s-%s.%s"`, r.Workspace.Slug, r.Now().UTC().Format("2006-01-02"), format)},
	}}
	_, err := p.Chain.Export(r.Context(), out, r.Workspace.ID, format, f)
	switch {
	case err == nil:
		out.begin()
		return nil
	case !out.begun:
		return err
	case r.Context().Err() != nil: // nobody reads on
		panic(http.ErrAbortHandler)
	}
	panic(fmt.Errorf("export of the activity log: %w", err)) // cuts the connection, so that half a file does not look whole
}

// stall is how long a reader of an export may read nothing.
const stall = time.Minute

// download begins the answer with the first byte of the file, so that until then a page can say what is wrong.
type download struct {
	w     http.ResponseWriter
	head  http.Header
	begun bool
}

func (d *download) begin() {
	if d.begun {
		return
	}
	for name, values := range d.head {
		d.w.Header()[name] = values
	}
	d.w.WriteHeader(http.StatusOK)
	d.begun = true
}

// Write implements io.Writer.
func (d *download) Write(b []byte) (int, error) {
	d.begin()
	_ = http.NewResponseController(d.w).SetWriteDeadline(time.Now().Add(stall)) // fails, to no harm, only where there is no connection
	return d.w.Write(b)
}

package ui

import (
	"fmt"
	"io"
	"net/http"
	"time"
)

// File answers with a file of the name that write writes. Until its first byte write may fail with what a page then says; after it, the connection is cut,
// so that half a file does not look whole.
func (r *Request) File(name, contentType string, write func(io.Writer) error) error {
	out := &download{w: r.w, head: map[string]string{"Content-Type": contentType, "Content-Disposition": fmt.Sprintf("attachment; filename=%q", name)}}
	err := write(out)
	switch {
	case err == nil:
		out.begin()
		return nil
	case !out.begun:
		return err
	case r.Context().Err() != nil: // nobody reads on
		panic(http.ErrAbortHandler)
	}
	panic(fmt.Errorf("the file %s: %w", name, err))
}

// stall is how long a reader of a file may read nothing.
const stall = time.Minute

// download begins the answer with the first byte of the file.
type download struct {
	w     http.ResponseWriter
	head  map[string]string
	begun bool
}

func (d *download) begin() {
	if d.begun {
		return
	}
	for name, value := range d.head {
		d.w.Header().Set(name, value)
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

package importpages

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/tabular"
	"github.com/unstuckengine/unstuck/internal/wire"
)

const (
	partTime  = 30 * time.Second // for the next part of the file to arrive; the whole may take as long as it likes
	askAgain  = time.Second
	maxField  = 1 << 10 // bytes of a field beside the file
	maxFields = 10
	maxName   = 200 // bytes of the file's name
	leaveTime = time.Second
	leaveSize = 2 << 20
)

// upload is a file that is arriving.
type upload struct {
	kind     wire.ImportKind
	register bool
	csv      bool
	name     string
	problems map[string]string
	body     io.Reader
	broken   error // why the file ended early
}

// Read implements io.Reader.
func (u *upload) Read(p []byte) (int, error) {
	n, err := u.body.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		u.broken = err
	}
	return n, err
}

// patient gives each part of a body its time, and asks now and then whether its sender may still send it.
type patient struct {
	io.ReadCloser
	control *http.ResponseController
	still   func() error
	asked   time.Time
}

func (b *patient) Read(p []byte) (int, error) {
	if time.Since(b.asked) > askAgain {
		if err := b.still(); err != nil {
			return 0, err
		}
		b.asked = time.Now()
	}
	_ = b.control.SetReadDeadline(time.Now().Add(partTime)) // it fails, to no harm, only where there is no connection
	return b.ReadCloser.Read(p)
}

// open reads the form up to its file, which stands last. The token stands first, and nothing behind a wrong one is read.
func open(r *ui.Request) (*upload, error) {
	control := http.NewResponseController(r.Writer())
	_ = control.SetWriteDeadline(time.Time{})
	r.Body = &patient{ReadCloser: r.Body, control: control, still: r.Still, asked: time.Now()}
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, damaged()
	}
	first, err := parts.NextPart()
	if err != nil || first.FormName() != ui.TokenField {
		return nil, r.CheckToken("")
	}
	token, err := text(first)
	if err != nil {
		return nil, err
	}
	if err := r.CheckToken(token); err != nil {
		return nil, err
	}
	u := &upload{problems: map[string]string{}}
	return u, u.fields(parts)
}

// fields reads what stands before the file, and checks it.
func (u *upload) fields(parts *multipart.Reader) error {
	for range maxFields {
		part, err := parts.NextPart()
		if err != nil {
			return damaged()
		}
		if part.FormName() == "file" {
			u.file(part)
			return nil
		}
		value, err := text(part)
		if err != nil {
			return err
		}
		switch part.FormName() {
		case "kind":
			u.kind = wire.ImportKind(value)
		case "register_types":
			u.register = value != ""
		}
	}
	return damaged()
}

func (u *upload) file(part *multipart.Part) {
	u.body, u.name = part, clean(part.FileName())
	u.csv = strings.EqualFold(filepath.Ext(u.name), ".csv") || strings.HasPrefix(part.Header.Get("Content-Type"), "text/csv")
	if u.name == "" {
		u.problems["file"] = "Choose a file."
	}
	in := wire.ImportRecords{Kind: u.kind}
	if in.Validate() != nil {
		u.problems["kind"] = "Say what the lines of the file are."
	}
}

// clean returns a file's name as it can stand in a report.
func clean(name string) string {
	name = strings.ToValidUTF8(strings.Map(func(r rune) rune {
		if tabular.Hidden(r) {
			return -1
		}
		return r
	}, name), "")
	if len(name) > maxName { // its end tells what it is
		name = "…" + strings.ToValidUTF8(name[len(name)-maxName:], "")
	}
	return name
}

func text(part io.Reader) (string, error) {
	b, err := io.ReadAll(io.LimitReader(part, maxField+1))
	if err != nil || len(b) > maxField {
		return "", damaged()
	}
	return string(b), nil
}

func damaged() error {
	return ui.Refuse(http.StatusBadRequest, "Form not read", "The form did not arrive whole or is no import. Go back, choose the file and send it again.")
}

// leave throws some of what is still to come away: a browser whose connection is closed while it sends does not show the answer.
func leave(r *ui.Request) {
	control := http.NewResponseController(r.Writer())
	_ = control.SetReadDeadline(time.Now().Add(leaveTime))
	if b, ok := r.Body.(*patient); ok {
		_, _ = io.CopyN(io.Discard, b.ReadCloser, leaveSize) // best effort
	}
	r.Writer().Header().Set("Connection", "close")
}

// hurry gives the rest of an answer its time.
func hurry(r *ui.Request) {
	_ = http.NewResponseController(r.Writer()).SetWriteDeadline(time.Now().Add(partTime))
}

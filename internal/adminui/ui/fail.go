package ui

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"

	"github.com/unstuckengine/unstuck/internal/fault"
)

// Refusal is why a page is not shown, in words for the person who asked. It carries no input.
type Refusal struct {
	Status   int
	Title    string
	Sentence string // with the next step
}

// Error implements error.
func (e *Refusal) Error() string { return e.Title + ": " + e.Sentence }

// Refuse returns a Refusal.
func Refuse(status int, title, format string, args ...any) error {
	return &Refusal{status, title, fmt.Sprintf(format, args...)}
}

// NotFound refuses with 404.
func NotFound(sentence string) error { return &Refusal{http.StatusNotFound, "Not found", sentence} }

// refusal returns err as a Refusal: a fault says what its code means.
func refusal(err error) *Refusal {
	var r *Refusal
	if errors.As(err, &r) {
		return r
	}
	e := fault.From(err)
	out := &Refusal{e.Code.Status(), e.Code.Title(), e.Detail}
	if out.Sentence == "" {
		out.Sentence = e.Code.Detail()
	}
	if e.Code == fault.NotFound {
		out.Sentence = "There is nothing there. It may have been removed, or belong to another workspace."
	}
	return out
}

// RetryAfter tells programs when to come back, where err says it; its sentence tells people.
func (r *Request) RetryAfter(err error) {
	var f *fault.Error
	if errors.As(err, &f) && f.RetryAfter > 0 {
		r.w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(f.RetryAfter.Seconds()))))
	}
}

// fail answers with a page that says what is wrong and what to do. The cause goes to the log alone.
func (s *Site) fail(r *Request, err error) {
	r.Request = r.WithContext(context.WithoutCancel(r.Context())) // a body that stopped arriving has ended it, though somebody may wait for the answer
	e := refusal(err)
	id := r.w.Header().Get("X-Request-Id")
	r.RetryAfter(err)
	if e.Status >= http.StatusInternalServerError {
		s.Log.Error().Err(err).Str("path", r.URL.Path).Str("request_id", id).Msg("a page failed")
	}
	if r.Partial() {
		err = r.render(e.Status, Alert(e.Sentence))
	} else {
		err = r.Page(Page{Title: e.Title, Lead: e.Sentence, Body: problem(e.Status, id), Bare: r.Person.MemberID == "", Status: e.Status})
	}
	if err != nil { // not even the session could be written
		http.Error(r.w, e.Sentence, e.Status)
	}
}

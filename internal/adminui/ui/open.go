package ui

import (
	"encoding/json"
	"net/http"
)

// open serves a route for programs. No cookie reaches it, so that a page of somebody else's can do nothing here in the name of who is signed in.
func (s *Site) open(route Route) http.HandlerFunc {
	return func(w http.ResponseWriter, hr *http.Request) {
		hr.Header.Del("Cookie")
		r := &Request{Request: hr, w: w, site: s}
		err := s.load(r) // an empty session, which is not kept
		if err == nil {
			r.Body = http.MaxBytesReader(w, hr.Body, maxForm)
			_, err = r.Form()
		}
		if err == nil {
			err = route.Handle(r)
		}
		if err == nil {
			return
		}
		e := refusal(err)
		if e.Status >= http.StatusInternalServerError {
			s.Log.Error().Err(err).Str("path", hr.URL.Path).Str("request_id", w.Header().Get("X-Request-Id")).Msg("a program's request failed")
		}
		http.Error(w, e.Sentence, e.Status)
	}
}

// JSON answers a program, or a script of ours.
func (r *Request) JSON(status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	r.w.Header().Set("Content-Type", "application/json")
	return r.send(status, string(body))
}

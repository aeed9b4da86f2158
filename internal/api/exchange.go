package api

import (
	"encoding/hex"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/tools"
)

// exchange is one request and its answer. It is the http.ResponseWriter that the routes are given.
type exchange struct {
	w      http.ResponseWriter
	r      *http.Request
	id     string // the request id
	begun  time.Time
	route  string         // the pattern that matched, unknownRoute for none
	caller keys.Principal // zero until check 5 passed
	tool   *tools.Spec    // nil where no operation is asked for
	quota  Decision       // of the rate limit, once check 6 was made
	status int            // 0 until the answer began
	bytes  int
	fault  *fault.Error // the refusal, if it is one

	broken   bool // the answer ended before its time
	bodyRead bool // to its end
	lingers  bool // the rest of the body is to be thrown away after the answer
}

const unknownRoute = "unknown"

// Header values that many answers share. They are never changed.
var (
	typeJSON    = []string{"application/json"}
	typeProblem = []string{fault.ContentType}
	noStore     = []string{"no-store"}
)

func newExchange(w http.ResponseWriter, r *http.Request) *exchange {
	x := &exchange{w: w, r: r, id: requestID(r), begun: time.Now(), route: unknownRoute}
	x.Header()["X-Request-Id"] = []string{x.id}
	return x
}

// requestID takes the caller's id over when it is harmless to log and repeat, and else makes one.
func requestID(r *http.Request) string {
	if given := r.Header["X-Request-Id"]; len(given) == 1 && validRequestID(given[0]) {
		return given[0]
	}
	var raw [16]byte
	a, b := rand.Uint64(), rand.Uint64()
	for i := range 8 {
		raw[i], raw[8+i] = byte(a>>(8*i)), byte(b>>(8*i))
	}
	return hex.EncodeToString(raw[:])
}

func validRequestID(id string) bool {
	for i := range len(id) {
		c := id[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '.' && c != '_' && c != '-' {
			return false
		}
	}
	return id != "" && len(id) <= 64
}

// Header implements http.ResponseWriter.
func (x *exchange) Header() http.Header { return x.w.Header() }

// Write implements http.ResponseWriter.
func (x *exchange) Write(b []byte) (int, error) {
	if x.status == 0 {
		x.status = http.StatusOK
	}
	n, err := x.w.Write(b)
	x.bytes += n
	return n, err
}

// WriteHeader implements http.ResponseWriter.
func (x *exchange) WriteHeader(status int) {
	x.status = status
	x.w.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (x *exchange) Unwrap() http.ResponseWriter { return x.w }

// end answers with err's problem document; nil means that the answer was given.
func (x *exchange) end(err error) {
	if err != nil {
		x.refuse(fault.From(err))
	}
}

func (x *exchange) refuse(e *fault.Error) {
	x.fault = e
	h := x.Header()
	if challenge := challengeOf(e.Code); challenge != "" {
		h["Www-Authenticate"] = []string{challenge}
	}
	if s := e.RetrySeconds(); s > 0 {
		h["Retry-After"] = []string{strconv.Itoa(s)}
	}
	body, err := json.Marshal(e.Problem(x.id))
	if err != nil { // no value of a Problem can cause it
		panic(err)
	}
	h["Content-Type"], h["Cache-Control"] = typeProblem, noStore
	delete(h, "Etag")
	x.leave()
	x.send(e.Code.Status(), body)
}

// challengeOf returns the WWW-Authenticate of a refusal (RFC 6750).
func challengeOf(c fault.Code) string {
	switch {
	case c == fault.MissingAPIKey:
		return "Bearer"
	case c == fault.InsufficientScope:
		return `Bearer error="insufficient_scope"`
	case c.Status() == http.StatusUnauthorized:
		return `Bearer error="invalid_token"`
	}
	return ""
}

// send writes a whole answer.
func (x *exchange) send(status int, body []byte) {
	if status != http.StatusNoContent && status != http.StatusNotModified {
		x.Header()["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	x.WriteHeader(status)
	_, _ = x.Write(body) // whoever asked has gone when it fails
}

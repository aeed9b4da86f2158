package mcpserver

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/token"
)

const (
	maxURI     = 8 << 10
	maxHeaders = 16 << 10
)

// The paths of the HTTP transports. Every other path is 404 as JSON: a client takes other answers for OAuth metadata.
const (
	PathMCP     = "/mcp"
	PathSSE     = "/sse"
	PathMessage = "/message"
)

// HTTPConfig says what of HTTP is served, and to whom.
type HTTPConfig struct {
	Streamable, SSE bool          // at least one
	Hosts           []string      // Host names served beside the loopback names, without port
	LoopbackHosts   bool          // serve localhost, 127.0.0.1 and [::1] too
	Origins         []string      // web origins served, such as https://app.example.com
	BodyTimeout     time.Duration // for a body to arrive; 0 is 15 s
}

// front is the chain of checks before both HTTP transports. The first failure wins, in the order of serve.
type front struct {
	*Server
	cfg     HTTPConfig
	methods map[string]string // path -> the method it serves
	calls   *counter[handle]
	intake  intake
	streams *streams
}

func newFront(s *Server, cfg HTTPConfig) *front {
	f := &front{Server: s, cfg: cfg, methods: map[string]string{}, calls: newCounter[handle](callsAtOnce), intake: newIntake(), streams: newStreams(s)}
	if f.cfg.BodyTimeout <= 0 {
		f.cfg.BodyTimeout = bodyTimeout
	}
	if cfg.Streamable {
		f.methods[PathMCP] = http.MethodPost
	}
	if cfg.SSE {
		f.methods[PathSSE], f.methods[PathMessage] = http.MethodGet, http.MethodPost
	}
	return f
}

// ServeHTTP recovers whatever happens behind it.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := &exchange{w: w, r: r, who: identity{requestID: r.Header.Get("X-Request-Id"), traceparent: r.Header.Get("Traceparent"), client: f.client, program: programOf(r.UserAgent())}}
	if !validRequestID(x.who.requestID) {
		x.who.requestID = newRequestID()
	}
	w.Header().Set("X-Request-Id", x.who.requestID)
	w.Header().Set("Cache-Control", "no-store")
	defer x.linger()
	defer func() {
		if cause := recover(); cause != nil {
			f.log.Error().Str("request_id", x.who.requestID).Str("panic", fmt.Sprint(cause)).Bytes("stack", debug.Stack()).Msg("panic")
			x.refuse(fault.Wrap(fault.Internal, nil))
		}
	}()
	if err := f.serve(x); err != nil {
		x.refuse(fault.From(err))
	}
}

// serve returns a refusal that nothing was written of yet, or nil.
func (f *front) serve(x *exchange) error {
	method, known := f.methods[x.r.URL.Path]
	x.allow = method
	if !known || x.r.URL.RawPath != "" {
		return fault.Wrap(fault.NotFound, nil)
	}
	if err := f.place(x); err != nil {
		return err
	}
	if x.r.Method == http.MethodOptions && x.r.Header.Get("Origin") != "" {
		x.w.Header().Set("Access-Control-Allow-Methods", method)
		x.send(http.StatusNoContent, "", nil)
		return nil
	}
	if len(x.r.RequestURI) > maxURI {
		return fault.Wrap(fault.URITooLong, nil)
	}
	if err := f.authenticate(x); err != nil {
		return err
	}
	if err := f.shape(x, method); err != nil {
		return f.ifAlive(x, err)
	}
	if !f.calls.enter(x.who.handle) {
		return errTooMany
	}
	defer f.calls.leave(x.who.handle)
	switch x.r.URL.Path {
	case PathSSE:
		return f.openStream(x)
	case PathMessage:
		return f.postMessage(x)
	}
	return f.postMCP(x)
}

// place checks from where the request seems to come, against pages that make a browser reach this server.
func (f *front) place(x *exchange) error {
	if !f.hostAllowed(x.r.Host) {
		return fault.Wrap(fault.HostNotAllowed, nil)
	}
	origin := x.r.Header.Get("Origin")
	if origin == "" {
		return nil
	}
	for _, allowed := range f.cfg.Origins {
		if strings.EqualFold(origin, allowed) {
			h := x.w.Header()
			h.Set("Access-Control-Allow-Origin", allowed)
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Accept, X-Request-Id, MCP-Protocol-Version, Mcp-Method, Mcp-Name, Mcp-Session-Id")
			h.Set("Access-Control-Expose-Headers", "X-Request-Id, WWW-Authenticate, Retry-After")
			h.Set("Vary", "Origin")
			return nil
		}
	}
	return fault.Wrap(fault.OriginNotAllowed, nil)
}

func (f *front) hostAllowed(host string) bool {
	name := hostName(host)
	if f.cfg.LoopbackHosts && (name == "localhost" || name == "127.0.0.1" || name == "::1") {
		return true
	}
	for _, allowed := range f.cfg.Hosts {
		if name == hostName(allowed) {
			return true
		}
	}
	return false
}

// hostName drops the port and brackets.
func hostName(host string) string {
	host = strings.ToLower(host)
	if rest, ok := strings.CutPrefix(host, "["); ok {
		name, _, _ := strings.Cut(rest, "]")
		return name
	}
	name, _, _ := strings.Cut(host, ":")
	return name
}

// authenticate takes the key from the one place where keys may stand. Whether it is alive, the API tells.
func (f *front) authenticate(x *exchange) error {
	values := x.r.Header.Values("Authorization")
	if len(values) == 0 {
		return fault.Wrap(fault.MissingAPIKey, nil)
	}
	scheme, text, _ := strings.Cut(values[0], " ")
	if len(values) > 1 || !strings.EqualFold(scheme, "Bearer") {
		return fault.Wrap(fault.MissingAPIKey, nil)
	}
	key, err := token.Parse(strings.TrimSpace(text))
	if err != nil {
		return fault.Wrap(fault.InvalidAPIKey, nil)
	}
	x.who.key, x.who.handle = key, f.memory.handle(key)
	return nil
}

// shape checks method and headers.
func (f *front) shape(x *exchange, method string) error {
	if x.r.Method != method {
		return fault.Wrap(fault.MethodNotAllowed, nil)
	}
	want := "application/json"
	if method == http.MethodGet {
		want = eventStream
	} else if !isJSON(x.r.Header.Values("Content-Type")) {
		return fault.Wrap(fault.UnsupportedMediaType, nil)
	}
	if x.r.URL.Path != PathMessage && !accepts(x.r.Header.Values("Accept"), want) {
		return fault.Wrap(fault.NotAcceptable, nil)
	}
	return nil
}

// isJSON takes the media type in any charset that is UTF-8, stated once.
func isJSON(values []string) bool {
	if len(values) != 1 {
		return false
	}
	kind, params, err := mime.ParseMediaType(values[0])
	charset, stated := params["charset"]
	return err == nil && kind == "application/json" && (!stated || strings.EqualFold(charset, "utf-8"))
}

func accepts(values []string, want string) bool {
	major, _, _ := strings.Cut(want, "/")
	for _, value := range values {
		for part := range strings.SplitSeq(value, ",") {
			kind, _, _ := strings.Cut(part, ";")
			if kind = strings.ToLower(strings.TrimSpace(kind)); kind == want || kind == "*/*" || kind == major+"/*" {
				return true
			}
		}
	}
	return len(values) == 0
}

// ifAlive gives err to the holder of a key that lives; anyone else learns no more than that the key does not.
func (f *front) ifAlive(x *exchange, err error) error {
	ctx := context.WithoutCancel(x.r.Context()) // which ends when a body does not come
	c := f.admit(ctx, x.who, &message{refusal: refuseRequest})
	if e := barred(c.unusable); e != nil {
		return e
	}
	return err
}

// barred is the refusal that concerns the whole request: a dead key, or an API that cannot tell. A missing plan is not one.
func barred(e *fault.Error) error {
	if e == nil || e.Code == fault.FeatureNotAllowed {
		return nil
	}
	switch e.Code.Status() {
	case http.StatusUnauthorized, http.StatusServiceUnavailable, http.StatusTooManyRequests:
		return e
	}
	return &fault.Error{Code: fault.StoreUnavailable, Detail: e.Detail, RetryAfter: time.Second, Cause: e} // whatever it is, it is no proof of a living key
}

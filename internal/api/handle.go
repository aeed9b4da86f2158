package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/tools"
)

// operation is an entry of the catalogue with what runs it.
type operation[In, Out any] struct {
	op   tools.Op[In, Out]
	run  endpoint[In, Out] // nil if the answer is a file
	key  func(*In) *string // where the input keeps its idempotency key; nil when only the header carries one
	once Replays           // how the operation runs at most once for an idempotency key; nil for Config.Replays
	tag  bool              // the answer is one record and carries an ETag
	all  *export[In]       // how the whole result is read; must be set if the operation is exported, or its answer a file
	// before is done outside of the transaction that keeps the reply, ahead of run, unless the request was answered before; nil = nothing.
	before func(ctx context.Context, c caller, in In) error
}

// endpoint answers a request that passed checks 1 to 9.
type endpoint[In, Out any] func(ctx context.Context, c caller, in In) (answer[Out], error)

// caller is who asks, and how the answer is to be shaped.
type caller struct {
	keys.Principal
	quota  Decision
	route  tools.Route
	prefer preference
	body   *stream // of a streamed operation, else nil
}

// answer is an Out in the form in which it is sent. The type parameter keeps an endpoint to its operation's output.
type answer[Out any] struct {
	status int
	body   []byte // JSON; empty for 204
}

// encoded returns v as an answer.
func encoded[Out any](status int, v Out) (answer[Out], error) {
	var b bytes.Buffer
	err := encode(&b, v)
	return answer[Out]{status, b.Bytes()}, err
}

// encode appends the JSON of v to b, with <, > and & as they are: nothing of it is put into HTML unescaped.
func encode(b *bytes.Buffer, v any) error {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return fault.Wrap(fault.Internal, err)
	}
	b.Truncate(b.Len() - 1) // the encoder's line feed
	return nil
}

// textIfMatch refuses a condition that nothing would look at: an ETag also tells of what changes by itself, such as the count of members.
const textIfMatch = "If-Match is not taken here. To change only what you have read, send its version in the body where there is one; leave the header out."

// handle mounts an operation at all its routes, behind the gate.
func handle[In, Out any](s *Server, o operation[In, Out]) {
	s.mounted[o.op.Spec]++
	if o.once == nil {
		o.once = s.Replays
	}
	read := newReader(o.op)
	for _, route := range o.op.Routes() {
		f := formOf(o.op.Spec, route)
		s.route(route, func(x *exchange) error {
			quota, err := s.gate(x, o.op.Spec, f)
			if err != nil {
				return err
			}
			if o.op.Changes() && len(x.r.Header["If-Match"]) > 0 {
				return fault.New(fault.InvalidRequest, textIfMatch)
			}
			c := caller{Principal: x.caller, quota: quota, route: route, prefer: preferenceOf(x.r.Header)}
			if o.op.Streamed {
				c.body = s.stream(x)
				defer c.body.done()
			}
			in, raw, err := read(s, x, route) // 9
			if err != nil {
				return err
			}
			if mediaType, _ := negotiate(x.r.Header["Accept"], f.produces); mediaType != f.produces[0] || o.op.File {
				return o.all.stream(s, x, fileName(o.op.Spec), mediaType, c, in)
			}
			rp := replay{spec: o.op.Spec, key: keyIn(o.key, &in), raw: raw, once: o.once}
			if o.before != nil {
				rp.before = func(ctx context.Context) error { return o.before(ctx, c, in) }
				rp.once = s.outside(rp.before)
			}
			return s.execute(x, rp, o.tag, func(ctx context.Context) (Reply, error) { // 10 to 12
				a, err := o.run(ctx, c, in)
				return Reply{Status: a.status, ContentType: "application/json", Body: a.body}, err
			})
		})
	}
}

func formOf(spec *tools.Spec, route tools.Route) form {
	switch {
	case spec.Streamed:
		return formStream
	case spec.File:
		return form{bodySize: maxBody, produces: []string{typeCSV}}
	case route.Method == http.MethodGet && spec.Exported:
		return form{bodySize: maxBody, produces: exportTypes}
	case route.Method == http.MethodGet:
		return formRead
	case spec.Exported:
		return form{consumes: formJSON.consumes, bodySize: maxBody, produces: exportTypes}
	}
	return formJSON
}

// fileName is what an export is called: what the route is about.
func fileName(spec *tools.Spec) string { return strings.Split(spec.Route.Path, "/")[2] }

// keyIn takes the idempotency key out of the input: it is dealt with here, once for all operations.
func keyIn[In any](at func(*In) *string, in *In) string {
	if at == nil {
		return ""
	}
	p := at(in)
	key := *p
	*p = ""
	return key
}

// execute runs the operation, at most once for an idempotency key, and sends its reply.
func (s *Server) execute(x *exchange, rp replay, tagged bool, run func(context.Context) (Reply, error)) error {
	key, err := rp.choose(x.r.Header)
	if err != nil {
		return err
	}
	ctx, reply := s.sourced(x, rp.spec), Reply{}
	if key == "" {
		reply, err = rp.plainly(ctx, run)
	} else {
		var replayed bool
		reply, replayed, err = rp.once(ctx, x.caller.WorkspaceID, key, rp.hash(), run)
		if replayed {
			x.Header()["Idempotent-Replayed"] = []string{"true"}
		}
	}
	if err != nil {
		return err
	}
	x.reply(reply, tagged)
	return nil
}

// sourced returns the context of an operation, which tells the activity log from where it comes if it may change something.
func (s *Server) sourced(x *exchange, spec *tools.Spec) context.Context {
	if spec.Effect == tools.Read {
		return x.r.Context()
	}
	from := activity.Source{Door: activity.DoorOf(x.r.UserAgent())}
	if a := s.source(x); a.IsValid() {
		from.Address = a.String()
	}
	return activity.WithSource(x.r.Context(), from)
}

// reply sends an answer that is the caller's own, and kept by no cache.
func (x *exchange) reply(r Reply, tagged bool) {
	h := x.Header()
	h["Cache-Control"] = noStore
	if tagged && x.unchanged(r.Body) {
		x.send(http.StatusNotModified, nil)
		return
	}
	if r.ContentType == typeJSON[0] && r.Status != http.StatusNoContent {
		h["Content-Type"] = typeJSON
	}
	x.send(r.Status, r.Body)
}

// unchanged sets the ETag of the body and reports whether the caller has that version.
func (x *exchange) unchanged(body []byte) bool {
	sum := sha256.Sum256(body)
	tag := `"` + hex.EncodeToString(sum[:16]) + `"`
	x.Header()["Etag"] = []string{tag}
	for _, line := range x.r.Header["If-None-Match"] {
		for known := range strings.SplitSeq(line, ",") {
			if known = strings.TrimSpace(known); known == "*" || strings.TrimPrefix(known, "W/") == tag {
				return true
			}
		}
	}
	return false
}

// reader reads the input of an operation from a request: check 9. raw is its JSON.
type reader[In any] func(s *Server, x *exchange, route tools.Route) (in In, raw []byte, err error)

// newReader returns the reader of an operation: from body and path, or, on the routes without a body, from path and query string.
func newReader[In, Out any](op tools.Op[In, Out]) reader[In] {
	parameters := parametersOf(op.Input())
	return func(s *Server, x *exchange, route tools.Route) (in In, raw []byte, err error) {
		if op.Streamed || route.Method == http.MethodGet {
			raw, err = parameters.read(x.r)
		} else if raw, err = s.body(x); route.Placed() {
			raw = withID(raw, x.r.PathValue("id"))
		}
		if err != nil {
			return in, nil, err
		}
		in, err = op.Read(raw)
		return in, raw, err
	}
}

// withID puts the id of the path into the body, an object that may be left out. What is no object stays, to be refused.
func withID(body []byte, id string) []byte {
	member := append([]byte(`{"id":`), quote(id)...)
	if len(body) == 0 {
		return append(member, '}')
	}
	rest, object := bytes.CutPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte{'{'})
	if !object {
		return body
	}
	if rest = bytes.TrimLeft(rest, " \t\r\n"); len(rest) == 0 || rest[0] != '}' {
		member = append(member, ',')
	}
	return append(member, rest...)
}

// replay is what decides whether a request was answered before.
type replay struct {
	spec   *tools.Spec
	key    string // from the body
	raw    []byte
	once   Replays
	before func(context.Context) error // that of the operation, which once does by itself; nil = nothing
}

// outside returns how a request runs at most once that does something with no transaction open before.
func (s *Server) outside(before func(context.Context) error) Replays {
	return func(ctx context.Context, workspaceID, key string, hash []byte, run func(context.Context) (Reply, error)) (Reply, bool, error) {
		return s.Outside(ctx, workspaceID, key, hash, before, run)
	}
}

// plainly runs the request without an idempotency key.
func (p replay) plainly(ctx context.Context, run func(context.Context) (Reply, error)) (Reply, error) {
	if p.before != nil {
		if err := p.before(ctx); err != nil {
			return Reply{}, err
		}
	}
	return run(ctx)
}

// choose returns the idempotency key of the request, "" for none.
func (p replay) choose(h http.Header) (string, error) {
	if !p.spec.Replayable() {
		return "", nil
	}
	given, ok := h["Idempotency-Key"]
	switch {
	case !ok:
		return p.key, nil
	case !validIdempotencyKey(given[0]):
		return "", fault.New(fault.InvalidRequest, "Idempotency-Key must be 1 to 255 visible ASCII characters.")
	case p.key != "" && p.key != given[0]:
		return "", fault.New(fault.InvalidRequest, "Idempotency-Key and idempotency_key differ. Send one of them.")
	}
	return given[0], nil
}

// hash tells one request from another: by operation and input, whatever the spelling, and without the key itself.
func (p replay) hash() []byte {
	text, err := strictjson.Canonical(p.raw)
	if err != nil { // cannot be: the same text was read before
		panic(err)
	}
	h := sha256.New()
	h.Write([]byte(p.spec.Route.String() + "\n"))
	h.Write(withoutMember(text, "idempotency_key"))
	return h.Sum(nil)
}

package api

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/unstuckengine/unstuck/internal/fault"
)

// The limits of a request.
const (
	maxURI    = 8 << 10
	maxHeader = 16 << 10
	maxBody   = 1 << 20
)

// form is what a route takes and gives.
type form struct {
	consumes []string // media types of the body; nil = none is read
	bodySize int64    // -1 = streamed without a limit
	produces []string // media types of the answer, the usual one first
}

var (
	onlyJSON    = []string{"application/json"}
	exportTypes = []string{"application/json", typeNDJSON, typeCSV}
)

var (
	formRead   = form{bodySize: maxBody, produces: onlyJSON}
	formJSON   = form{consumes: onlyJSON, bodySize: maxBody, produces: onlyJSON}
	formStream = form{consumes: []string{"application/x-ndjson", "application/jsonl", "text/csv"}, bodySize: -1, produces: onlyJSON}
)

// transport is check 1, but for method and path, which the mux has matched.
func (s *Server) transport(x *exchange, f form) error {
	r := x.r
	switch {
	case !s.hostAllowed(r.Host):
		return fault.New(fault.HostNotAllowed, "")
	case !s.originAllowed(x):
		return fault.New(fault.OriginNotAllowed, "")
	case len(r.RequestURI) > maxURI:
		return fault.New(fault.URITooLong, "")
	case headerSize(r.Header) > maxHeader:
		return fault.New(fault.HeadersTooLarge, "")
	case f.bodySize >= 0 && r.ContentLength > f.bodySize:
		return fault.New(fault.BodyTooLarge, "")
	case f.consumes != nil && r.ContentLength != 0 && !slices.Contains(f.consumes, mediaType(r)):
		return fault.Newf(fault.UnsupportedMediaType, "Send the body as %s.", strings.Join(f.consumes, " or "))
	case f.consumes != nil && r.ContentLength != 0 && compressed(r.Header):
		return fault.New(fault.UnsupportedMediaType, "Send the body as it is, without a Content-Encoding.")
	case !acceptable(r.Header["Accept"], f.produces):
		return fault.Newf(fault.NotAcceptable, "Answers are %s; the Accept header excludes that.", strings.Join(f.produces, ", "))
	case len(r.Header["Authorization"]) > 1 || len(r.Header["Idempotency-Key"]) > 1:
		return fault.New(fault.InvalidRequest, "Authorization and Idempotency-Key must not be sent twice.")
	}
	return nil
}

func (s *Server) hostAllowed(host string) bool {
	if len(s.hosts) > 0 {
		host = strings.ToLower(host)
		if s.hosts[host] || s.hosts[hostName(host)] {
			return true
		}
	}
	return s.loopback.Load() && isLoopback(hostName(host))
}

// hostName drops the port.
func hostName(host string) string {
	if name, port, err := net.SplitHostPort(host); err == nil {
		if _, err := strconv.ParseUint(port, 10, 16); err != nil {
			return host // what stands there is no port, so that this is no name that is served
		}
		return name
	}
	return strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
}

func isLoopback(name string) bool {
	if strings.EqualFold(name, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(name)
	return err == nil && a.IsLoopback()
}

// originAllowed also lets a listed origin's scripts read the answer.
func (s *Server) originAllowed(x *exchange) bool {
	given, present := x.r.Header["Origin"]
	if !present {
		return true
	}
	if len(given) != 1 || !s.origins[strings.ToLower(given[0])] {
		return false
	}
	h := x.Header()
	h.Set("Access-Control-Allow-Origin", given[0])
	h.Set("Access-Control-Expose-Headers", "Content-Disposition, ETag, Idempotent-Replayed, RateLimit, RateLimit-Policy, Retry-After, Unstuck-Total, Unstuck-Truncated, WWW-Authenticate, X-Request-Id")
	h.Add("Vary", "Origin")
	return true
}

// preflight answers a browser that asks before it sends a listed origin's request. False means that it was none.
func (s *Server) preflight(x *exchange, methods []string) bool {
	h := x.r.Header
	if h.Get("Origin") == "" || h.Get("Access-Control-Request-Method") == "" || !s.hostAllowed(x.r.Host) || !s.originAllowed(x) {
		return false
	}
	x.Header().Set("Access-Control-Allow-Methods", strings.Join(methods, ", "))
	x.Header().Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, If-None-Match, Prefer, X-Request-Id")
	x.Header().Set("Access-Control-Max-Age", "600")
	x.send(http.StatusNoContent, nil)
	return true
}

func headerSize(h http.Header) (n int) {
	for name, values := range h {
		for _, v := range values {
			n += len(name) + len(v) + len(": \r\n")
		}
	}
	return n
}

// mediaType returns the type of the body, lower case; "" when there are several or a charset other than UTF-8.
func mediaType(r *http.Request) string {
	given := r.Header["Content-Type"]
	if len(given) != 1 {
		return ""
	}
	name, params, _ := strings.Cut(given[0], ";")
	if charset, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(params)), "charset="); ok && strings.Trim(charset, `"`) != "utf-8" {
		return ""
	}
	return strings.ToLower(strings.TrimSpace(name))
}

// compressed reports whether the body has a content coding other than identity.
func compressed(h http.Header) bool {
	for _, line := range h["Content-Encoding"] {
		for coding := range strings.SplitSeq(line, ",") {
			if coding = strings.TrimSpace(coding); coding != "" && !strings.EqualFold(coding, "identity") {
				return true
			}
		}
	}
	return false
}

func acceptable(header, produces []string) bool {
	_, ok := negotiate(header, produces)
	return ok
}

// negotiate returns the media type to answer with: the one that the Accept header likes best, by quality and then by how specifically it is named
// (RFC 9110), the first of several. */* stands for the usual one alone, which whoever sends it expects. ok is false when the header excludes all; no
// header accepts all.
func negotiate(header, produces []string) (chosen string, ok bool) {
	if len(header) == 0 || len(header) == 1 && (header[0] == produces[0] || header[0] == "*/*") {
		return produces[0], true
	}
	chosen = produces[0]
	best, named := 0.0, -1
	for i, name := range produces {
		quality, rank := liking(header, name)
		if i > 0 && rank == 0 {
			continue
		}
		if quality > best || quality == best && quality > 0 && rank > named {
			chosen, best, named, ok = name, quality, rank, true
		}
	}
	return chosen, ok
}

// liking returns the quality of the most specific range that covers the type, and how specific it is.
func liking(header []string, name string) (quality float64, rank int) {
	rank = -1
	for _, line := range header {
		for one := range strings.SplitSeq(line, ",") {
			mediaRange, params, _ := strings.Cut(one, ";")
			if r := covers(strings.ToLower(strings.TrimSpace(mediaRange)), name); r > rank {
				rank, quality = r, qualityOf(params)
			}
		}
	}
	return quality, rank
}

// covers returns how specifically a media range names the type: 2 exactly, 1 by its class, 0 as any, -1 not at all.
func covers(mediaRange, name string) int {
	class, _, _ := strings.Cut(name, "/")
	switch mediaRange {
	case name:
		return 2
	case class + "/*":
		return 1
	case "*/*":
		return 0
	}
	return -1
}

func qualityOf(params string) float64 {
	for p := range strings.SplitSeq(params, ";") {
		if v, ok := strings.CutPrefix(strings.TrimSpace(p), "q="); ok {
			q, _ := strconv.ParseFloat(v, 64)
			return q
		}
	}
	return 1
}

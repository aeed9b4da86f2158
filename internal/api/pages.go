package api

import (
	"net/netip"
	"strings"

	"github.com/unstuckengine/unstuck/internal/fault"
)

const pagesRoute = "pages"

// isPage reports whether the path is one of the admin pages', which check for themselves who asks.
func isPage(path string) bool {
	for _, root := range []string{"/admin", "/device"} {
		if rest, below := strings.CutPrefix(path, root); below && (rest == "" || rest[0] == '/') {
			return true
		}
	}
	return path == "/"
}

// page hands a request over to the admin pages. A foreign Host is refused here, as for every route: behind it may stand a name that was made to
// point at this machine.
func (s *Server) page(x *exchange) {
	x.route = pagesRoute
	if !s.hostAllowed(x.r.Host) {
		x.end(fault.New(fault.HostNotAllowed, ""))
		return
	}
	r := *x.r
	r.RemoteAddr = netip.AddrPortFrom(s.source(x), 0).String() // who is behind a trusted proxy, for throttles and lists of logins
	s.Pages.ServeHTTP(x, &r)
}

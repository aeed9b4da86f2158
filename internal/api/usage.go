package api

import (
	"github.com/unstuckengine/unstuck/internal/tools"
	"github.com/unstuckengine/unstuck/internal/usage"
)

// count tells of a request whose key was proved. A watch is not told of: it is held and asked for again all day by programs of ours.
func (s *Server) count(x *exchange) {
	if s.Usage == nil || x.tool == nil || x.tool == tools.WatchAccess.Spec {
		return
	}
	e := usage.Event{WorkspaceID: x.caller.WorkspaceID, KeyID: x.caller.KeyID, Tool: x.tool.Name, Agent: x.r.UserAgent(),
		At: x.caller.Now, Status: x.outcome(), Remaining: usage.Unlimited}
	if x.quota.Limit > 0 {
		e.Remaining = x.quota.Remaining
	}
	s.Usage(e)
}

const statusLeft = 499 // as servers call the answer to a caller who did not wait for it

// outcome is the status that tells how the request ended: not the server's fault when the caller had gone, and not well when the answer broke off.
func (x *exchange) outcome() int {
	switch {
	case x.fault == nil:
		return x.status
	case x.fault.Code.Status() >= 500 && x.r.Context().Err() != nil:
		return statusLeft
	}
	return x.fault.Code.Status()
}

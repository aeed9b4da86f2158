package mcpserver

import (
	"encoding/json"
	"net/http"

	"github.com/mark3labs/mcp-go/mcp"
)

// refusal is a JSON-RPC error. Its text is fixed: neither input nor a library's words reach a client.
type refusal struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"data,omitempty"`
}

var (
	refuseParse   = &refusal{Code: mcp.PARSE_ERROR, Message: "Parse error: send one strict JSON value in UTF-8, each member name once."}
	refuseRequest = &refusal{Code: mcp.INVALID_REQUEST, Message: "Invalid request: send one JSON-RPC 2.0 object with exact member names and a valid id."}
	refuseMethod  = &refusal{Code: mcp.METHOD_NOT_FOUND, Message: "Method not found."}
	refuseParams  = &refusal{Code: mcp.INVALID_PARAMS, Message: "Invalid params: they do not fit the protocol version of the request."}
	refuseTool    = &refusal{Code: mcp.INVALID_PARAMS, Message: "Unknown tool: call tools/list for the tools of this key."}
	refuseHeaders = &refusal{Code: mcp.HEADER_MISMATCH, Message: "Headers and body disagree: MCP-Protocol-Version, Mcp-Method and Mcp-Name must state what the body states."}
	refuseOurs    = &refusal{Code: mcp.INTERNAL_ERROR, Message: "Internal error."}
)

func refuseVersion(supported []string) *refusal {
	return &refusal{Code: mcp.UNSUPPORTED_PROTOCOL_VERSION, Message: "Unsupported protocol version.", Data: map[string]any{"supported": supported}}
}

// refusalFor replaces the library's error by ours of the same code.
func refusalFor(code int) *refusal {
	for _, r := range []*refusal{refuseParse, refuseRequest, refuseMethod, refuseParams, refuseHeaders} {
		if r.Code == code {
			return r
		}
	}
	return refuseOurs
}

// status is the HTTP status that goes with the refusal. Legacy revisions know only 400, for what is no request at all.
func (r *refusal) status(modern bool) int {
	switch {
	case r.Code == mcp.PARSE_ERROR, r.Code == mcp.INVALID_REQUEST, r.Code == mcp.HEADER_MISMATCH, r.Code == mcp.UNSUPPORTED_PROTOCOL_VERSION:
		return http.StatusBadRequest
	case !modern, r.Code == mcp.INTERNAL_ERROR:
		return http.StatusOK
	case r.Code == mcp.METHOD_NOT_FOUND:
		return http.StatusNotFound
	default:
		return http.StatusBadRequest
	}
}

// encode returns the error response; an unknown id is null.
func (r *refusal) encode(id json.RawMessage) []byte {
	body, err := json.Marshal(r)
	if err != nil {
		panic(err) // every refusal is one of ours
	}
	return envelope(id, "error", body)
}

// envelope writes a response with the id as the client spelt it.
func envelope(id json.RawMessage, member string, body []byte) []byte {
	if id == nil {
		id = json.RawMessage("null")
	}
	out := make([]byte, 0, len(body)+len(id)+40)
	out = append(append(out, `{"jsonrpc":"2.0","id":`...), id...)
	out = append(append(append(out, `,"`...), member...), `":`...)
	return append(append(out, body...), '}')
}

package mcpserver

import (
	"encoding/json"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/tools"
)

const maxIDBytes = 256

// message is one JSON-RPC message, read strictly. When refusal is set, only id may be used besides.
type message struct {
	id       json.RawMessage // nil for a notification or a response
	method   string          // "" for a response
	params   json.RawMessage // an object, or nil
	version  string          // protocol version that _meta declares; "" on legacy requests
	meta     json.RawMessage
	info     json.RawMessage // what the client says of itself, or nil
	progress json.RawMessage // token under which the client wants to be told of progress, or nil
	cursor   json.RawMessage
	cancels  json.RawMessage // the id that notifications/cancelled names
	rawName  json.RawMessage
	name     string      // of the tool, on tools/call
	spec     *tools.Spec // nil for an unknown tool
	args     json.RawMessage
	refusal  *refusal
}

func (m *message) modern() bool { return mcp.IsModernProtocol(m.version) }
func (m *message) versionKnown() bool {
	return m.version == "" || mcp.IsValidProtocolVersion(m.version)
}
func (m *message) notification() bool { return m.refusal == nil && m.method != "" && m.id == nil }
func (m *message) response() bool     { return m.refusal == nil && m.method == "" }
func (m *message) isCall() bool       { return m.method == string(mcp.MethodToolsCall) }

// parse reads data. Member names count in exact case alone: mcp-go's decoder, which sees the message after us, would take
// any case, and of two spellings the last.
func parse(data []byte) *message {
	m := &message{}
	if strictjson.Check(data, strictjson.Options{FiniteNumbers: true}) != nil {
		m.refusal = refuseParse
		return m
	}
	e, exact := readEnvelope(data)
	if !exact {
		m.refusal = refuseRequest
		return m
	}
	m.refusal = m.envelope(e)
	if m.refusal == nil && m.id != nil {
		m.refusal = m.request()
	}
	return m
}

// envelopeMembers are those of the outermost object; a member that is not there is nil.
type envelopeMembers struct{ version, id, method, params, result, err []byte }

// readEnvelope returns false for anything but an object whose names are exact.
func readEnvelope(data []byte) (e envelopeMembers, exact bool) {
	exact = true
	object := strictjson.Members(data, func(name, value []byte) {
		switch string(name) {
		case "jsonrpc":
			e.version = value
		case "id":
			e.id = value
		case "method":
			e.method = value
		case "params":
			e.params = value
		case "result":
			e.result = value
		case "error":
			e.err = value
		default:
			exact = exact && !misspells(name, "jsonrpc", "id", "method", "params", "result", "error")
		}
	})
	return e, object && exact
}

func (m *message) envelope(e envelopeMembers) *refusal {
	if e.id != nil && !validID(e.id) {
		return refuseRequest
	}
	m.id = e.id
	answers := e.result != nil || e.err != nil
	switch {
	case string(e.version) != `"2.0"`, e.method == nil && !(answers && e.id != nil), e.method != nil && answers:
		return refuseRequest
	case e.method == nil:
		m.id = nil // an answer to something that we never ask
		return nil
	case json.Unmarshal(e.method, &m.method) != nil || m.method == "":
		return refuseRequest
	case e.params == nil:
		return nil
	}
	m.params = e.params
	return m.readParams()
}

// readParams picks the members that mean something to us, of whichever method.
func (m *message) readParams() *refusal {
	exact := true
	object := strictjson.Members(m.params, func(name, value []byte) {
		switch string(name) {
		case "_meta":
			m.meta = value
		case "name":
			m.rawName = value
		case "arguments":
			m.args = value
		case "cursor":
			m.cursor = value
		case "requestId":
			m.cancels = value
		case "clientInfo":
			m.info = value
		default:
			exact = exact && !misspells(name, "_meta", "name", "arguments", "cursor", "requestId", "protocolVersion", "capabilities", "clientInfo", "notifications")
		}
	})
	if !object || !exact {
		return refuseRequest
	}
	return m.readMeta()
}

func (m *message) readMeta() *refusal {
	if m.meta == nil {
		return nil
	}
	var version, capabilities []byte
	object := strictjson.Members(m.meta, func(name, value []byte) {
		switch string(name) {
		case mcp.MetaKeyProtocolVersion:
			version = value
		case mcp.MetaKeyClientCapabilities:
			capabilities = value
		case mcp.MetaKeyClientInfo:
			m.info = value
		case "progressToken":
			if validID(value) {
				m.progress = value
			}
		}
	})
	if !object || version != nil && json.Unmarshal(version, &m.version) != nil {
		return refuseParams
	}
	if m.versionKnown() && m.modern() && m.id != nil && (len(capabilities) == 0 || capabilities[0] != '{') {
		return refuseParams
	}
	return nil
}

// request refuses what this server does not serve, so that the library's texts, which echo input, are never needed.
func (m *message) request() *refusal {
	if !m.versionKnown() {
		return refuseVersion(mcp.ValidProtocolVersions)
	}
	switch mcp.MCPMethod(m.method) {
	case mcp.MethodInitialize, mcp.MethodPing:
		if m.modern() {
			return refuseMethod
		}
	case mcp.MethodSubscriptionsListen:
		if !m.modern() {
			return refuseMethod
		}
	case mcp.MethodServerDiscover:
	case mcp.MethodToolsList:
		if m.cursor != nil && string(m.cursor) != `""` {
			return refuseParams // the list is never parted, so every cursor is foreign
		}
	case mcp.MethodToolsCall:
		m.readCall()
	default:
		return refuseMethod
	}
	return nil
}

func (m *message) readCall() {
	if m.rawName != nil && json.Unmarshal(m.rawName, &m.name) == nil {
		m.spec, _ = tools.ByName(m.name)
	}
	if m.args == nil || string(m.args) == "null" {
		m.args = json.RawMessage("{}")
	}
}

// forLibrary is the message as mcp-go gets it: the members that were read, in one spelling. Calls never go there.
func (m *message) forLibrary() json.RawMessage {
	method, _ := json.Marshal(m.method)
	out := append(json.RawMessage(`{"jsonrpc":"2.0","id":`), m.id...)
	out = append(append(out, `,"method":`...), method...)
	if m.params != nil {
		out = append(append(out, `,"params":`...), m.params...)
	}
	return append(out, '}')
}

// misspells reports that name is another spelling, by case, of a name that has a meaning.
func misspells(name []byte, names ...string) bool {
	for _, meant := range names {
		if strings.EqualFold(string(name), meant) && string(name) != meant {
			return true
		}
	}
	return false
}

// validID takes strings of at most 256 bytes and whole numbers that a double holds exactly.
func validID(raw json.RawMessage) bool {
	if raw[0] == '"' {
		var text string
		return json.Unmarshal(raw, &text) == nil && len(text) <= maxIDBytes
	}
	var n int64
	const most = 1 << 53
	return json.Unmarshal(raw, &n) == nil && string(raw) != "null" && -most <= n && n <= most
}

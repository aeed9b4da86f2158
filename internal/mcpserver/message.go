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
	id      json.RawMessage // nil for a notification or a response
	method  string          // "" for a response
	params  json.RawMessage // an object, or nil
	version string          // protocol version that _meta declares; "" on legacy requests
	meta    json.RawMessage
	name    string      // of the tool, on tools/call
	spec    *tools.Spec // nil for an unknown tool
	args    json.RawMessage
	refusal *refusal
}

func (m *message) modern() bool       { return mcp.IsModernProtocol(m.version) }
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
	members, ok := object(data)
	if !ok || !exact(members, "jsonrpc", "id", "method", "params", "result", "error") {
		m.refusal = refuseRequest
		return m
	}
	m.refusal = m.envelope(members)
	if m.refusal == nil && m.id != nil {
		m.refusal = m.request()
	}
	return m
}

func (m *message) envelope(members map[string]json.RawMessage) *refusal {
	id, hasID := members["id"]
	if hasID && !validID(id) {
		return refuseRequest
	}
	m.id = id
	if string(members["jsonrpc"]) != `"2.0"` {
		return refuseRequest
	}
	method, hasMethod := members["method"]
	if !hasMethod {
		if members["result"] == nil && members["error"] == nil || !hasID {
			return refuseRequest
		}
		m.id = nil // an answer to something that we never ask
		return nil
	}
	if json.Unmarshal(method, &m.method) != nil || m.method == "" || members["result"] != nil || members["error"] != nil {
		return refuseRequest
	}
	if m.params = members["params"]; m.params == nil {
		return nil
	}
	inner, ok := object(m.params)
	if !ok || !exact(inner, "_meta", "name", "arguments", "cursor", "requestId", "protocolVersion", "capabilities", "clientInfo", "notifications") {
		return refuseRequest
	}
	m.meta = inner["_meta"]
	return m.readMeta()
}

func (m *message) readMeta() *refusal {
	if m.meta == nil {
		return nil
	}
	meta, ok := object(m.meta)
	if !ok {
		return refuseParams
	}
	if raw, ok := meta[mcp.MetaKeyProtocolVersion]; ok && json.Unmarshal(raw, &m.version) != nil {
		return refuseParams
	}
	return nil
}

// request refuses what this server does not serve, so that the library's texts, which echo input, are never needed.
func (m *message) request() *refusal {
	if m.modern() && !mcp.IsValidProtocolVersion(m.version) {
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
		if inner, _ := object(m.params); inner["cursor"] != nil && string(inner["cursor"]) != `""` {
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
	inner, _ := object(m.params)
	if json.Unmarshal(inner["name"], &m.name) == nil {
		m.spec, _ = tools.ByName(m.name)
	}
	if m.args = inner["arguments"]; m.args == nil || string(m.args) == "null" {
		m.args = json.RawMessage("{}")
	}
}

// forLibrary is the message as mcp-go gets it. Arguments stay with us, since a handler reads them from its caller; what
// else a client may put into tools/call (tasks, input responses) is not served and not passed on.
func (m *message) forLibrary() json.RawMessage {
	params := m.params
	if m.isCall() {
		name, _ := json.Marshal(m.name)
		params = append(append(json.RawMessage(`{"name":`), name...), `,"arguments":{}`...)
		if m.meta != nil {
			params = append(append(params, `,"_meta":`...), m.meta...)
		}
		params = append(params, '}')
	}
	method, _ := json.Marshal(m.method)
	out := append(json.RawMessage(`{"jsonrpc":"2.0","id":`), m.id...)
	out = append(append(out, `,"method":`...), method...)
	if params != nil {
		out = append(append(out, `,"params":`...), params...)
	}
	return append(out, '}')
}

func object(raw json.RawMessage) (map[string]json.RawMessage, bool) {
	var members map[string]json.RawMessage
	err := json.Unmarshal(raw, &members)
	return members, err == nil && members != nil
}

// exact reports that no member is another spelling, by case, of a name that has a meaning.
func exact(members map[string]json.RawMessage, names ...string) bool {
	for member := range members {
		for _, name := range names {
			if member != name && strings.EqualFold(member, name) {
				return false
			}
		}
	}
	return true
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

package activity

import (
	"strings"
	"time"
)

// Filter narrows a listing; zero fields do not narrow. From is included, To is not.
type Filter struct {
	Actor      string // exact name of the actor, or the public id of the key that acted
	Kind       Kind
	Action     Action // one action, or a group such as "key.*"
	ObjectType string
	ObjectID   string
	From       time.Time
	To         time.Time
	Before     string // id of the last entry already seen: only older ones follow
	Limit      int    // at most this many; 0 means all
}

// Group returns what the names of all actions of a group begin with, such as "key." for "key.*"; ok is false for a single action.
func (a Action) Group() (prefix string, ok bool) {
	prefix, ok = strings.CutSuffix(string(a), "*")
	return prefix, ok && strings.HasSuffix(prefix, ".")
}

// View is the JSON form of an entry, as the command line and the API print it.
type View struct {
	ID        string            `json:"id"`
	At        time.Time         `json:"at"`
	Actor     string            `json:"actor"`
	ActorKind Kind              `json:"actor_kind"`
	Badge     string            `json:"badge,omitempty"`  // "API key" when the change came through a key
	KeyID     string            `json:"key_id,omitempty"` // public id of that key
	Door      string            `json:"door,omitempty"`
	Address   string            `json:"address,omitempty"`
	Action    Action            `json:"action"`
	Object    Object            `json:"object"`
	Detail    map[string]string `json:"detail"` // never null
}

// Object names what was changed.
type Object struct {
	Type string `json:"type"`
	ID   string `json:"id"`
}

// View returns the JSON form of e.
func (e Entry) View() View {
	v := View{
		ID: e.ID, At: e.At.UTC(), Actor: e.Actor.Name, ActorKind: e.Actor.Kind, Action: e.Action,
		Door: e.Source.Door, Address: e.Source.Address,
		Object: Object{Type: e.ObjectType, ID: e.ObjectID}, Detail: e.Detail,
	}
	if e.Actor.Kind == ByKey {
		v.Badge, v.KeyID = Badge, e.Actor.KeyID
	}
	if v.Detail == nil {
		v.Detail = map[string]string{}
	}
	return v
}

// Entry returns the entry of the workspace that v is the form of.
func (v View) Entry(workspaceID string) Entry {
	return Entry{
		ID: v.ID, WorkspaceID: workspaceID, At: v.At.UTC(), Actor: Actor{v.ActorKind, v.Actor, v.KeyID}, Source: Source{v.Door, v.Address},
		Action: v.Action, ObjectType: v.Object.Type, ObjectID: v.Object.ID, Detail: v.Detail,
	}
}

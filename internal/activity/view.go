package activity

import "time"

// Filter narrows a listing; zero fields do not narrow. From is included, To is not.
type Filter struct {
	Actor  string // exact name of the actor
	Action Action
	From   time.Time
	To     time.Time
	Before string // id of the last entry already seen: only older ones follow
	Limit  int    // at most this many; 0 means all
}

// View is the JSON form of an entry, as the command line and the API print it.
type View struct {
	ID        string            `json:"id"`
	At        time.Time         `json:"at"`
	Actor     string            `json:"actor"`
	ActorKind Kind              `json:"actor_kind"`
	Badge     string            `json:"badge,omitempty"`  // "API key" when the change came through a key
	KeyID     string            `json:"key_id,omitempty"` // public id of that key
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

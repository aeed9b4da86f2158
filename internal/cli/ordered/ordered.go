// Package ordered is a JSON object that keeps the order and the spelling of its members, so that a file edited by a
// program looks to its owner as before.
package ordered

import (
	"bytes"
	"encoding/json"
	"errors"
)

// Object is a JSON object. The zero value is the empty object.
type Object struct{ members []Member }

// Member is one member of an object.
type Member struct {
	Name  string
	Value json.RawMessage
}

var errNoObject = errors.New("must be a JSON object")

// Parse reads one JSON object. When a name comes twice the later member counts, in the place of the first.
func Parse(text []byte) (Object, error) {
	var o Object
	dec := json.NewDecoder(bytes.NewReader(text))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return o, errNoObject
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return o, err
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return o, err
		}
		o.Set(name.(string), value)
	}
	if _, err := dec.Token(); err != nil {
		return o, err
	}
	if dec.More() {
		return o, errNoObject
	}
	return o, nil
}

// Members returns the members in their order; they must not be changed.
func (o Object) Members() []Member { return o.members }

// Get returns the value of the member, nil when there is none.
func (o Object) Get(name string) json.RawMessage {
	for _, m := range o.members {
		if m.Name == name {
			return m.Value
		}
	}
	return nil
}

// Set replaces the member's value, or adds the member at the end.
func (o *Object) Set(name string, value json.RawMessage) {
	for i, m := range o.members {
		if m.Name == name {
			o.members[i].Value = value
			return
		}
	}
	o.members = append(o.members, Member{name, value})
}

// MarshalJSON writes the members in their order.
func (o Object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o.members {
		if i > 0 {
			b.WriteByte(',')
		}
		name, err := json.Marshal(m.Name)
		if err != nil {
			return nil, err
		}
		b.Write(name)
		b.WriteByte(':')
		b.Write(m.Value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

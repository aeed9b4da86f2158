package strictjson

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/unstuckengine/unstuck/internal/fault"
)

// Canonical returns the one spelling of a JSON value: no white space, the members of every object sorted by the bytes of their names,
// strings with the fewest escapes (quote, backslash, control characters), numbers in one exact decimal form (1, 1.0 and 10e-1 are 1; -0 is
// 0; no digit is dropped). Equal values give equal bytes. data must pass Check with FiniteNumbers; the error is Check's. The result never aliases data.
func Canonical(data []byte) ([]byte, error) {
	if err := check(data, Options{FiniteNumbers: true}); err != nil {
		return nil, err
	}
	c := canonicaliser{cursor: cursor{data: data}, out: make([]byte, 0, len(data))}
	c.value()
	return c.out, nil
}

// CanonicalValue is Canonical of a Go value's JSON. A value that has none gives an internal error.
func CanonicalValue(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fault.Wrap(fault.Internal, err)
	}
	return Canonical(b.Bytes())
}

type canonicaliser struct {
	cursor
	out []byte
}

// member is where one written member stands in out.
type member struct {
	name       []byte
	start, end int
}

func (c *canonicaliser) value() {
	switch c.next() {
	case '{':
		c.object()
	case '[':
		c.out = append(c.out, '[')
		c.elements(func(i int) {
			if i > 0 {
				c.out = append(c.out, ',')
			}
			c.value()
		})
		c.out = append(c.out, ']')
	case '"':
		c.out = appendQuoted(c.out, c.text())
	case 't', 'f', 'n':
		c.out = append(c.out, c.skip()...)
	default:
		c.out = appendNumber(c.out, c.number())
	}
}

// object writes the members as they come and puts them in order afterwards, which mostly is no work.
func (c *canonicaliser) object() {
	var list []member
	c.out = append(c.out, '{')
	c.members(func(name []byte) {
		if len(list) > 0 {
			c.out = append(c.out, ',')
		}
		m := member{name: name, start: len(c.out)}
		c.out = append(appendQuoted(c.out, name), ':')
		c.value()
		m.end = len(c.out)
		list = append(list, m)
	})
	if byName := func(a, b member) int { return bytes.Compare(a.name, b.name) }; !slices.IsSortedFunc(list, byName) {
		c.reorder(list, byName)
	}
	c.out = append(c.out, '}')
}

func (c *canonicaliser) reorder(list []member, byName func(a, b member) int) {
	start := list[0].start
	slices.SortFunc(list, byName)
	sorted := make([]byte, 0, len(c.out)-start)
	for i, m := range list {
		if i > 0 {
			sorted = append(sorted, ',')
		}
		sorted = append(sorted, c.out[m.start:m.end]...)
	}
	c.out = append(c.out[:start], sorted...)
}

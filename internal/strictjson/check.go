package strictjson

import (
	"bytes"
	"sync"
	"unicode/utf8"

	"github.com/unstuckengine/unstuck/internal/fault"
)

// smallObject is the number of members up to which names are compared one by one; beyond it a map keeps the cost linear.
const smallObject = 24

// checker walks untrusted text once. names holds the decoded member names of all open objects, innermost last.
type checker struct {
	data   []byte
	pos    int
	opt    Options
	names  [][]byte
	frames []frame
}

// frame is one open object or array.
type frame struct {
	object bool
	first  int // index in names of the object's first name
	index  int // of the array's current element
	seen   map[string]struct{}
}

var checkers = sync.Pool{New: func() any { return &checker{} }}

func check(data []byte, opt Options) *fault.Error {
	if bytes.HasPrefix(data, []byte("\xef\xbb\xbf")) {
		return refusal(textBOM)
	}
	if !utf8.Valid(data) {
		return refusal(textUTF8)
	}
	c := checkers.Get().(*checker)
	c.data, c.pos, c.opt = data, 0, opt
	err := c.document()
	c.release()
	return err
}

// release drops every reference to the text before the checker goes back.
func (c *checker) release() {
	clear(c.names)
	clear(c.frames)
	c.data, c.names, c.frames = nil, c.names[:0], c.frames[:0]
	if cap(c.names) <= 1024 {
		checkers.Put(c)
	}
}

func (c *checker) document() *fault.Error {
	if err := c.value(); err != nil {
		return err
	}
	if c.space(); c.pos != len(c.data) {
		return syntax(c.pos)
	}
	return nil
}

func (c *checker) space() {
	for c.pos < len(c.data) && isSpace(c.data[c.pos]) {
		c.pos++
	}
}

func isSpace(b byte) bool { return b == ' ' || b == '\n' || b == '\t' || b == '\r' }

// next skips white space and returns the byte that follows, 0 at the end.
func (c *checker) next() byte {
	if c.space(); c.pos < len(c.data) {
		return c.data[c.pos]
	}
	return 0
}

func (c *checker) value() *fault.Error {
	switch b := c.next(); b {
	case '{':
		return c.object()
	case '[':
		return c.array()
	case '"':
		_, err := c.text()
		return err
	case 't':
		return c.literal("true")
	case 'f':
		return c.literal("false")
	case 'n':
		return c.literal("null")
	default:
		return c.number()
	}
}

func (c *checker) literal(word string) *fault.Error {
	if !bytes.HasPrefix(c.data[c.pos:], []byte(word)) {
		return syntax(c.pos)
	}
	c.pos += len(word)
	return nil
}

func (c *checker) number() *fault.Error {
	end, ok := scanNumber(c.data, c.pos)
	if !ok {
		return syntax(end)
	}
	if c.opt.FiniteNumbers && !finite(c.data[c.pos:end]) {
		return fault.Invalid(c.path(), "number out of range")
	}
	c.pos = end
	return nil
}

func (c *checker) open(object bool) *fault.Error {
	if len(c.frames) >= MaxDepth {
		return refusal(textDeep)
	}
	c.frames = append(c.frames, frame{object: object, first: len(c.names)})
	c.pos++
	return nil
}

func (c *checker) close() *fault.Error {
	last := len(c.frames) - 1
	first := c.frames[last].first
	clear(c.names[first:])
	clear(c.frames[last:])
	c.names, c.frames = c.names[:first], c.frames[:last]
	c.pos++
	return nil
}

func (c *checker) array() *fault.Error {
	if err := c.open(false); err != nil {
		return err
	}
	if c.next() == ']' {
		return c.close()
	}
	for {
		if err := c.value(); err != nil {
			return err
		}
		switch c.next() {
		case ',':
			c.pos++
			c.frames[len(c.frames)-1].index++
		case ']':
			return c.close()
		default:
			return syntax(c.pos)
		}
	}
}

func (c *checker) object() *fault.Error {
	if err := c.open(true); err != nil {
		return err
	}
	if c.next() == '}' {
		return c.close()
	}
	for {
		if err := c.member(); err != nil {
			return err
		}
		switch c.next() {
		case ',':
			c.pos++
		case '}':
			return c.close()
		default:
			return syntax(c.pos)
		}
	}
}

func (c *checker) member() *fault.Error {
	if c.next() != '"' {
		return syntax(c.pos)
	}
	start := c.pos + 1
	escaped, err := c.text()
	if err != nil {
		return err
	}
	name := c.data[start : c.pos-1]
	if escaped {
		name = unescape(nil, name)
	}
	known := c.known(name)
	if c.names = append(c.names, name); known {
		return duplicate(c.path())
	}
	if c.next() != ':' {
		return syntax(c.pos)
	}
	c.pos++
	return c.value()
}

// known reports whether the innermost object has a member of that name already.
func (c *checker) known(name []byte) bool {
	f := &c.frames[len(c.frames)-1]
	names := c.names[f.first:]
	if len(names) < smallObject {
		for _, n := range names {
			if len(n) == len(name) && string(n) == string(name) {
				return true
			}
		}
		return false
	}
	if f.seen == nil {
		f.seen = make(map[string]struct{}, 4*smallObject)
		for _, n := range names {
			f.seen[string(n)] = struct{}{}
		}
	}
	_, ok := f.seen[string(name)]
	f.seen[string(name)] = struct{}{}
	return ok
}

// path names the place where the checker stands. It runs on refusals only.
func (c *checker) path() string {
	segments := make([]segment, 0, len(c.frames))
	for i, f := range c.frames {
		end := len(c.names)
		if i+1 < len(c.frames) {
			end = c.frames[i+1].first
		}
		switch {
		case !f.object:
			segments = append(segments, segment{index: f.index})
		case end > f.first:
			segments = append(segments, segment{name: nonNil(c.names[end-1])})
		}
	}
	return pathOf(segments)
}

func nonNil(name []byte) []byte {
	if name == nil {
		return []byte{}
	}
	return name
}

package strictjson

import "bytes"

// cursor walks text that check has accepted, so it looks for nothing but structure.
type cursor struct {
	data []byte
	pos  int
}

// next skips white space and returns the byte that follows.
func (c *cursor) next() byte {
	for isSpace(c.data[c.pos]) {
		c.pos++
	}
	return c.data[c.pos]
}

// text reads the string literal at pos and returns its inside, decoded when it held escapes; otherwise it aliases the text.
func (c *cursor) text() []byte {
	start := c.pos + 1
	i, escaped := start, false
	for c.data[i] != '"' {
		if c.data[i] == '\\' {
			escaped = true
			i++
		}
		i++
	}
	c.pos = i + 1
	if escaped {
		return unescape(nil, c.data[start:i])
	}
	return c.data[start:i:i]
}

func (c *cursor) number() []byte {
	start := c.pos
	c.pos, _ = scanNumber(c.data, start)
	return c.data[start:c.pos:c.pos]
}

// skip reads the value at pos and returns its text.
func (c *cursor) skip() []byte {
	first := c.next()
	start := c.pos
	switch first {
	case '{', '[':
		c.skipNested()
	case '"':
		c.skipText()
	case 't', 'n':
		c.pos += 4
	case 'f':
		c.pos += 5
	default:
		c.number()
	}
	return c.data[start:c.pos:c.pos]
}

func (c *cursor) skipNested() {
	for depth := 0; ; {
		switch c.data[c.pos] {
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				c.pos++
				return
			}
		case '"':
			c.skipText()
			continue
		}
		c.pos++
	}
}

func (c *cursor) skipText() {
	i := c.pos + 1
	for {
		i += bytes.IndexByte(c.data[i:], '"')
		back := i - 1
		for c.data[back] == '\\' {
			back--
		}
		if (i-back)%2 == 1 {
			c.pos = i + 1
			return
		}
		i++
	}
}

// elements calls each at the first byte of every element of the array at pos; each must read the element.
func (c *cursor) elements(each func(i int)) {
	c.pos++
	if c.next() == ']' {
		c.pos++
		return
	}
	for i := 0; ; i++ {
		c.next()
		each(i)
		last := c.next() == ']'
		c.pos++
		if last {
			return
		}
	}
}

// members calls each with every member name of the object at pos, standing at the member's value, which each must read.
func (c *cursor) members(each func(name []byte)) {
	c.pos++
	if c.next() == '}' {
		c.pos++
		return
	}
	for {
		c.next()
		name := c.text()
		c.next() // the colon
		c.pos++
		c.next()
		each(name)
		last := c.next() == '}'
		c.pos++
		if last {
			return
		}
	}
}

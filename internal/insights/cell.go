package insights

import (
	"cmp"
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// cell is a key or a figure of a group: what is answered, and what it is ordered by.
type cell struct {
	json []byte
	rank rank
	num  int64    // of a number that fits, and of a time
	big  *big.Rat // of another number; nil when num is it
	text string
}

// rank is the order of types; missing values come last whatever the direction.
type rank byte

const (
	rankBool   rank = 'b'
	rankNumber rank = 'n'
	rankOther  rank = 'o' // objects and lists, by their JSON text
	rankText   rank = 's'
	rankTime   rank = 't'
	rankNull   rank = 'z'
)

var null = cell{json: []byte("null"), rank: rankNull}

func number(n int64) cell { return cell{json: strconv.AppendInt(nil, n, 10), rank: rankNumber, num: n} }

// decimal reads a number in JSON; its spelling is kept.
func decimal(literal string) cell {
	if n, err := strconv.ParseInt(literal, 10, 64); err == nil {
		return number(n)
	}
	r, _ := new(big.Rat).SetString(literal) // a decimal number, as stores give them
	return cell{json: []byte(literal), rank: rankNumber, big: r}
}

func plainText(s string) cell { return cell{json: quoted(s), rank: rankText, text: s} }

func quoted(s string) []byte {
	b, err := marshal(s)
	if err != nil { // texts always have a JSON form
		return []byte("null")
	}
	return b
}

func moment(us int64) cell {
	return cell{json: quoted(time.UnixMicro(us).UTC().Format(time.RFC3339Nano)), rank: rankTime, num: us}
}

func boolean(n int64) cell {
	return cell{json: strconv.AppendBool(nil, n != 0), rank: rankBool, num: n}
}

// member reads a JSON text.
func member(text string) cell {
	switch {
	case text == "true":
		return boolean(1)
	case text == "false":
		return boolean(0)
	case text[0] == '"':
		var s string
		_ = json.Unmarshal([]byte(text), &s) // was valid when it came in
		return cell{json: []byte(text), rank: rankText, text: s}
	case text[0] == '{', text[0] == '[':
		return cell{json: []byte(text), rank: rankOther, text: text}
	}
	return decimal(text)
}

// keyCell makes a cell of what a store returned for a key.
func keyCell(e Expr, v any) cell {
	switch v := v.(type) {
	case int64:
		switch e.Field.Type {
		case filter.Time:
			return moment(v)
		case filter.Bool:
			return boolean(v)
		}
		return number(v)
	case string:
		switch {
		case e.Field.Type != filter.JSON:
			return plainText(v)
		case e.Folded:
			return member(string(filter.Decode(v)))
		}
		return member(v)
	}
	return null
}

// valueCell makes a cell of what a store returned for a measure.
func valueCell(m Measure, v Value) cell {
	switch m.Fn {
	case wire.Count, wire.CountDistinct:
		return number(v.Count)
	case wire.Sum:
		if v.Sum == "" {
			return null
		}
		return decimal(canonical(v.Sum))
	case wire.Avg:
		return average(v)
	}
	switch {
	case v.Least != "":
		return member(string(filter.Decode(v.Least)))
	case m.Expr.Field.Type == filter.JSON:
		if s, ok := v.Edge.(string); ok {
			return plainText(s)
		}
		return null
	}
	return keyCell(*m.Expr, v.Edge)
}

// average is a text of six places, halves rounded away from zero, and ordered by what it says.
func average(v Value) cell {
	if v.Sum == "" || v.Count == 0 {
		return null
	}
	sum, ok := new(big.Rat).SetString(v.Sum)
	if !ok {
		return null
	}
	text := sum.Quo(sum, new(big.Rat).SetInt64(v.Count)).FloatString(6)
	if strings.Trim(text, "-0.") == "" {
		text = "0.000000"
	}
	said, _ := new(big.Rat).SetString(text)
	return cell{json: quoted(text), rank: rankNumber, big: said}
}

// rat returns a number.
func (c cell) rat() *big.Rat {
	if c.big != nil {
		return c.big
	}
	return new(big.Rat).SetInt64(c.num)
}

// compare orders cells that are not null: by type, numbers by value, texts by their bytes.
func (c cell) compare(d cell) int {
	if c.rank != d.rank {
		return cmp.Compare(c.rank, d.rank)
	}
	switch {
	case c.rank == rankText, c.rank == rankOther:
		return strings.Compare(c.text, d.text)
	case c.big == nil && d.big == nil:
		return cmp.Compare(c.num, d.num)
	}
	return c.rat().Cmp(d.rat())
}

// directed compares for one direction; null comes last in either.
func (c cell) directed(d cell, desc bool) int {
	if c.rank == rankNull || d.rank == rankNull {
		return cmp.Compare(c.rank, d.rank)
	}
	if desc {
		return -c.compare(d)
	}
	return c.compare(d)
}

// seal writes what a cell is ordered by.
func (c cell) seal() any {
	switch {
	case c.rank == rankNull:
		return nil
	case c.rank == rankText, c.rank == rankOther:
		return string(c.rank) + c.text
	}
	return string(c.rank) + c.rat().RatString()
}

// openCell reads what seal wrote.
func openCell(v any) (cell, bool) {
	s, ok := v.(string)
	switch {
	case v == nil:
		return null, true
	case !ok || s == "":
		return cell{}, false
	}
	c := cell{rank: rank(s[0]), text: s[1:]}
	switch c.rank {
	case rankText, rankOther:
		return c, true
	case rankNumber, rankBool, rankTime:
		if len(s) > maxSealed || strings.Trim(s[1:], "-/0123456789") != "" {
			return cell{}, false
		}
		c.big, ok = new(big.Rat).SetString(s[1:])
		return c, ok
	}
	return cell{}, false
}

// maxSealed bounds the work that a forged cursor makes.
const maxSealed = 2000

package filter

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/text"
)

// The first byte of an encoded value tells its type, in the order in which types sort. A list is a JSON array and begins with a bracket.
const (
	tagBool   = 'b'
	tagNumber = 'n'
	tagObject = 'o' // only that it is there can be asked
	tagText   = 's'
)

// MaxSegments is how many names of objects within each other make a path at most.
const MaxSegments = 4

// Index returns what a store keeps beside a JSON object to compare its members by: a flat JSON object, canonical, from the path of each member
// (names of inner objects parted by dots; where two members come to one path, the outermost counts) to its value in the form of Encode, or to
// an array of such for a list. Members that are null are left out, and so are elements of lists that are no texts, numbers, true or false.
// raw must be a valid JSON object; the error is for anything else.
func Index(raw json.RawMessage) (json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var object map[string]any
	if err := dec.Decode(&object); err != nil {
		return nil, fault.Wrap(fault.Internal, err)
	}
	flat := map[string]any{}
	level := []inner{{"", object}}
	for range MaxSegments {
		level = flatten(flat, level)
	}
	return strictjson.CanonicalValue(flat)
}

// inner is an object and what stands before the names of its members.
type inner struct {
	prefix string
	object map[string]any
}

// flatten puts the members of objects at one depth into flat and returns the objects among them.
func flatten(flat map[string]any, level []inner) (deeper []inner) {
	for _, in := range level {
		for _, name := range slices.Sorted(maps.Keys(in.object)) {
			path, value := in.prefix+name, in.object[name]
			if object, ok := value.(map[string]any); ok {
				deeper = append(deeper, inner{path + ".", object})
			}
			if _, taken := flat[path]; !taken && value != nil {
				flat[path] = encodeAny(value)
			}
		}
	}
	return deeper
}

func encodeAny(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return string(tagObject)
	case []any:
		list := []string{}
		for _, e := range v {
			switch e.(type) {
			case string, bool, json.Number:
				list = append(list, Encode(e))
			}
		}
		return list
	}
	return Encode(v)
}

// Encode returns the form in which values of JSON fields are compared: bytewise order is the order of values, numbers exactly by value, texts by
// their folded form, and values of different types differ. v is a string, a bool or a json.Number that strictjson takes.
func Encode(v any) string {
	switch v := v.(type) {
	case string:
		return string(tagText) + text.Fold(v)
	case bool:
		if v {
			return string(tagBool) + "1"
		}
		return string(tagBool) + "0"
	case json.Number:
		return string(tagNumber) + encodeNumber(string(v))
	}
	panic("filter: no JSON scalar")
}

// The first byte of an encoded number is its sign.
const (
	negative = 'm'
	zero     = 'o'
	positive = 'p'
)

// exponentBias keeps exponents positive; those of finite numbers have at most three digits.
const exponentBias = 50_000

// encodeNumber writes 0.digits x 10^point as the sign, the biased point in five digits and the digits. Of a negative number every digit is
// turned to its complement, and the end is marked by what is greater than a digit, so that the order turns too.
func encodeNumber(literal string) string {
	minus, digits, point := decompose(literal)
	if digits == "" {
		return string(zero)
	}
	body := strconv.Itoa(exponentBias+point) + digits
	if !minus {
		return string(positive) + body
	}
	return string(negative) + complement(body) + "~"
}

func complement(digits string) string {
	return strings.Map(func(r rune) rune { return '0' + '9' - r }, digits)
}

func decodeNumber(encoded string) string {
	if len(encoded) < 6 {
		return "0"
	}
	sign, body := "", encoded[1:]
	if encoded[0] == negative {
		sign, body = "-", complement(strings.TrimSuffix(body, "~"))
	}
	point, _ := strconv.Atoi(body[:5]) // five digits, as encodeNumber wrote them
	return sign + "0." + body[5:] + "e" + strconv.Itoa(point-exponentBias)
}

// decompose returns sign and significant digits of a JSON number, and where its point stands relative to them; no digits for zero.
func decompose(literal string) (minus bool, digits string, point int) {
	literal, minus = strings.CutPrefix(literal, "-")
	exponent := 0
	if i := strings.IndexAny(literal, "eE"); i >= 0 {
		exponent, _ = strconv.Atoi(literal[i+1:]) // strictjson takes finite numbers alone
		literal = literal[:i]
	}
	whole, fraction, _ := strings.Cut(literal, ".")
	digits, point = whole+fraction, len(whole)+exponent
	short := strings.TrimLeft(digits, "0")
	return minus, strings.TrimRight(short, "0"), point - (len(digits) - len(short))
}

// Decode returns the JSON text of an encoded value: the canonical number, true or false, or the folded text; null for what Encode cannot make.
func Decode(encoded string) json.RawMessage {
	if encoded == "" {
		return json.RawMessage("null")
	}
	var v any
	switch tail := encoded[1:]; encoded[0] {
	case tagText:
		v = tail
	case tagBool:
		v = tail == "1"
	case tagNumber:
		v = json.Number(decodeNumber(tail))
	}
	out, err := strictjson.CanonicalValue(v)
	if err != nil { // cannot be: a text, a bool or a finite number
		return json.RawMessage("null")
	}
	return out
}

// Package strictjson reads JSON without the leniencies of encoding/json, for every door through which foreign JSON comes in.
//
// A text is accepted only when it is exactly one JSON value (RFC 8259) in valid UTF-8, without lone surrogate escapes, without two
// members of one name in any object (names are compared decoded), and nested at most 64 deep. Decode adds that member names fit the
// Go struct in exact case and that nothing is unknown. Refusals are *fault.Error values with fixed texts and field paths; they never
// carry a value of the input.
package strictjson

import "github.com/unstuckengine/unstuck/internal/fault"

// MaxDepth is the deepest nesting of objects and arrays that is accepted; a scalar has depth 0.
const MaxDepth = 64

// Options adds checks that are about what a value means to the stores behind us, not about JSON.
type Options struct {
	// FiniteNumbers refuses numbers that no float64 can approach (1e999, 1e-999) or that are longer than 128 bytes.
	FiniteNumbers bool
	// RefuseNUL refuses the escape \u0000 in names and strings with validation_failed: PostgreSQL cannot store it.
	RefuseNUL bool
}

// strict is what Decode asks for.
var strict = Options{FiniteNumbers: true, RefuseNUL: true}

// Check reports whether data is one strict JSON value; see the package comment. The error is a *fault.Error of code invalid_json,
// or of code validation_failed for what Options refuses. Nothing is allocated for accepted text without escaped names.
func Check(data []byte, opt Options) error {
	if err := check(data, opt); err != nil {
		return err
	}
	return nil
}

func syntax(pos int) *fault.Error {
	return fault.Newf(fault.InvalidJSON, "The text is not valid JSON at byte %d. Send exactly one JSON value.", pos)
}

// refusal returns a new error each time, since callers may add to it.
func refusal(detail string) *fault.Error { return fault.New(fault.InvalidJSON, detail) }

const (
	textUTF8 = "The text is not valid UTF-8. Send UTF-8 JSON."
	textBOM  = "The text begins with a byte order mark. Send UTF-8 JSON without one."
	textDeep = "The JSON is nested more than 64 deep. Send flatter JSON."
)

func duplicate(path string) *fault.Error {
	e := fault.New(fault.InvalidJSON, "A member name occurs twice in one object. Send each name once.")
	e.Fields = []fault.Field{{Path: path, Message: "duplicate member"}}
	return e
}

func surrogate(path string) *fault.Error {
	e := fault.New(fault.InvalidJSON, "A string holds half of a surrogate pair. Send valid Unicode.")
	e.Fields = []fault.Field{{Path: path, Message: "lone surrogate"}}
	return e
}

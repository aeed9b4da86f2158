package store

import (
	"encoding/json"
	"fmt"

	"github.com/unstuckengine/unstuck/internal/strictjson"
)

// field ties a column to its place in a record of type T. The place's type says what the column holds: *string text,
// **int64 and **bool an integer, *[]string and *json.RawMessage JSON text. A zero place is NULL.
type field[T any] struct {
	name string
	at   func(*T) any
	fold func(string) string // fills <name>_f; nil where there is none
}

// column returns the field's type for bulk statements.
func (f field[T]) column() column {
	if isInteger(f.at(new(T))) {
		return column{f.name, intColumn}
	}
	return column{f.name, textColumn}
}

func isInteger(place any) bool {
	switch place.(type) {
	case **int64, **bool:
		return true
	}
	return false
}

// columnsOf returns the columns of the fields, each folded one beside its own.
func columnsOf[T any](fields []field[T]) []column {
	var out []column
	for _, f := range fields {
		out = append(out, f.column())
		if f.fold != nil {
			out = append(out, column{f.name + "_f", textColumn})
		}
	}
	return out
}

// appendValues appends what columnsOf names.
func appendValues[T any](row []any, fields []field[T], v *T) []any {
	for _, f := range fields {
		value := columnValue(f.at(v))
		row = append(row, value)
		if f.fold == nil {
			continue
		}
		if s, ok := value.(string); ok {
			row = append(row, f.fold(s))
		} else {
			row = append(row, nil)
		}
	}
	return row
}

// columnValue returns what a place holds, in the form that a column keeps; nil when it is absent.
func columnValue(place any) any {
	switch p := place.(type) {
	case *string:
		if *p != "" {
			return *p
		}
	case **int64:
		if *p != nil {
			return **p
		}
	case **bool:
		if *p != nil && **p {
			return int64(1)
		} else if *p != nil {
			return int64(0)
		}
	case *[]string:
		if len(*p) > 0 {
			return jsonList(*p)
		}
	case *json.RawMessage:
		if len(*p) > 0 {
			return string(*p)
		}
	}
	return nil
}

// merge lets the present fields of in win and reports whether any differed. An empty list is present, a nil one is not.
// Custom fields are merged by name.
func merge[T any](fields []field[T], into, in *T) (changed bool, err error) {
	for _, f := range fields {
		old, place := f.at(into), f.at(in)
		before, value := columnValue(old), columnValue(place)
		if list, ok := place.(*[]string); value == nil && !(ok && *list != nil) {
			continue
		}
		if raw, ok := place.(*json.RawMessage); ok && f.name == "custom" {
			merged, err := mergeObjects(*old.(*json.RawMessage), *raw)
			if err != nil {
				return false, fmt.Errorf("merge %s: %w", f.name, err)
			}
			place, value = &merged, string(merged)
		}
		if before != value {
			changed = true
			assign(old, place)
		}
	}
	return changed, nil
}

// mergeObjects lets the members of b win over those of a, and returns the canonical text of both.
func mergeObjects(a, b json.RawMessage) (json.RawMessage, error) {
	all := map[string]json.RawMessage{}
	for _, raw := range []json.RawMessage{a, b} {
		if len(raw) == 0 {
			continue
		}
		if err := json.Unmarshal(raw, &all); err != nil {
			return nil, err
		}
	}
	return strictjson.CanonicalValue(all)
}

func assign(to, from any) {
	switch p := to.(type) {
	case *string:
		*p = *from.(*string)
	case **int64:
		*p = *from.(**int64)
	case **bool:
		*p = *from.(**bool)
	case *[]string:
		*p = *from.(*[]string)
	case *json.RawMessage:
		*p = *from.(*json.RawMessage)
	}
}

// selected returns the columns to read the fields back from, in order.
func selected[T any](fields []field[T]) string {
	list := make([]column, len(fields))
	for i, f := range fields {
		list[i] = f.column()
	}
	return names(list)
}

// scanFields reads the columns of selected into v, after the given destinations.
func scanFields[T any](row Row, fields []field[T], v *T, first ...any) error {
	cells := make([]any, len(fields))
	for i, f := range fields {
		if isInteger(f.at(v)) {
			cells[i] = new(*int64)
		} else {
			cells[i] = new(*string)
		}
	}
	if err := row.Scan(append(first, cells...)...); err != nil {
		return err
	}
	for i, f := range fields {
		if err := place(f.at(v), cells[i]); err != nil {
			return fmt.Errorf("read %s: %w", f.name, err)
		}
	}
	return nil
}

// place puts a scanned cell where it belongs; NULL leaves the place zero.
func place(to, cell any) error {
	if n, ok := cell.(**int64); ok {
		if *n == nil {
			return nil
		}
		if b, ok := to.(**bool); ok {
			set := **n != 0
			*b = &set
			return nil
		}
		*to.(**int64) = *n
		return nil
	}
	s := *cell.(**string)
	if s == nil {
		return nil
	}
	switch p := to.(type) {
	case *string:
		*p = *s
	case *json.RawMessage:
		*p = json.RawMessage(*s)
	case *[]string:
		return json.Unmarshal([]byte(*s), p)
	}
	return nil
}

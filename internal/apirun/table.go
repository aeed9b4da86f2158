package apirun

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
)

// tabulate turns the JSON text of an object, or of an array of objects, into rows. The columns keep the order in which
// the members are written.
func tabulate(text []byte) (rows [][]string, columns []string, err error) {
	objects := []json.RawMessage{text}
	if bytes.HasPrefix(text, []byte("[")) {
		if err := json.Unmarshal(text, &objects); err != nil {
			return nil, nil, err
		}
	}
	at := map[string]int{}
	for _, object := range objects {
		names, values, err := members(object)
		if err != nil {
			return nil, nil, err
		}
		for _, name := range names {
			if _, known := at[name]; !known {
				at[name] = len(columns)
				columns = append(columns, name)
			}
		}
		row := make([]string, len(columns))
		for i, name := range names {
			row[at[name]] = values[i]
		}
		rows = append(rows, row)
	}
	return rows, columns, nil
}

// members returns names and printable values of an object, in order.
func members(object json.RawMessage) (names, values []string, err error) {
	d := json.NewDecoder(bytes.NewReader(object))
	if _, err := d.Token(); err != nil { // {
		return nil, nil, err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return nil, nil, err
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, nil, err
		}
		names, values = append(names, fmt.Sprint(name)), append(values, cell(value))
	}
	return names, values, nil
}

// cell shows one value: texts without quotes and control characters, lists joined by commas, null as a dash.
func cell(value json.RawMessage) string {
	var text string
	var list []string
	switch {
	case string(value) == "null":
		return "-"
	case json.Unmarshal(value, &text) == nil:
	case json.Unmarshal(value, &list) == nil:
		text = strings.Join(list, ",")
	default:
		text = string(value)
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, text)
}

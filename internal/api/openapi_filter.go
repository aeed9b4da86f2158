package api

import (
	"fmt"
	"slices"
	"strings"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/tools"
)

// kinds are what filters are about, by the operations that take one. Insights say themselves what they are over.
var kinds = map[*tools.Spec][]filter.Kind{
	tools.FindAccounts.Spec: {filter.Accounts}, tools.FindLeads.Spec: {filter.Leads}, tools.ListSignals.Spec: {filter.Signals},
	tools.GetInsights.Spec: {filter.Accounts, filter.Leads, filter.Signals}, tools.EnrichRecords.Spec: {filter.Leads, filter.Accounts},
	tools.PreviewAudience.Spec: {filter.Accounts, filter.Leads}, tools.SaveAudience.Spec: {filter.Accounts, filter.Leads},
	tools.QualifyRecords.Spec: {filter.Accounts, filter.Leads},
}

// types are the types of field, by the names that their comparisons have in the document.
var types = map[filter.Type]string{
	filter.Exact: "exact", filter.Text: "text", filter.Int: "integer", filter.Time: "time", filter.Bool: "boolean", filter.List: "list", filter.JSON: "member",
}

// spellFilter puts the whole grammar in the place of the plain object that models are shown.
func (d description) spellFilter(spec *tools.Spec, input object) {
	properties, _ := input["properties"].(object)
	if properties["filter"] == nil {
		return
	}
	var choices []object
	for _, k := range kinds[spec] {
		choices = append(choices, ref(filterName(k)))
	}
	if len(choices) == 0 {
		panic("api: nothing says what the filter of " + spec.Name + " is about")
	}
	if properties["filter"] = (object{"oneOf": choices}); len(choices) == 1 {
		properties["filter"] = choices[0]
	}
}

func filterName(k filter.Kind) string { return "filter_" + string(k) }

// addFilters describes the filters on each kind of record, and what they consist of.
func (d description) addFilters() {
	for t, name := range types {
		d.schemas["compare_"+name] = comparison(t)
	}
	for _, k := range []filter.Kind{filter.Accounts, filter.Leads, filter.Signals} {
		d.schemas[filterName(k)] = filterSchema(k)
	}
	d.schemas["count_leads"], d.schemas["count_signals"] = countSchema(filter.Leads), countSchema(filter.Signals)
}

// filterSchema describes a condition on records of the kind: a tree of these, or a comparison of one field.
func filterSchema(k filter.Kind) object {
	self := ref(filterName(k))
	choices := []object{
		one("all", object{"type": "array", "minItems": 1, "items": self}), one("any", object{"type": "array", "minItems": 1, "items": self}), one("not", self),
	}
	switch k {
	case filter.Accounts:
		choices = append(choices, one("signals", ref("count_signals")), one("leads", ref("count_leads")))
	case filter.Leads:
		choices = append(choices, one("signals", ref("count_signals")), one("account", ref(filterName(filter.Accounts))))
	case filter.Signals:
		choices = append(choices, one("account", ref(filterName(filter.Accounts))), one("lead", ref(filterName(filter.Leads))))
	}
	for t := filter.Exact; t <= filter.JSON; t++ {
		if field := fieldSchema(k, t); field != nil {
			choices = append(choices, object{"type": "object", "required": []string{"field", "op"}, "additionalProperties": false,
				"properties": object{"field": field, "op": object{}, "value": object{}}, "allOf": []object{ref("compare_" + types[t])}})
		}
	}
	return object{"oneOf": choices, "description": fmt.Sprintf("A condition on %s, at most %d bytes: up to %d levels, %d comparisons, %d conditions on other records and %d values.",
		k, filter.MaxBytes, filter.MaxDepth, filter.MaxLeaves, filter.MaxRelated, filter.MaxAllValues)}
}

// one is an object with exactly this member.
func one(name string, schema object) object {
	return object{"type": "object", "required": []string{name}, "additionalProperties": false, "properties": object{name: schema}}
}

// fieldSchema names the fields of a type; nil when there are none. Members of custom and context are named by a pattern.
func fieldSchema(k filter.Kind, t filter.Type) object {
	names, pattern := parted(filter.Paths(k, t))
	switch {
	case t == filter.JSON:
		return pattern
	case len(names) == 0:
		return nil
	}
	return object{"type": "string", "enum": names}
}

// memberMark stands in a path for the name of a member that the caller made up.
const memberMark = "<name>"

// parted tells the fields that have names of their own from the pattern that describes the others.
func parted(paths []string) (names []string, pattern object) {
	var objects []string
	for _, p := range paths {
		if prefix, ok := strings.CutSuffix(p, memberMark); ok {
			objects = append(objects, strings.ReplaceAll(prefix, ".", `\.`))
		} else {
			names = append(names, p)
		}
	}
	return names, object{"type": "string", "pattern": "^(" + strings.Join(objects, "|") + `)[^"\\]+$`}
}

// comparison describes the operators on fields of a type, each with the value that it takes.
func comparison(t filter.Type) object {
	var choices []object
	for _, op := range filter.Operators(t) {
		choice := operand(t, op)
		i := slices.IndexFunc(choices, func(c object) bool { return sameBut(c, choice) })
		if i < 0 {
			choices = append(choices, choice)
			continue
		}
		known := opOf(choices[i])
		known["enum"] = append(known["enum"].([]string), op)
	}
	return object{"oneOf": choices}
}

// opOf returns the description of a choice's operators.
func opOf(choice object) object { return choice["properties"].(object)["op"].(object) }

// sameBut reports whether two choices differ in nothing but the operators.
func sameBut(a, b object) bool {
	return fmt.Sprint(a["not"], a["properties"].(object)["value"]) == fmt.Sprint(b["not"], b["properties"].(object)["value"])
}

func operand(t filter.Type, op string) object {
	properties := object{"op": object{"type": "string", "enum": []string{op}}}
	takes, list := filter.Takes(op)
	if !takes {
		return object{"required": []string{"op"}, "properties": properties, "not": object{"required": []string{"value"}}}
	}
	properties["value"] = valueSchema(t, op)
	if list {
		properties["value"] = object{"type": "array", "minItems": 1, "maxItems": filter.MaxValues, "items": valueSchema(t, op)}
	}
	return object{"required": []string{"op", "value"}, "properties": properties}
}

// valueSchema describes one value that an operator takes for a field of the type.
func valueSchema(t filter.Type, op string) object {
	text := object{"type": "string", "maxLength": filter.MaxText}
	switch op {
	case "prefix", "suffix", "word", "phrase", "fuzzy":
		text["minLength"] = 1
		return text
	}
	switch t {
	case filter.Int:
		return object{"type": "integer", "format": "int64"}
	case filter.Bool:
		return object{"type": "boolean"}
	case filter.Time:
		return moment()
	case filter.JSON:
		if slices.Contains([]string{"gt", "gte", "lt", "lte"}, op) {
			return object{"type": []string{"string", "number"}, "maxLength": filter.MaxText}
		}
		return object{"type": []string{"string", "number", "boolean"}, "maxLength": filter.MaxText}
	}
	return text
}

func moment() object { return object{"type": "string", "format": "date-time"} }

// countSchema describes a condition on how many signals or leads belong to a record.
func countSchema(of filter.Kind) object {
	count := func(least, most int) object { return object{"type": "integer", "minimum": least, "maximum": most} }
	names, pattern := parted(filter.Sortable(of))
	properties := object{
		"min": count(0, filter.MaxCount), "max": count(0, filter.MaxCount), "where": ref(filterName(of)),
		"distinct": object{"description": "Count different values of this field instead", "anyOf": []object{{"type": "string", "enum": names}, pattern}},
	}
	o := object{"type": "object", "additionalProperties": false, "properties": properties,
		"description": "min is 1 when it is left out, and 0 when max is given without it"}
	if of == filter.Signals {
		properties["types"] = object{"type": "array", "minItems": 1, "maxItems": filter.MaxValues, "items": object{"type": "string", "maxLength": filter.MaxText}}
		properties["from"], properties["to"], properties["last_days"] = moment(), moment(), count(1, filter.MaxDays)
		o["not"] = object{"required": []string{"last_days"}, "anyOf": []object{{"required": []string{"from"}}, {"required": []string{"to"}}}}
	}
	return o
}

package cli

import (
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/unstuckengine/unstuck/internal/cli/render"
	"github.com/unstuckengine/unstuck/internal/tools"
)

// tables are the columns that fit a terminal, of the operations that answer with rows. Columns without a value are left out.
var tables = map[string][]string{
	tools.FindAccounts.Name: {"name", "domain", "industry", "size", "country_code", "city", "engagement_stage", "id"},
	tools.FindLeads.Name:    {"name", "title", "account.name", "work_email", "handle", "country_code", "engagement_stage", "id"},
	tools.ListSignals.Name:  {"occurred_at", "signal_type", "title", "account.name", "lead.name", "source", "id"},
	tools.PushSignals.Name:  {"index", "status", "signal_capture_id", "error.code", "error.errors"},
}

// layoutOf derives how an operation's answer is printed from the schema of its output.
func layoutOf(spec *tools.Spec) render.Layout {
	schema := spec.Output().Schema
	for _, name := range []string{"items", "results"} {
		rows := schema.Properties[name]
		if rows == nil || rows.Items == nil || rows.Items.Type != "object" {
			continue
		}
		l := render.Layout{Rows: name, Table: tables[spec.Name], CSV: columns(rows.Items, "")}
		if l.Table == nil {
			l.Table = l.CSV
		}
		return l
	}
	return render.Layout{CSV: columns(schema, "")}
}

// columns lists the fields of an object, those of inner objects under dotted names.
func columns(schema *jsonschema.Schema, prefix string) []string {
	var out []string
	for _, name := range schema.PropertyOrder {
		if p := schema.Properties[name]; len(p.Properties) > 0 {
			out = append(out, columns(p, prefix+name+".")...)
		} else {
			out = append(out, prefix+name)
		}
	}
	return out
}

package cli

import (
	"encoding/json"

	"github.com/unstuckengine/unstuck/internal/cli/render"
	"github.com/unstuckengine/unstuck/internal/tabular"
	"github.com/unstuckengine/unstuck/internal/tools"
)

// tables are the columns that fit a terminal, of the operations that answer with rows. Columns without a value are left out.
var tables = map[string][]string{
	tools.FindAccounts.Name:        {"name", "domain", "industry", "size", "country_code", "city", "engagement_stage", "id"},
	tools.FindLeads.Name:           {"name", "title", "account.name", "work_email", "handle", "country_code", "engagement_stage", "id"},
	tools.ListSignals.Name:         {"occurred_at", "signal_type", "title", "account.name", "lead.name", "source", "id"},
	tools.ListSubscribers.Name:     {"position", "email", "joined_at", "referral_code", "referral_count", "id"},
	tools.ListAudiences.Name:       {"name", "over", "members", "state", "as_of", "id"},
	tools.ListAudienceMembers.Name: {"position", "name", "domain", "title", "account.name", "work_email", "joined_at", "id"},
	tools.ListAudienceEvents.Name:  {"at", "change", "record_type", "record_id", "id"},
	tools.ListDestinations.Name:    {"name", "kind", "status", "url", "confirmed_by", "id"},
	tools.ListDeliveries.Name:      {"created_at", "type", "state", "status", "attempts", "duration_ms", "error", "field", "next_attempt_at", "record_id", "id"},
	tools.QualifyRecords.Name:      {"record_type", "icp_code", "icp_score", "persona_code", "persona_score", "id"},
	tools.PushSignals.Name:         {"index", "status", "signal_capture_id", "error.code", "error.errors"},
}

// layoutOf derives how the answer to in is printed from the schema of the operation's output.
func layoutOf(spec *tools.Spec, in json.RawMessage) render.Layout {
	if spec == tools.GetInsights.Spec {
		return figures(in)
	}
	schema := spec.Output().Schema
	if spec == tools.QualifyRecords.Spec && startsJob(in) {
		return render.Layout{CSV: tabular.Columns(schema)}
	}
	for _, name := range []string{"items", "results"} {
		rows := schema.Properties[name]
		if rows == nil || rows.Items == nil || rows.Items.Type != "object" {
			continue
		}
		l := render.Layout{Rows: name, Table: render.Columns(tables[spec.Name]...), CSV: tabular.Columns(rows.Items)}
		if l.Table == nil {
			l.Table = l.CSV
		}
		return l
	}
	return render.Layout{CSV: tabular.Columns(schema)}
}

// startsJob reports whether the call qualifies in the background: the answer is a job then, and no rows.
func startsJob(in json.RawMessage) bool {
	asked, err := tools.QualifyRecords.Read(in)
	return err == nil && asked.Over != ""
}

// missing stands for a missing value where figures are shown.
const missing = "(missing)"

// figures lays out groups: what they are keyed by in the order asked for, then the measures.
func figures(in json.RawMessage) render.Layout {
	l := render.Layout{Rows: "groups", Missing: missing}
	asked, err := tools.GetInsights.Read(in)
	if err != nil { // was checked before it was sent
		return l
	}
	for _, path := range asked.Columns() {
		l.Table = append(l.Table, tabular.Column{Name: path, Path: []string{"key", path}})
	}
	for _, m := range asked.Asked() {
		l.Table = append(l.Table, tabular.Column{Name: m.Label(), Path: []string{"values", m.Label()}})
	}
	return l
}

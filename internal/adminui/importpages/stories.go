package importpages

import (
	"net/http"
	"strings"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/wire"
)

func stories() []ui.Story {
	evil := `<script>alert(1)</script>`
	refused := forms.Problems{Fields: map[string]string{"kind": "Say what the lines of the file are.", "file": "Choose a file."}, Status: http.StatusUnprocessableEntity}
	bad := wire.ImportReport{Read: 12_345, Created: 12_000, Updated: 300, Unchanged: 40, Rejected: 5, Report: []wire.LineError{
		{File: evil, Line: 7, Code: wire.CodeInvalidDomain, Field: "domain", Message: "is no domain"},
		{File: evil, Line: 8, Code: wire.CodeInvalidField, Field: evil + strings.Repeat("long", 60), Message: "must be a text"},
	}}
	many := wire.ImportReport{Read: 900, Rejected: 900}
	for n := range 900 {
		many.Report = append(many.Report, wire.LineError{File: "leads.csv", Line: n + 2, Code: wire.CodeMissingField, Field: "work_email", Message: "is missing"})
	}
	done := func(name string, v doneView) ui.Story {
		return ui.Story{Name: "import/" + name, Page: ui.Page{Title: "Import", Lead: v.Lead(), Body: donePage(v)}}
	}
	return []ui.Story{
		{Name: "import/form", Page: ui.Page{Title: "Import", Body: formPage(formView{Kinds: kindOptions("")})}},
		{Name: "import/refused", Page: ui.Page{Title: "Import", Body: formPage(formView{Kinds: kindOptions(wire.ImportLeads), Register: true, Problems: refused})}},
		done("clean", doneView{File: "accounts.jsonl", Kind: wire.ImportAccounts, Report: wire.ImportReport{Read: 3, Created: 3}}),
		done("problems", doneView{File: evil, Kind: wire.ImportAccounts, Report: bad}),
		done("many-problems", doneView{File: "leads.csv", Kind: wire.ImportLeads, Report: many}),
		done("stopped", doneView{File: "leads.csv", Kind: wire.ImportLeads, Report: bad, Alert: "The import stopped before its end. The store cannot be reached. Try again shortly. What was read is kept; import the same file again to go on: nothing is doubled."}),
	}
}

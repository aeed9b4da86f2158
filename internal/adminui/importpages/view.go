package importpages

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/tabular"
	"github.com/unstuckengine/unstuck/internal/wire"
)

type formView struct {
	Kind     wire.ImportKind
	Kinds    []ui.Option
	Register bool
	Problems forms.Problems
}

func kindOptions(chosen wire.ImportKind) (out []ui.Option) {
	for _, k := range []struct {
		kind  wire.ImportKind
		label string
	}{{wire.ImportAccounts, "Companies (accounts)"}, {wire.ImportLeads, "People (leads)"}, {wire.ImportSignals, "Events (signals)"}} {
		out = append(out, ui.Option{Value: string(k.kind), Label: k.label, Chosen: k.kind == chosen})
	}
	return out
}

type doneView struct {
	File   string
	Kind   wire.ImportKind
	Report wire.ImportReport
	Alert  string // why the import stopped; "" when it did not
	Status int
}

// Lead sums the import up.
func (v doneView) Lead() string {
	what := ui.Number(int64(v.Report.Read)) + " lines of " + v.File + " were read"
	if v.Report.Rejected == 0 {
		return what + ", none was rejected."
	}
	return what + ", " + ui.Number(int64(v.Report.Rejected)) + " rejected."
}

// maxShown is how many entries of the report stand on the page; the file has all.
const maxShown = 200

func (v doneView) shown() []wire.LineError {
	return v.Report.Report[:min(len(v.Report.Report), maxShown)]
}

// more says how many entries only the file has; "" for none.
func (v doneView) more() string {
	if n := len(v.Report.Report) - maxShown; n > 0 {
		return fmt.Sprintf("and %s more, which the file lists", ui.Number(int64(n)))
	}
	return ""
}

// line names a line of the file; the entry that ends a report has none.
func line(e wire.LineError) string {
	if e.Line == 0 {
		return ""
	}
	return strconv.Itoa(e.Line)
}

// csv is the whole report as a file. What stands in it comes from the import, so no cell becomes a formula.
func (v doneView) csv() string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	_ = w.Write([]string{"file", "line", "code", "field", "message"}) // memory takes all
	for _, e := range v.Report.Report {
		_ = w.Write([]string{cell(e.File), line(e), cell(e.Code), cell(e.Field), cell(e.Message)})
	}
	w.Flush()
	return b.String()
}

func cell(text string) string {
	raw, _ := json.Marshal(text) // a text
	return tabular.Cell(raw)
}

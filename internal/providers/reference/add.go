package reference

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/providers/judge"
)

// Report says what became of a file.
type Report struct {
	File
	Read           int       `json:"read"`            // rows of the file
	Stored         int       `json:"stored"`          // rows that can answer something
	UnknownColumns []string  `json:"unknown_columns"` // that are neither part of the key nor a field that the key's rows can answer
	Problems       []Problem `json:"problems"`        // the first MaxReport
	MoreProblems   int       `json:"more_problems"`   // beyond those
}

// Problem is something that was left out. It never holds a value.
type Problem struct {
	Line    int    `json:"line"`
	Column  string `json:"column,omitempty"` // whose value was left out; "" when the whole row was
	Message string `json:"message"`
}

// aliases are the names that columns may have beside those of the fields.
var aliases = map[string]enrich.Field{"country": enrich.HQCountry, "country_code": enrich.HQCountry, "city": enrich.HQCity}

// domainAlias is another name for the column domain.
const domainAlias = "company_domain"

// Add reads a file and stores it in place of one of the same name, or leaves everything as it was. Rows that cannot be read, lack their key or
// repeat that of an earlier row are left out and reported, and so are values that do not fit their field. Errors: validation_failed for the spec, a
// file that is too large or has no usable row, or too many files; and those of r and the store.
func (s *Service) Add(ctx context.Context, workspaceID string, actor activity.Actor, spec Spec, f Format, r io.Reader) (Report, error) {
	if err := spec.validate(); err != nil {
		return Report{}, err
	}
	records, err := read(r, f)
	if err != nil {
		return Report{}, err
	}
	if len(records) > MaxRows {
		return Report{}, fault.Invalid("file", "must have at most 100000 rows; split it into several files")
	}
	l := newLoad(ctx, spec.Key)
	for _, rec := range records {
		l.add(rec)
	}
	if len(l.rows) == 0 {
		return l.report, fault.Invalid("file", "has no row with "+strings.Join(spec.Key.columns(), ", ")+" and a field that such rows can answer", names(spec.Key.fields())...)
	}
	l.report.File = File{Name: spec.Name, Key: spec.Key, Fields: l.fields(), Rows: len(l.rows), Confidence: spec.Confidence, Cost: spec.Cost}
	l.report.Stored = len(l.rows)
	err = s.store.InTx(ctx, func(ctx context.Context, now time.Time) error {
		files, err := s.store.References(ctx, workspaceID)
		if err != nil {
			return err
		}
		if len(files) >= MaxFiles && !slices.ContainsFunc(files, func(f File) bool { return f.Name == spec.Name }) {
			return fault.Invalid("name", "the workspace has 50 reference files already; remove one, or use the name of one to replace it")
		}
		l.report.StoredAt = now
		return s.store.PutReference(ctx, workspaceID, l.report.File, l.rows, activity.New(workspaceID, now, actor, activity.ReferenceStored, activity.ObjectReference, spec.Name,
			map[string]string{"rows": strconv.Itoa(len(l.rows)), "key": string(spec.Key), "confidence": fmt.Sprint(spec.Confidence), "cost": strconv.FormatInt(spec.Cost, 10)}))
	})
	return l.report, err
}

func names(fields []enrich.Field) (out []string) {
	for _, f := range fields {
		out = append(out, string(f))
	}
	return out
}

// load is a file on its way in.
type load struct {
	ctx    context.Context
	key    Key
	judge  *judge.Judge // by the value alone: nobody is asked, and of nobody is more known than the row says
	rows   []Row
	at     map[string]int // line by key
	has    map[enrich.Field]bool
	other  map[string]bool // unknown columns
	report Report
}

func newLoad(ctx context.Context, k Key) *load {
	return &load{ctx: ctx, key: k, judge: judge.New(judge.Config{}), at: map[string]int{}, has: map[enrich.Field]bool{}, other: map[string]bool{},
		report: Report{UnknownColumns: []string{}, Problems: []Problem{}}}
}

func (l *load) problem(line int, column, message string) {
	if len(l.report.Problems) == MaxReport {
		l.report.MoreProblems++
		return
	}
	l.report.Problems = append(l.report.Problems, Problem{line, column, message})
}

// add takes in one row.
func (l *load) add(r record) {
	l.report.Read++
	if r.cells == nil {
		l.problem(r.line, "", r.wrong)
		return
	}
	columns := l.key.columns()
	parts := make([]string, len(columns))
	for i, c := range columns {
		parts[i] = plain(r.cells[c])
		if c == "domain" && parts[i] == "" {
			parts[i] = plain(r.cells[domainAlias])
		}
	}
	key := l.key.of(parts...)
	if key == "" {
		l.problem(r.line, "", "lacks a valid "+strings.Join(columns, ", "))
		return
	}
	if first, twice := l.at[key]; twice {
		l.problem(r.line, "", fmt.Sprintf("repeats the key of line %d, which counts", first))
		return
	}
	l.at[key] = r.line
	values := l.values(r)
	if len(values) == 0 {
		l.problem(r.line, "", "has no value that can be used")
		return
	}
	l.rows = append(l.rows, Row{key, values})
}

// values returns what the row can answer.
func (l *load) values(r record) map[enrich.Field]json.RawMessage {
	out := map[enrich.Field]json.RawMessage{}
	for _, column := range slices.Sorted(maps.Keys(r.cells)) {
		raw := r.cells[column]
		if slices.Contains(l.key.columns(), column) || column == domainAlias && slices.Contains(l.key.columns(), "domain") {
			continue
		}
		field := enrich.Field(column)
		if f, ok := aliases[column]; ok {
			field = f
		}
		if !slices.Contains(l.key.fields(), field) {
			if !l.other[column] {
				l.other[column] = true
				l.report.UnknownColumns = append(l.report.UnknownColumns, column)
				slices.Sort(l.report.UnknownColumns)
			}
			continue
		}
		if r.cell {
			raw = typed(field, plain(raw))
		}
		value, ok := l.usable(field, raw)
		if !ok {
			l.problem(r.line, column, "does not fit the field; it was left out")
			continue
		}
		out[field] = value
		l.has[field] = true
	}
	return out
}

// usable returns a value in its normal form. Telephone numbers stay as they are, since the country of those without a prefix is told by the record.
func (l *load) usable(f enrich.Field, raw json.RawMessage) (json.RawMessage, bool) {
	if f == enrich.Phone {
		return raw, plain(raw) != "" && len(raw) <= 64
	}
	a, ok := l.judge.Judge(l.ctx, enrich.Subject{}, enrich.Answer{Field: f, Value: raw, Confidence: 1})
	return a.Value, ok
}

func (l *load) fields() (out []enrich.Field) {
	for _, f := range l.key.fields() {
		if l.has[f] {
			out = append(out, f)
		}
	}
	return out
}

// plain returns the text that a JSON value is, "" for any other.
func plain(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return strings.TrimSpace(s)
}

// typed returns the JSON value that a cell stands for: whole numbers may have thousands parted by commas, spaces or underscores, lists are
// parted by ; or |, and by commas where there is neither.
func typed(f enrich.Field, cell string) json.RawMessage {
	var v any = cell
	switch f.Type() {
	case enrich.IntegerValue:
		n, err := strconv.ParseInt(strings.NewReplacer(",", "", " ", "", "_", "", "\u00a0", "").Replace(cell), 10, 64)
		if err == nil {
			v = n
		}
	case enrich.ListValue:
		separator := ","
		if strings.ContainsAny(cell, ";|") {
			separator, cell = ";", strings.ReplaceAll(cell, "|", ";")
		}
		v = strings.Split(cell, separator)
	}
	raw, err := json.Marshal(v)
	if err != nil { // texts, integers and lists of texts always marshal
		return nil
	}
	return raw
}

package wire

// ImportKind names what the lines of an import hold. The zero value is invalid.
type ImportKind string

// The kinds of import.
const (
	ImportAccounts ImportKind = "accounts"
	ImportLeads    ImportKind = "leads"
	ImportSignals  ImportKind = "signals"
)

// ImportRecords are the query parameters of an import; the body is streamed as JSON Lines or CSV.
type ImportRecords struct {
	Kind          ImportKind `json:"kind"`
	File          string     `json:"file,omitempty"`           // name shown in the report
	RegisterTypes bool       `json:"register_types,omitempty"` // enable custom signal types that are new
	FirstLine     int        `json:"first_line,omitempty"`     // number of the body's first line, for an import sent in parts; 0 means 1
}

// Validate checks kind and name.
func (i ImportRecords) Validate() error {
	var c checker
	c.refuse(i.Kind == "", "kind", "is required", string(ImportAccounts), string(ImportLeads), string(ImportSignals))
	c.enum("kind", string(i.Kind), string(ImportAccounts), string(ImportLeads), string(ImportSignals))
	c.text("file", i.File, 0, 400)
	c.refuse(i.FirstLine < 0, "first_line", "must be 1 or more")
	return c.err()
}

// ImportReport says what became of every line: read = created + updated + unchanged + rejected.
type ImportReport struct {
	Read      int         `json:"read"`
	Created   int         `json:"created"`
	Updated   int         `json:"updated"`
	Unchanged int         `json:"unchanged"`
	Rejected  int         `json:"rejected"`
	Report    []LineError `json:"report"` // lines rejected and fields left out, by line
}

// LineError is one entry of the report.
type LineError struct {
	File    string `json:"file"`
	Line    int    `json:"line"` // from 1
	Code    string `json:"code"`
	Field   string `json:"field"`
	Message string `json:"message"`
}

// The codes of an import report.
const (
	CodeInvalidJSON      = "invalid_json"
	CodeInvalidUTF8      = "invalid_utf8"
	CodeInvalidField     = "invalid_field"
	CodeMissingField     = "missing_field"
	CodeInvalidDomain    = "invalid_domain"
	CodeInvalidTime      = "invalid_time"
	CodeTooLong          = "too_long"
	CodeDuplicate        = "duplicate"
	CodeUnknownReference = "unknown_reference"
)

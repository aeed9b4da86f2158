package store

import (
	"context"
	"strings"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/providers/known"
	"github.com/unstuckengine/unstuck/internal/providers/pattern"
	"github.com/unstuckengine/unstuck/internal/text"
)

const (
	newestFirst = ` ORDER BY r.updated_at DESC, r.id`
	// accountAt is the id of the account with the domain $3.
	accountAt = `(SELECT a.id FROM accounts a WHERE a.workspace_id = $1 AND a.domain = $3)`
	// kept begins the search for where the value of a lead's field comes from; a value that was corrected since comes from nowhere else.
	kept = `FROM enrichment_values v WHERE v.workspace_id = r.workspace_id AND v.record_id = r.id AND v.field = `
)

// sightedLeads reads the channels of all leads but $2, each with the confidence with which it was enriched.
var sightedLeads = func() string {
	var cells []string
	for _, f := range enrich.ChannelFields() {
		column := `r.` + string(f) // they have one name
		cells = append(cells, `COALESCE(`+column+`, '')`,
			`COALESCE((SELECT v.confidence `+kept+`'`+string(f)+`' AND v.value = '"' || `+column+` || '"'), 1.0)`)
	}
	return `SELECT ` + strings.Join(cells, `, `) + ` FROM leads r WHERE r.workspace_id = $1 AND r.id <> $2 AND `
}()

// look is a question by one match.
type look struct {
	by     known.Match
	text   string
	fields []enrich.Field // what the columns are, each followed by its confidence
	args   []any
}

// looks returns the questions for which there are hints.
func looks(p known.Person) (out []look) {
	channels := enrich.ChannelFields()
	if p.Email != "" {
		out = append(out, look{known.ByEmail, sightedLeads + `(r.work_email = $3 OR r.personal_email = $3)` + newestFirst, channels, []any{p.RecordID, p.Email}})
	}
	if p.LinkedInURL != "" {
		out = append(out, look{known.ByLinkedIn, sightedLeads + `r.linkedin_url = $3` + newestFirst, channels, []any{p.RecordID, p.LinkedInURL}})
	}
	if p.RecordID != "" {
		out = append(out, look{known.ByOwnSignal, `SELECT COALESCE(r.email, ''), 1.0, COALESCE(r.linkedin_url, ''), 1.0 FROM signals r
			WHERE r.workspace_id = $1 AND r.lead_id = $2 AND (r.email IS NOT NULL OR r.linkedin_url IS NOT NULL) ORDER BY r.occurred_at DESC, r.id`,
			[]enrich.Field{enrich.WorkEmail, enrich.LinkedInURL}, []any{p.RecordID}})
	}
	if p.FirstName != "" && p.LastName != "" && p.Domain != "" {
		first, last := text.Fold(p.FirstName), text.Fold(p.LastName)
		out = append(out, look{known.ByName, sightedLeads + `r.account_id = ` + accountAt + ` AND (r.name_f = $4 OR (r.first_name_f = $5 AND r.last_name_f = $6))` + newestFirst,
			channels, []any{p.RecordID, p.Domain, first + " " + last, first, last}})
	}
	return out
}

// Sightings implements known.Store.
func (db *DB) Sightings(ctx context.Context, workspaceID string, p known.Person, most int) (out []known.Sighting, err error) {
	q := db.Workspace(workspaceID).q(ctx)
	for _, l := range looks(p) {
		list, err := collect(ctx, q, func(row Row) (known.Sighting, error) {
			values := make([]known.Value, len(l.fields))
			var cells []any
			for i := range values {
				cells = append(cells, &values[i].Text, &values[i].Confidence)
			}
			s := known.Sighting{By: l.by, Values: map[enrich.Field]known.Value{}}
			err := row.Scan(cells...)
			for i, f := range l.fields {
				if values[i].Text != "" {
					s.Values[f] = values[i]
				}
			}
			return s, err
		}, l.text+limit(most), l.args...)
		if err != nil {
			return nil, op(err, "look for a person's other records")
		}
		out = append(out, list...)
	}
	return out, nil
}

// CompanyNames implements known.Store.
func (db *DB) CompanyNames(ctx context.Context, workspaceID, domain string, most int) ([]known.CompanyName, error) {
	out, err := collect(ctx, db.Workspace(workspaceID).q(ctx), func(row Row) (n known.CompanyName, err error) {
		return n, row.Scan(&n.Name, &n.Leads)
	}, `SELECT r.company, COUNT(*) FROM leads r WHERE r.workspace_id = $1 AND r.company IS NOT NULL
		AND r.account_id = (SELECT a.id FROM accounts a WHERE a.workspace_id = $1 AND a.domain = $2)
		GROUP BY r.company ORDER BY COUNT(*) DESC, r.company`+limit(most), domain)
	return out, op(err, "read the names of a company")
}

// KnownEmails implements pattern.Store. What was guessed from such addresses, or copied from where it was guessed, proves nothing of the next.
func (db *DB) KnownEmails(ctx context.Context, workspaceID, domain, except string, most int) ([]pattern.Person, error) {
	out, err := collect(ctx, db.Workspace(workspaceID).q(ctx), func(row Row) (p pattern.Person, err error) {
		return p, row.Scan(&p.FirstName, &p.LastName, &p.Name, &p.Email)
	}, `SELECT COALESCE(r.first_name, ''), COALESCE(r.last_name, ''), COALESCE(r.name, ''), r.work_email FROM leads r
		WHERE r.workspace_id = $1 AND r.id <> $2 AND r.account_id = `+accountAt+` AND r.work_email LIKE '%@' || $3
		AND NOT EXISTS (SELECT 1 `+kept+`'work_email' AND v.value = '"' || r.work_email || '"' AND v.source IN ('`+pattern.Source+`', '`+known.Source+`'))`+
		newestFirst+limit(most), except, domain)
	return out, op(err, "read the addresses of a domain")
}

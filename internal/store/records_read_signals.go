package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/wire"
)

const signalColumns = `r.id, COALESCE(r.external_id, ''), r.signal_type, r.source, r.occurred_at, COALESCE(r.event_name, ''), COALESCE(r.title, ''),
	COALESCE(r.context, ''), r.created_at, COALESCE(r.account_id, ''), COALESCE(r.account_domain, ''), COALESCE(account.external_id, ''), COALESCE(account.name, ''),
	COALESCE(r.lead_id, ''), COALESCE(lead.external_id, ''), COALESCE(lead.name, ''),
	COALESCE(r.email, ''), COALESCE(r.linkedin_url, ''), COALESCE(r.handle, ''), COALESCE(r.company_domain, ''), COALESCE(r.first_name, ''), COALESCE(r.last_name, ''), COALESCE(r.person_title, ''),
	COALESCE(r.icp_code, ''), r.icp_score, COALESCE(r.persona_code, ''), r.persona_score`

const signalJoins = ` LEFT JOIN accounts account ON account.workspace_id = r.workspace_id AND account.id = r.account_id
	LEFT JOIN leads lead ON lead.workspace_id = r.workspace_id AND lead.id = r.lead_id`

var signalReading = reader[wire.Signal]{
	selectWhere: `SELECT ` + signalColumns + ` FROM signals r` + signalJoins + ` WHERE r.workspace_id = $1 AND `,
	scan: func(row Row) (string, wire.Signal, error) {
		s, err := scanSignal(row)
		return s.ID, s, err
	},
}

// scanSignal reads signalColumns and then further cells.
func scanSignal(row Row, further ...any) (s wire.Signal, err error) {
	var occurred, created int64
	var context string
	var account wire.AccountRef
	var lead wire.LeadRef
	var i wire.Identity
	var q wire.Qualification
	err = row.Scan(append([]any{
		&s.ID, &s.ExternalID, &s.SignalType, &s.Source, &occurred, &s.EventName, &s.Title,
		&context, &created, &account.ID, &account.Domain, &account.ExternalID, &account.Name,
		&lead.ID, &lead.ExternalID, &lead.Name,
		&i.Email, &i.LinkedInURL, &i.Handle, &i.CompanyDomain, &i.FirstName, &i.LastName, &i.Title,
		&q.ICPCode, &q.ICPScore, &q.PersonaCode, &q.PersonaScore,
	}, further...)...)
	s.OccurredAt, s.CreatedAt = time.UnixMicro(occurred).UTC(), wire.Time(fromMicros(created))
	if context != "" {
		s.Context = json.RawMessage(context)
	}
	if account.ID != "" {
		s.Account = &account
	}
	if lead.ID != "" {
		s.Lead = &lead
	}
	if i != (wire.Identity{}) {
		s.Identity = &i
	}
	if q != (wire.Qualification{}) {
		s.Qualification = &q
	}
	return s, err
}

// recentSignals is how many signals a record shows.
const recentSignals = 10

// Record implements search.Store.
func (db *DB) Record(ctx context.Context, workspaceID string, attempts []search.Attempt) (wire.Record, error) {
	w := db.Workspace(workspaceID)
	q := w.briefQ(ctx)
	for _, a := range attempts {
		r, err := record(ctx, q, a)
		if fault.CodeOf(err) == fault.NotFound {
			continue
		}
		if err == nil {
			err = w.provenance(ctx, q, &r)
		}
		if err == nil {
			err = w.scoring(ctx, q, &r)
		}
		return r, op(err, "read a record of %s", a.Kind)
	}
	return wire.Record{}, fault.New(fault.NotFound, fault.NotFound.Detail())
}

func record(ctx context.Context, q Q, a search.Attempt) (r wire.Record, err error) {
	if a.Kind == filter.Leads {
		l, err := first(ctx, q, leadReading, a.Where)
		if err != nil {
			return r, err
		}
		r.Lead = &l
		return r, newest(ctx, q, &r, filter.ToLead, l.ID)
	}
	account, err := first(ctx, q, accountReading, a.Where)
	if err != nil {
		return r, err
	}
	r.Account = &account
	return r, newest(ctx, q, &r, filter.ToAccount, account.ID)
}

// newest fills in the signals of a record; how many there are of each type comes with them, from the same snapshot and from an index alone.
func newest(ctx context.Context, q Q, r *wire.Record, to filter.Relation, id string) (err error) {
	key, byType := foreignKey(to), ""
	order := orderBy((&compiler{}).sortKeys(filter.Signals, []search.Order{{Field: filter.Must(filter.Signals, "occurred_at"), Desc: true}}))
	r.RecentSignals, err = collect(ctx, q, func(row Row) (wire.Signal, error) { return scanSignal(row, &byType) },
		`SELECT `+signalColumns+`, (SELECT '{' || string_agg('"' || signal_type || '":' || n, ',') || '}' FROM
			(SELECT c.signal_type, COUNT(*) AS n FROM signals c WHERE c.workspace_id = $1 AND c.`+key+` = $2 GROUP BY c.signal_type) types)
		FROM signals r`+signalJoins+` WHERE r.workspace_id = $1 AND r.`+key+` = $2`+order+limit(recentSignals), id)
	if err != nil || byType == "" {
		return err
	}
	if err := json.Unmarshal([]byte(byType), &r.SignalsByType); err != nil {
		return fmt.Errorf("read the counts by type: %w", err)
	}
	for _, n := range r.SignalsByType {
		r.SignalCount += n
	}
	return nil
}

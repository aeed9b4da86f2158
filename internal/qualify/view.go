package qualify

import (
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Codes returns what the record fits, in short.
func (r Result) Codes() wire.Qualification {
	var q wire.Qualification
	if r.ICP != nil {
		q.ICPCode, q.ICPScore = r.ICP.Code, &r.ICP.Score
	}
	if r.Persona != nil {
		q.PersonaCode, q.PersonaScore = r.Persona.Code, &r.Persona.Score
	}
	return q
}

// Breakdown returns where its scores come from.
func (r Result) Breakdown() wire.Breakdown {
	return wire.Breakdown{SettingsVersion: r.Version, QualifiedAt: r.At, ICPs: fitViews(r.ICPs), Personas: fitViews(r.Personas)}
}

// View returns the JSON form of the whole.
func (r Result) View() wire.RecordFit {
	breakdown := r.Breakdown()
	kind := wire.KindAccount
	if r.Kind == filter.Leads {
		kind = wire.KindLead
	}
	return wire.RecordFit{RecordType: kind, ID: r.ID, Qualification: r.Codes(), Breakdown: &breakdown}
}

// View returns the JSON form of the job.
func (j Job) View() wire.QualificationJob {
	return wire.QualificationJob{
		ID: j.ID, State: j.State, Cause: string(j.Cause), Over: j.Over, Filter: j.Filter, Total: j.Total, Done: j.Done, Matched: j.Matched, Fitting: j.Fitting, Failed: j.Failed,
		CreatedAt: j.CreatedAt, FinishedAt: wire.Time(j.FinishedAt),
	}
}

func fitViews(fits []Fit) []wire.Fit {
	out := make([]wire.Fit, len(fits))
	for i, f := range fits {
		out[i] = wire.Fit{Code: f.Code, OutBy: f.OutBy}
		if f.In() {
			score := f.Score
			out[i].Score, out[i].Band = &score, string(BandOf(score))
		}
		for _, row := range f.Rows {
			out[i].Parameters = append(out[i].Parameters, row.view())
		}
	}
	return out
}

func (r Row) view() wire.ParameterFit {
	out := wire.ParameterFit{Name: r.Name, Mode: r.Mode, Held: r.Held, Value: wire.Value(r.Value)}
	if r.Mode == wire.ModeScore {
		out.Weight, out.Contribution = &r.Weight, &r.Contribution
	}
	return out
}

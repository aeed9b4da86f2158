package api

import (
	"context"
	"fmt"
	"net/http"
	"unicode/utf8"

	"github.com/unstuckengine/unstuck/internal/insights"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Insighter reckons figures. Errors are those of Searcher.
type Insighter interface {
	Insights(ctx context.Context, workspaceID string, in wire.GetInsights) (insights.Answer, error)
	All(ctx context.Context, workspaceID string, in wire.GetInsights) (insights.Whole, error)
}

func (s *Server) getInsights(ctx context.Context, c caller, in wire.GetInsights) (answer[wire.Insights], error) {
	a, err := s.Insights.Insights(ctx, c.WorkspaceID, in)
	if err != nil {
		return answer[wire.Insights]{}, err
	}
	return insightsAnswer(c.prefer, a)
}

// insightsAnswer ends a page early that is larger than the caller takes, as listAnswer does. Groups are never shortened.
func insightsAnswer(p preference, a insights.Answer) (none answer[wire.Insights], err error) {
	out := a.Insights
	out.Groups = []wire.Group{}
	tail, err := encoded(http.StatusOK, out)
	if err != nil {
		return none, err
	}
	f, err := fitted(a.Groups, nil, p.maxChars-utf8.RuneCount(tail.body)-longestCursor(a.Cursors)-groupsNote, p.maxChars > 0)
	if err != nil {
		return none, err
	}
	if n := len(f.ends); n > 0 && (a.More || n < len(a.Groups)) {
		if out.NextCursor, err = a.After(n); err != nil {
			return none, err
		}
	}
	if n := len(f.ends); n < len(a.Groups) {
		out.Note = fmt.Sprintf("Cut to %d of %d groups so that the answer fits. Go on with next_cursor, or ask for fewer groups or measures.", n, len(a.Groups))
	}
	body, err := assemble(`{"groups":[`, out, f)
	return answer[wire.Insights]{http.StatusOK, body}, err
}

// groupsNote is about as many characters as the note takes.
const groupsNote = 140

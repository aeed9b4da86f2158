package api

import (
	"context"
	"net/http"

	"github.com/unstuckengine/unstuck/internal/insights"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// Insighter reckons figures. Errors are those of Searcher.
type Insighter interface {
	Insights(ctx context.Context, workspaceID string, in wire.GetInsights) (insights.Answer, error)
}

func (s *Server) getInsights(ctx context.Context, c caller, in wire.GetInsights) (answer[wire.Insights], error) {
	a, err := s.Insights.Insights(ctx, c.WorkspaceID, in)
	if err != nil {
		return answer[wire.Insights]{}, err
	}
	return insightsAnswer(c.prefer, a)
}

// insightsAnswer ends a page early that is larger than the caller takes, as listAnswer does.
func insightsAnswer(p preference, a insights.Answer) (answer[wire.Insights], error) {
	room := p.maxChars - tailChars - longestCursor(a.Cursors) - len(a.Filter)
	f, err := fitted(a.Groups, nil, room, p.maxChars > 0)
	if err != nil {
		return answer[wire.Insights]{}, err
	}
	out := a.Insights
	if n := len(f.ends); n > 0 && (a.More || n < len(a.Groups)) {
		out.NextCursor = &a.Cursors[n-1]
	}
	out.Note = f.note(len(a.Groups))
	out.Groups = []wire.Group{}
	body, err := assemble(`{"groups":[`, out, f)
	return answer[wire.Insights]{http.StatusOK, body}, err
}

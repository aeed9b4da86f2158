package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/tools"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// mountOperations says what runs each operation of the catalogue.
func (s *Server) mountOperations() {
	handle(s, operation[wire.GetAccess, wire.Access]{op: tools.GetAccess, run: s.access})
	handle(s, operation[wire.GetAccess, wire.GetAccess]{op: tools.WatchAccess, run: s.watchAccess})
	handle(s, operation[wire.FindLeads, wire.List[wire.Lead]]{op: tools.FindLeads, run: s.findLeads,
		all: listExport(tools.FindLeads.Spec, s.Search.Leads, func(in *wire.FindLeads) *wire.Page { return &in.Page })})
	handle(s, operation[wire.FindAccounts, wire.List[wire.Account]]{op: tools.FindAccounts, run: s.findAccounts,
		all: listExport(tools.FindAccounts.Spec, s.Search.Accounts, func(in *wire.FindAccounts) *wire.Page { return &in.Page })})
	handle(s, operation[wire.GetRecord, wire.Record]{op: tools.GetRecord, run: s.getRecord, tag: true})
	handle(s, operation[wire.ListSignals, wire.List[wire.Signal]]{op: tools.ListSignals, run: s.listSignals,
		all: listExport(tools.ListSignals.Spec, s.Search.Signals, func(in *wire.ListSignals) *wire.Page { return &in.Page })})
	handle(s, operation[wire.GetInsights, wire.Insights]{op: tools.GetInsights, run: s.getInsights, all: s.insightsExport()})
	handle(s, operation[wire.PushSignal, wire.Pushed]{op: tools.PushSignal, run: s.pushSignal,
		key: func(in *wire.PushSignal) *string { return &in.IdempotencyKey }})
	handle(s, operation[wire.PushSignals, wire.Batch]{op: tools.PushSignals, run: s.pushSignals,
		key: func(in *wire.PushSignals) *string { return &in.IdempotencyKey }})
	s.mountEnrichment()
	s.mountSettings()
	s.mountQualification()
	s.mountWaitlists()
	s.mountAudiences()
	s.mountDestinations()
	handle(s, operation[wire.ImportRecords, wire.ImportReport]{op: tools.ImportRecords, run: s.importRecords})
}

func (s *Server) findLeads(ctx context.Context, c caller, in wire.FindLeads) (answer[wire.List[wire.Lead]], error) {
	page, err := s.Search.Leads(ctx, c.WorkspaceID, in)
	if err != nil {
		return answer[wire.List[wire.Lead]]{}, err
	}
	return listAnswer(c.prefer, in.Page, page)
}

func (s *Server) findAccounts(ctx context.Context, c caller, in wire.FindAccounts) (answer[wire.List[wire.Account]], error) {
	page, err := s.Search.Accounts(ctx, c.WorkspaceID, in)
	if err != nil {
		return answer[wire.List[wire.Account]]{}, err
	}
	return listAnswer(c.prefer, in.Page, page)
}

func (s *Server) listSignals(ctx context.Context, c caller, in wire.ListSignals) (answer[wire.List[wire.Signal]], error) {
	page, err := s.Search.Signals(ctx, c.WorkspaceID, in)
	if err != nil {
		return answer[wire.List[wire.Signal]]{}, err
	}
	return listAnswer(c.prefer, in.Page, page)
}

// getRecord answers by the routes of one kind only for that kind.
func (s *Server) getRecord(ctx context.Context, c caller, in wire.GetRecord) (answer[wire.Record], error) {
	r, err := s.Search.Record(ctx, c.WorkspaceID, in)
	switch {
	case err != nil:
		return answer[wire.Record]{}, err
	case strings.HasPrefix(c.route.Path, "/v1/leads/") && r.Lead == nil, strings.HasPrefix(c.route.Path, "/v1/accounts/") && r.Account == nil:
		return answer[wire.Record]{}, fault.New(fault.NotFound, "")
	}
	return recordAnswer(c.prefer, in.ResponseFormat, r)
}

func (s *Server) pushSignal(ctx context.Context, c caller, in wire.PushSignal) (answer[wire.Pushed], error) {
	out, created, err := s.Signals.Push(ctx, c.WorkspaceID, c.Actor(), in)
	if err != nil {
		return answer[wire.Pushed]{}, err
	}
	if created {
		return encoded(http.StatusCreated, out)
	}
	return encoded(http.StatusOK, out)
}

func (s *Server) pushSignals(ctx context.Context, c caller, in wire.PushSignals) (answer[wire.Batch], error) {
	out, err := s.Signals.PushBatch(ctx, c.WorkspaceID, c.Actor(), in)
	if err != nil {
		return answer[wire.Batch]{}, err
	}
	return encoded(http.StatusOK, out)
}

// importRecords blames a body that ended early rather than what came of it.
func (s *Server) importRecords(ctx context.Context, c caller, in wire.ImportRecords) (answer[wire.ImportReport], error) {
	report, err := s.Import(ctx, c.WorkspaceID, c.Actor(), ImportRequest{ImportRecords: in, CSV: c.body.csv(), Body: c.body})
	if c.body.err != nil {
		err = bodyError(c.body.x, c.body.err)
	}
	if err != nil {
		return answer[wire.ImportReport]{}, err
	}
	return encoded(http.StatusOK, report)
}

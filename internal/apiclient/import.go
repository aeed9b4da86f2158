package apiclient

import (
	"context"
	"encoding/json"
	"io"
	"net/http"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/token"
	"github.com/unstuckengine/unstuck/internal/tools"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// The content types of an import.
const (
	JSONLines = "application/x-ndjson"
	CSV       = "text/csv"
)

// Import streams body, of contentType JSONLines or CSV, to the API and returns its report. Only ctx bounds its time.
func (c *Client) Import(ctx context.Context, secret token.Secret, in wire.ImportRecords, contentType string, body io.Reader) (wire.ImportReport, error) {
	var report wire.ImportReport
	args, err := json.Marshal(in)
	if err != nil {
		return report, fault.Wrap(fault.Internal, err)
	}
	query, err := queryOf(args)
	if err != nil {
		return report, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, withQuery(c.base+tools.ImportRecords.Route.Path, query), body)
	if err != nil {
		return report, fault.Wrap(fault.Internal, err)
	}
	c.header(req, secret, Options{})
	req.Header["Content-Type"] = []string{contentType}
	resp, err := c.send(req)
	if err != nil {
		return report, err
	}
	if err := json.Unmarshal(resp.Body, &report); err != nil {
		return report, &fault.Error{Code: fault.Internal, Detail: foreignAnswer, Cause: err}
	}
	return report, nil
}

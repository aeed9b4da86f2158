package apiclient

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/token"
	"github.com/unstuckengine/unstuck/internal/tools"
)

const brokenOff = "The transfer broke off, so what arrived is not the whole result. Try again."

// Export is a whole result as it comes in.
type Export struct {
	Body      io.ReadCloser // must be closed; a transfer that breaks off ends in *fault.Error api_unreachable, never in io.EOF
	Total     int           // exact size of the whole result, wherever the cursor stood and whatever the limit was
	Truncated bool          // there were more near spellings than were tried, so records may be missing
	RequestID string
}

// Export asks for the whole result of an exported operation, from its cursor on and up to its limit when args have them, as
// contentType JSONLines or CSV. It returns once the transfer began, after at most CallTimeout; only ctx bounds the transfer.
func (c *Client) Export(ctx context.Context, secret token.Secret, spec *tools.Spec, args json.RawMessage, contentType string, opt Options) (Export, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	patience := time.AfterFunc(CallTimeout, func() { cancel(context.DeadlineExceeded) })
	resp, err := c.openExport(ctx, secret, spec, args, contentType, opt)
	patience.Stop()
	if err != nil {
		cancel(nil)
		return Export{}, err
	}
	total, err := strconv.Atoi(resp.Header.Get("Unstuck-Total"))
	if err != nil {
		cancel(nil)
		_ = resp.Body.Close() // nothing of it is used
		return Export{}, fault.New(fault.Internal, foreignAnswer)
	}
	return Export{Body: &transfer{resp.Body, cancel}, Total: total, Truncated: resp.Header.Get("Unstuck-Truncated") == "true", RequestID: resp.Header.Get("X-Request-Id")}, nil
}

func (c *Client) openExport(ctx context.Context, secret token.Secret, spec *tools.Spec, args json.RawMessage, contentType string, opt Options) (*http.Response, error) {
	req, err := c.request(ctx, secret, spec, args, opt)
	if err != nil {
		return nil, err
	}
	req.Header["Accept"] = []string{contentType}
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, unreachable(err)
	}
	if resp.StatusCode == http.StatusOK && strings.HasPrefix(resp.Header.Get("Content-Type"), contentType) {
		return resp, nil
	}
	defer resp.Body.Close()
	if resp.StatusCode >= 200 && resp.StatusCode <= 299 {
		return nil, fault.New(fault.Internal, foreignAnswer)
	}
	body, err := readAll(resp)
	if err != nil {
		return nil, err
	}
	return nil, refusal(resp, body)
}

// transfer is the body of an export.
type transfer struct {
	body   io.ReadCloser
	cancel context.CancelCauseFunc
}

// Read implements io.Reader.
func (t *transfer) Read(p []byte) (int, error) {
	n, err := t.body.Read(p)
	if err != nil && err != io.EOF {
		e := fault.Wrap(fault.APIUnreachable, err)
		e.Detail = brokenOff
		return n, e
	}
	return n, err
}

// Close ends the transfer.
func (t *transfer) Close() error {
	t.cancel(nil)
	return t.body.Close()
}

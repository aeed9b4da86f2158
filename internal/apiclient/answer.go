package apiclient

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
)

const (
	foreignAnswer = "The answer is not one of the Unstuck API. Check UNSTUCK_API_URL."
	largeAnswer   = "The answer is larger than 16 MiB. Ask for less at a time."
)

// send runs the request over the transport itself: an http.Client would follow redirects with the key.
func (c *Client) send(req *http.Request) (Response, error) {
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return Response{}, unreachable(err)
	}
	defer resp.Body.Close()
	body, err := readAll(resp)
	if err != nil {
		return Response{}, err
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return Response{}, refusal(resp, body)
	}
	if len(body) > 0 && !strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		return Response{}, fault.New(fault.Internal, foreignAnswer)
	}
	return Response{Status: resp.StatusCode, Body: body, RequestID: resp.Header.Get("X-Request-Id")}, nil
}

func refusal(resp *http.Response, body []byte) *fault.Error {
	e := fault.Parse(resp.StatusCode, body)
	if e.RequestID == "" {
		e.RequestID = resp.Header.Get("X-Request-Id")
	}
	return e
}

// readAll reads an answer of known length in one piece.
func readAll(resp *http.Response) ([]byte, error) {
	if resp.ContentLength > MaxAnswerBytes {
		return nil, fault.New(fault.Internal, largeAnswer)
	}
	if resp.ContentLength >= 0 {
		body := make([]byte, resp.ContentLength)
		if _, err := io.ReadFull(resp.Body, body); err != nil {
			return nil, unreachable(err)
		}
		return body, nil
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxAnswerBytes+1))
	switch {
	case err != nil:
		return nil, unreachable(err)
	case len(body) > MaxAnswerBytes:
		return nil, fault.New(fault.Internal, largeAnswer)
	}
	return body, nil
}

func unreachable(cause error) *fault.Error {
	e := fault.Wrap(fault.APIUnreachable, cause)
	e.RetryAfter = time.Second
	if errors.Is(cause, context.DeadlineExceeded) {
		e.Detail = "The API did not answer in time. Try again shortly."
	}
	return e
}

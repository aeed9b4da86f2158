// Package httpapi is the provider that is described by data: a vendor's HTTP API, asked through a URL template and read through a jq program, as the
// settings of a workspace say.
package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/itchyny/gojq"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/outbound"
	"github.com/unstuckengine/unstuck/internal/settings"
)

// Why a lookup failed. The texts are fixed: they hold nothing of the request, which carries a secret, nor of the answer.
var (
	ErrMisconfigured = errors.New("httpapi: the provider does not take the secret")             // 401, 403
	ErrExhausted     = errors.New("httpapi: the provider's own limit or credit is used up")     // 402, 429
	ErrFailed        = errors.New("httpapi: the provider failed")                               // 5xx and what else is no answer
	ErrAnswer        = errors.New("httpapi: the answer is not what the settings say it is")     // no JSON, or the response program fails on it
	ErrRequest       = errors.New("httpapi: the request program fails on what is known")        //
	ErrProgram       = errors.New("httpapi: the settings hold a program that does not compile") // checked when they are stored
)

// ErrRefused says that the provider takes no request for this subject (400, 422 and the like): it counts as a failure, but says nothing of the provider's health.
var ErrRefused = fmt.Errorf("httpapi: the provider refuses the request: %w", enrich.ErrUnreachable)

// Client sends requests; *outbound.Client is one.
type Client interface {
	Do(ctx context.Context, req *http.Request, l outbound.Limit) (*outbound.Answer, error)
}

// Provider implements enrich.Provider.
type Provider struct {
	client   Client
	settings settings.HTTPProvider
	url      template
	request  *gojq.Code // nil for none
	response *gojq.Code
}

// New returns the provider that the settings describe; they have been checked when they were stored. The error is ErrProgram.
func New(s settings.HTTPProvider, c Client) (*Provider, error) {
	p := &Provider{client: c, settings: s, url: parseTemplate(s.URL)}
	var err error
	if s.Request != "" {
		if p.request, err = compile(s.Request); err != nil {
			return nil, err
		}
	}
	p.response, err = compile(s.Response)
	return p, err
}

// Lookup implements enrich.Provider. It asks once and never again, since the waterfall goes on. enrich.ErrUnfit when the URL needs what is not known, or
// the request program gives nothing; 204, 404, 410 and 451 are misses. Errors: those of this package, of package outbound, and the context's.
func (p *Provider) Lookup(ctx context.Context, s enrich.Subject, wanted []enrich.Field) ([]enrich.Answer, error) {
	req, err := p.build(ctx, s, wanted)
	if err != nil {
		return nil, err
	}
	a, err := p.client.Do(ctx, req, outbound.Limit{HTTPSOnly: true})
	if err != nil {
		return nil, fmt.Errorf("httpapi: %w", err)
	}
	if miss, err := judge(a.Status); miss || err != nil {
		return nil, err
	}
	return p.read(ctx, a.Body)
}

// judge says what a status means: a miss, an error, or neither for an answer.
func judge(status int) (miss bool, err error) {
	switch status {
	case http.StatusOK, http.StatusCreated, http.StatusNonAuthoritativeInfo:
		return false, nil
	case http.StatusNoContent, http.StatusNotFound, http.StatusGone, http.StatusUnavailableForLegalReasons:
		return true, nil
	case http.StatusUnauthorized, http.StatusForbidden:
		return false, ErrMisconfigured
	case http.StatusPaymentRequired, http.StatusTooManyRequests:
		return false, ErrExhausted
	}
	if status >= 400 && status < 500 && status != http.StatusRequestTimeout {
		return false, ErrRefused
	}
	return false, ErrFailed
}

// build makes the request.
func (p *Provider) build(ctx context.Context, s enrich.Subject, wanted []enrich.Field) (*http.Request, error) {
	url, ok := p.url.fill(s)
	if !ok {
		return nil, enrich.ErrUnfit
	}
	var body []byte
	if p.request != nil {
		var err error
		if body, err = p.body(ctx, s, wanted); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, p.settings.Method, withSecret(url, p.settings), bytes.NewReader(body))
	if err != nil {
		return nil, ErrRequest // the text would hold the URL
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "unstuck")
	for name, value := range p.settings.Headers {
		req.Header.Set(name, value)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if p.settings.SecretHeader != "" && !p.settings.Secret.IsZero() {
		req.Header.Set(p.settings.SecretHeader, p.settings.SecretPrefix+p.settings.Secret.Reveal())
	}
	return req, nil
}

// body runs the request program.
func (p *Provider) body(ctx context.Context, s enrich.Subject, wanted []enrich.Field) ([]byte, error) {
	v, err := run(ctx, p.request, describe(s, wanted))
	switch {
	case err != nil:
		return nil, errors.Join(ErrRequest, ctx.Err())
	case v == nil:
		return nil, enrich.ErrUnfit
	}
	body, ok := encode(v)
	if !ok {
		return nil, ErrRequest
	}
	return body, nil
}

// read runs the response program and takes its values apart.
func (p *Provider) read(ctx context.Context, body []byte) ([]enrich.Answer, error) {
	input, err := decode(body)
	if err != nil {
		return nil, ErrAnswer
	}
	v, err := run(ctx, p.response, input)
	if err != nil {
		return nil, errors.Join(ErrAnswer, ctx.Err())
	}
	values, isObject := v.(map[string]any)
	if v != nil && !isObject {
		return nil, ErrAnswer
	}
	var out []enrich.Answer
	for _, f := range p.settings.Fields {
		a, ok, err := p.answer(f, values[string(f)])
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, a)
		}
	}
	return out, nil
}

// answer takes a value, or an object of value and confidence. ok is false for null.
func (p *Provider) answer(f enrich.Field, v any) (a enrich.Answer, ok bool, err error) {
	a = enrich.Answer{Field: f, Confidence: p.settings.Confidence}
	if o, isObject := v.(map[string]any); isObject {
		v = o["value"]
		if c, given := number(o["confidence"]); given && c >= 0 && c <= 1 { // another scale says nothing that could be trusted
			a.Confidence = c
		}
	}
	if v == nil {
		return a, false, nil
	}
	if a.Value, ok = encode(v); !ok {
		return a, false, ErrAnswer
	}
	return a, string(a.Value) != "null", nil // as which jq writes what is no number
}

// decode reads one JSON value; numbers keep all their digits.
func decode(body []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if err = d.Decode(&v); err == nil && d.More() {
		err = ErrAnswer
	}
	return v, err
}

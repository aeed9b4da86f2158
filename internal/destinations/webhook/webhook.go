// Package webhook sends messages to HTTPS addresses in the form of Standard Webhooks: signed, with an id that stays the same at each attempt.
package webhook

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/destinations/mapping"
	"github.com/unstuckengine/unstuck/internal/destinations/receiver"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/outbound"
)

// Client reaches receivers; *outbound.Client is one.
type Client interface {
	receiver.Client
	Check(ctx context.Context, u *url.URL, l outbound.Limit) error
}

// limit keeps secrets to HTTPS and to the address that was confirmed, and nothing of an answer.
var limit = outbound.Limit{HTTPSOnly: true, NoRedirects: true, HeadOnly: true}

// Sender is destinations.Sender for webhooks.
type Sender struct {
	client Client
	now    func() time.Time
}

// New returns a Sender that signs with the time of now.
func New(client Client, now func() time.Time) *Sender { return &Sender{client, now} }

var _ destinations.Sender = (*Sender)(nil)

// Check implements destinations.Sender: the address must be one that can be reached from outside.
func (s *Sender) Check(ctx context.Context, t destinations.Target) (wrong []fault.Field) {
	for name := range t.Options {
		wrong = append(wrong, fault.Field{Path: "options." + name, Message: "a webhook has no such option"})
	}
	for name := range t.Secrets {
		wrong = append(wrong, fault.Field{Path: "secrets." + name, Message: "a webhook has no such secret; put it into a secret header"})
	}
	u, err := url.Parse(t.URL)
	if err != nil || t.URL == "" {
		return append(wrong, fault.Field{Path: "url", Message: "must be an https URL"})
	}
	if problem := s.reach(ctx, u); problem != "" {
		wrong = append(wrong, fault.Field{Path: "url", Message: problem})
	}
	return wrong
}

// reach says why nothing can be sent to the URL, "" when it seems that it can. That a name does not exist and that it leads inside is said alike, so
// that nobody learns which names there are inside.
func (s *Sender) reach(ctx context.Context, u *url.URL) string {
	switch err := s.client.Check(ctx, u, limit); {
	case err == nil:
		return ""
	case errors.Is(err, outbound.ErrForbidden), errors.Is(err, outbound.ErrNoSuchName):
		return "must lead to a public address, by https on port 443 (an operator can allow networks of their own: UNSTUCK_OUTBOUND_ALLOW)"
	}
	return "its host cannot be looked up just now; try again"
}

// Defaults implements destinations.Sender: a webhook gets the record as a whole.
func (*Sender) Defaults(filter.Kind) destinations.Mapping { return nil }

// Rule implements destinations.Sender.
func (*Sender) Rule() mapping.Rule {
	return mapping.Rule{Fits: mapping.Column, Form: "must be 1 to 100 visible characters"}
}

// Send implements destinations.Sender. Any 2xx is a success; what else is in the answer is not looked at. A redirect is a failure, and 410 means that
// the receiver wants nothing any more.
func (s *Sender) Send(ctx context.Context, t destinations.Target, m destinations.Message) (int, error) {
	body, err := payload(m)
	if err != nil {
		return 0, &destinations.Failure{Class: destinations.ClassAnswer, Final: true}
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, t.URL, strings.NewReader(string(body)))
	if err != nil {
		return 0, &destinations.Failure{Class: destinations.ClassForbidden, Final: true}
	}
	for _, h := range t.Headers {
		req.Header.Set(h.Name, h.Value.Reveal())
	}
	if err := s.sign(req.Header, t, m.ID, body); err != nil {
		return 0, &destinations.Failure{Class: destinations.ClassSecret}
	}
	answer, err := s.client.Do(ctx, req, limit)
	if err != nil {
		return 0, receiver.Unreached(ctx, err)
	}
	return answer.Status, s.judge(answer)
}

// judge says what a status means.
func (s *Sender) judge(a *outbound.Answer) error {
	switch {
	case a.Status == http.StatusGone:
		return &destinations.Failure{Class: destinations.ClassGone, Final: true}
	case a.Status >= 300 && a.Status < 400:
		return &destinations.Failure{Class: destinations.ClassRedirect}
	}
	return receiver.Judge(a, s.now())
}

// sign sets the headers of Standard Webhooks, with one signature for each secret that counts.
func (s *Sender) sign(h http.Header, t destinations.Target, id string, body []byte) error {
	now, signatures := s.now(), make([]string, 0, 2)
	for _, secret := range t.Signing {
		hook, err := standardwebhooks.NewWebhook(secret.Reveal())
		if err != nil {
			return errors.New("webhook: the signing secret cannot be read")
		}
		signature, err := hook.Sign(id, now, body)
		if err != nil {
			return errors.New("webhook: the message cannot be signed")
		}
		signatures = append(signatures, signature)
	}
	if len(signatures) == 0 {
		return errors.New("webhook: there is no signing secret")
	}
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", "unstuck")
	h.Set(standardwebhooks.HeaderWebhookID, id)
	h.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	h.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
	return nil
}

// Package provider asks an organisation's own identity provider (OpenID Connect) who somebody is: authorization code flow with PKCE, state and nonce.
package provider

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// The reasons for which somebody is not let in.
var (
	// ErrRefused means that the answer is no answer to what was asked, is too late, or proves nothing.
	ErrRefused = errors.New("provider: the answer was refused")
	// ErrDenied means that the person or the provider said no.
	ErrDenied = errors.New("provider: the sign-in was not allowed there")
	// ErrUnverified means that the provider does not vouch for the email.
	ErrUnverified = errors.New("provider: the email is not verified")
	// ErrUnreachable means that the provider does not answer as it should.
	ErrUnreachable = errors.New("provider: it cannot be reached")
)

const (
	answerIn = 10 * time.Minute
	timeout  = 10 * time.Second // of one call
	pause    = 5 * time.Second  // before a provider that did not answer is asked again
)

// Config names the provider and us to it. All but Now must be set.
type Config struct {
	Issuer       string
	ClientID     string
	ClientSecret string
	RedirectURL  string           // where the provider sends people back to
	Now          func() time.Time // nil = time.Now
}

// Provider is one identity provider. It is safe for concurrent use.
type Provider struct {
	Config
	client *http.Client

	mu    sync.Mutex
	found *oidc.Provider // nil until the provider has told about itself
	again time.Time      // when it is asked next after it did not answer, so that those who wait do not wait for each other
}

// New returns a Provider. It is asked nothing before the first person signs in, so that ours starts while it is down.
func New(c Config) *Provider {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Provider{Config: c, client: &http.Client{Timeout: timeout}}
}

// Host names the provider for people.
func (p *Provider) Host() string {
	u, err := url.Parse(p.Issuer)
	if err != nil {
		return p.Issuer
	}
	return u.Host
}

// Pending is a sign-in that was begun. The browser keeps it, sealed, for the way back.
type Pending struct {
	State, Nonce, Verifier string
	Until                  time.Time
}

// Begin returns where to send the browser. ErrUnreachable when the provider does not say.
func (p *Provider) Begin(ctx context.Context) (address string, pending Pending, err error) {
	found, err := p.discover(ctx)
	if err != nil {
		return "", Pending{}, err
	}
	pending = Pending{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), Until: p.Now().Add(answerIn)}
	return p.oauth(found).AuthCodeURL(pending.State, oidc.Nonce(pending.Nonce), oauth2.S256ChallengeOption(pending.Verifier)), pending, nil
}

func (p *Provider) discover(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found == nil {
		if p.Now().Before(p.again) {
			return nil, ErrUnreachable
		}
		found, err := oidc.NewProvider(oidc.ClientContext(ctx, p.client), p.Issuer)
		if err != nil {
			p.again = p.Now().Add(pause)
			return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
		}
		p.found = found
	}
	return p.found, nil
}

func (p *Provider) oauth(found *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{ClientID: p.ClientID, ClientSecret: p.ClientSecret, RedirectURL: p.RedirectURL, Endpoint: found.Endpoint(), Scopes: []string{oidc.ScopeOpenID, "email"}}
}

// Finish reads the provider's answer to what is pending and returns the email that it vouches for.
func (p *Provider) Finish(ctx context.Context, pending Pending, answer url.Values) (email string, err error) {
	switch {
	case pending.State == "" || subtle.ConstantTimeCompare([]byte(pending.State), []byte(answer.Get("state"))) != 1, p.Now().After(pending.Until),
		answer.Has("iss") && answer.Get("iss") != p.Issuer:
		return "", ErrRefused
	case answer.Has("error"):
		return "", fmt.Errorf("%w: %q", ErrDenied, answer.Get("error"))
	}
	found, err := p.discover(ctx)
	if err != nil {
		return "", err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	token, err := p.oauth(found).Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(pending.Verifier))
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrRefused, err)
	}
	text, _ := token.Extra("id_token").(string)
	id, err := found.VerifierContext(ctx, &oidc.Config{ClientID: p.ClientID, Now: p.Now}).Verify(ctx, text)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if subtle.ConstantTimeCompare([]byte(pending.Nonce), []byte(id.Nonce)) != 1 {
		return "", fmt.Errorf("%w: another nonce", ErrRefused)
	}
	return p.email(id)
}

// email returns the email of the token where it is ours and the email is proved.
func (p *Provider) email(id *oidc.IDToken) (string, error) {
	var claims struct {
		Email    string `json:"email"`
		Verified any    `json:"email_verified"` // some send a text
		Party    string `json:"azp"`
	}
	if err := id.Claims(&claims); err != nil {
		return "", fmt.Errorf("%w: %w", ErrRefused, err)
	}
	if (len(id.Audience) > 1 || claims.Party != "") && claims.Party != p.ClientID {
		return "", fmt.Errorf("%w: the token was made for another party", ErrRefused)
	}
	if claims.Email == "" || claims.Verified != true && claims.Verified != "true" {
		return "", ErrUnverified
	}
	return claims.Email, nil
}

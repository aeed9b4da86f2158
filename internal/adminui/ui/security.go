package ui

import (
	"context"
	"crypto/rand"
	"net/http"
)

// policy lets a page run and show what this server sent, and nothing else. The pictures of the style sheet are data: addresses.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; " +
	"base-uri 'none'; frame-ancestors 'none'"

// secured puts the headers on every answer that keep pages out of frames and caches. Assets set their own Cache-Control.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin") // no-referrer would turn the Origin of forms into null
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		h.Add("Vary", "Cookie")
		next.ServeHTTP(w, r)
	})
}

// TokenField is the form field that carries the session's token; CSRF writes it.
const TokenField = "_token"

func newToken() string { return rand.Text() }

type tokenContext struct{}

// withToken makes token known to the forms rendered under the context. It is called for pages alone that have a form, so that others need no session.
func withToken(ctx context.Context, token func() string) context.Context {
	return context.WithValue(ctx, tokenContext{}, token)
}

// tokenOf returns the token that forms rendered under ctx carry; "" where nobody asks for one.
func tokenOf(ctx context.Context) string {
	if token, ok := ctx.Value(tokenContext{}).(func() string); ok {
		return token()
	}
	return ""
}

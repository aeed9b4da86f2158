package token_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/token"
)

type holder struct {
	Shown  token.Secret
	hidden token.Secret // fmt cannot call its methods
	behind *token.Secret
}

func TestSecretIsNeverPrinted(t *testing.T) {
	s, err := token.Parse(vector)
	if err != nil {
		t.Fatal(err)
	}
	h := holder{s, s, &s}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p", "%t", "%U", "%10.3s", "%w"} {
		for _, v := range []any{s, &s, h, &h, []token.Secret{s}, map[string]token.Secret{"k": s}, struct{ h holder }{h}, errors.Join(fmt.Errorf("of %v", s))} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
	}
	var log bytes.Buffer
	for _, handler := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(handler).Info("x", "s", s, "h", h)
	}
	for _, v := range []any{s, &s, h, map[string]any{"k": s}} {
		enc, err := json.Marshal(v)
		if err != nil {
			t.Errorf("Marshal(%T): %v", v, err)
		}
		out.Write(enc)
	}
	all := out.String() + log.String()
	for _, form := range []string{vector[8:20], fmt.Sprintf("%x", vector[8:20]), fmt.Sprintf("%X", vector[8:20]), fmt.Sprint([]byte(vector[8:14]))[1:20]} {
		if strings.Contains(all, form) {
			t.Errorf("the output holds the secret as %q", form)
		}
	}
	if !strings.Contains(all, token.Redact("a1b2c3d4")) {
		t.Error("the output does not hold the redacted form")
	}
}

func TestSecretForms(t *testing.T) {
	s, _ := token.Parse(vector)
	const redacted = "unstuck_***_a1b2c3d4"
	text, _ := s.MarshalText()
	enc, _ := json.Marshal(s)
	for name, got := range map[string]string{
		"String": s.String(), "GoString": s.GoString(), "text": string(text), "JSON": strings.Trim(string(enc), `"`),
		"log": s.LogValue().String(), "format": fmt.Sprintf("%d", s), "Redact": token.Redact(s.ID()),
	} {
		if got != redacted {
			t.Errorf("%s = %q, want %q", name, got, redacted)
		}
	}
}

func TestZeroSecret(t *testing.T) {
	var zero token.Secret
	s, _ := token.Parse(vector)
	enc, err := json.Marshal(zero)
	if zero.Reveal() != "" || zero.ID() != "" || zero.String() != "" || !zero.IsZero() || s.IsZero() || string(enc) != `""` || err != nil {
		t.Errorf("the zero secret is %q, %q, JSON %s (%v)", zero.Reveal(), zero.ID(), enc, err)
	}
	if !zero.Equal(token.Secret{}) || zero.Equal(s) || !s.Equal(s) || s.Equal(mint(t)) {
		t.Error("Equal is wrong")
	}
}

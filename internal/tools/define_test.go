package tools

import (
	"net/http"
	"testing"

	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// TestDefineRefusesWhatMustNotExist builds operations that lack a part each; the program would not start with one.
func TestDefineRefusesWhatMustNotExist(t *testing.T) {
	whole := Spec{Name: "x", Title: "X", Description: "Does x.", Permission: scope.RecordsRead, Effect: Read, Route: Route{http.MethodGet, "/v1/x"}}
	built := func(s Spec) (ok bool) {
		defer func() { ok = recover() == nil }()
		define[wire.GetAccess, wire.Access](s)
		return
	}
	if !built(whole) {
		t.Fatal("a whole operation is refused")
	}
	for name, spoil := range map[string]func(*Spec){
		"name":               func(s *Spec) { s.Name = "" },
		"title":              func(s *Spec) { s.Title = "" },
		"description":        func(s *Spec) { s.Description = "" },
		"permission":         func(s *Spec) { s.Permission = "" },
		"unknown permission": func(s *Spec) { s.Permission = "records:burn" },
		"effect":             func(s *Spec) { s.Effect = 0 },
		"unknown effect":     func(s *Spec) { s.Effect = Destroy + 1 },
		"method":             func(s *Spec) { s.Route.Method = "" },
		"path":               func(s *Spec) { s.Route.Path = "" },
	} {
		s := whole
		spoil(&s)
		if built(s) {
			t.Errorf("an operation without %s is built", name)
		}
	}
}

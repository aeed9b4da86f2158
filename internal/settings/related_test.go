package settings_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/fault"
)

// TestConditionsOnOtherRecordsAreBoundedInAll: over all ICPs and personas, and the one that is too many is named.
func TestConditionsOnOtherRecordsAreBoundedInAll(t *testing.T) {
	w := setup(t)
	// parameters are n of them, each with 10 conditions on signals, and one with as many more.
	parameters := func(n, more int) string {
		list := []string{landed}
		for i := range n + 1 {
			count := 10
			if i == n {
				count = more
			}
			list = append(list, `{"name":"p`+strconv.Itoa(i)+`","mode":"exclude","condition":{"any":[`+strings.Repeat(`{"signals":{"min":3}},`, count)+`{"field":"id","op":"present"}]}}`)
		}
		return `[` + strings.Join(list, ",") + `]`
	}
	icps := func(a, b, c string) string {
		return `{"icps":{"a":{"name":"A","parameters":` + a + `},"b":{"name":"B","parameters":` + b + `,
			"personas":{"p":{"name":"P","parameters":` + strings.ReplaceAll(c, "country_code", "title") + `}}}}}`
	}
	for change, path := range map[string]string{
		icps(parameters(5, 0), parameters(5, 1), parameters(1, 0)):  "icps.b.parameters[6].condition",
		icps(parameters(5, 0), parameters(3, 1), parameters(1, 10)): "icps.b.personas.p.parameters[2].condition",
	} {
		if _, refused := w.change(t, change, fault.ValidationFailed); len(refused.Fields) != 1 || refused.Fields[0].Path != path {
			t.Errorf("refused %+v, want %s", refused.Fields, path)
		}
	}
	w.change(t, icps(parameters(5, 0), parameters(3, 10), parameters(1, 0)), "")
}

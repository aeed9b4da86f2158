package activity_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
)

// constants reads those whose names begin with the prefix from the source, or that are of the type, so that none is forgotten.
func constants(t *testing.T, prefix, typ string) (out []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "activity.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if name, ok := spec.Type.(*ast.Ident); ok && name.Name == typ || prefix != "" && strings.HasPrefix(spec.Names[0].Name, prefix) {
			text, _ := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			out = append(out, text)
		}
		return true
	})
	if len(out) < 10 {
		t.Fatalf("found %d constants; the reader must have missed some", len(out))
	}
	slices.Sort(out)
	return out
}

func TestObjectTypesAreWhole(t *testing.T) {
	if d := cmp.Diff(constants(t, "Object", ""), activity.ObjectTypes()); d != "" {
		t.Errorf("(-constants +offered)\n%s", d)
	}
}

func TestEveryActionHasItsWords(t *testing.T) {
	for _, name := range constants(t, "", "Action") {
		action := activity.Action(name)
		e := activity.New("w", at, activity.OperatorActor("root"), action, "thing", "t1", nil)
		bare := strings.NewReplacer(".", " ", "_", " ").Replace(string(action)) + ": thing t1"
		if got := e.Words(); got == bare || strings.ContainsAny(got, "{}") {
			t.Errorf("%s has no words of its own: %q", action, got)
		}
		if prefix, ok := activity.Action(strings.SplitAfter(string(action), ".")[0] + "*").Group(); !ok || !strings.HasPrefix(string(action), prefix) {
			t.Errorf("%s is in no group", action)
		}
	}
}

func TestWords(t *testing.T) {
	long := strings.Repeat("ä", 200)
	for _, c := range []struct {
		action     activity.Action
		typ, id    string
		detail     map[string]string
		want       string
		factsCount int
	}{
		{activity.KeyRevoked, activity.ObjectKey, "a1b2c3d4", map[string]string{"name": "Nightly"}, "revoked key Nightly (unstuck_***_a1b2c3d4)", 1},
		{activity.KeyCreated, activity.ObjectKey, "a1b2c3d4", map[string]string{"name": "{object} {key}"}, "made key {object} {key} (unstuck_***_a1b2c3d4)", 1},
		{activity.KeyCreated, activity.ObjectKey, "a1b2c3d4", map[string]string{"name": long}, "made key " + long[:200] + "… (unstuck_***_a1b2c3d4)", 1},
		{activity.KeyRotated, activity.ObjectKey, "a1b2c3d4", map[string]string{"name": "Nightly", "replaces": "0badcafe"}, "made key Nightly (unstuck_***_a1b2c3d4) to replace unstuck_***_0badcafe", 2},
		{activity.WorkspaceUpdated, activity.ObjectWorkspace, "w", map[string]string{"plan": "pro", "plan_before": "free", "burst": "5", "burst_before": "1"}, "changed the workspace: burst, plan", 2},
		{activity.SettingsUpdated, activity.ObjectSettings, "enrichment", map[string]string{"a": "", "b": "", "c": "", "d": "", "e_before": "x"}, "changed settings: a, b, c, 2 more", 5},
		{activity.RecordDeleted, activity.ObjectLead, "l1", nil, "erased lead l1", 0},
		{"later_thing.was_done", "later_thing", "x", nil, "later thing was done: later thing x", 0},
	} {
		e := activity.New("w", at, activity.OperatorActor("root"), c.action, c.typ, c.id, c.detail)
		if got := e.Words(); got != c.want || len(e.Facts()) != c.factsCount {
			t.Errorf("%s: %q with %d facts, want %q with %d", c.action, got, len(e.Facts()), c.want, c.factsCount)
		}
	}
}

func TestFactsTellWhatWasBefore(t *testing.T) {
	e := activity.Entry{Detail: map[string]string{"plan": "pro", "plan_before": "free", "name": "n", "gone_before": "g"}}
	want := []activity.Fact{{"gone", "", true, "g"}, {"name", "n", false, ""}, {"plan", "pro", true, "free"}}
	if d := cmp.Diff(want, e.Facts()); d != "" {
		t.Error(d)
	}
}

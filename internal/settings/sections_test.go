package settings_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/engagement"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/qualify"
	"github.com/unstuckengine/unstuck/internal/settings"
	"github.com/unstuckengine/unstuck/internal/signals"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// german is an ICP with all that must be given.
const german = `{"name":"German","parameters":[{"name":"Land","mode":"filter","condition":{"field":"country_code","op":"eq","value":"DE"}}]}`

// sections reads a patch of several sections.
func sections(t testing.TB, text string) (in wire.UpdateSettings) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &in); err != nil {
		t.Fatal(text, err)
	}
	return in
}

// change sends sections and fails the test unless they are answered with the code.
func (w world) change(t testing.TB, text string, want fault.Code) (wire.Settings, *fault.Error) {
	t.Helper()
	got, err := w.Update(context.Background(), w.ws, admin, sections(t, text))
	if fault.CodeOf(err) != want {
		t.Fatalf("%.200s: %v %+v, want code %q", text, err, fault.From(err), want)
	}
	return got, fault.From(err)
}

func (w world) scoring(t testing.TB) settings.Scoring {
	t.Helper()
	s, err := w.Scoring(context.Background(), w.ws)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDefaultScoring(t *testing.T) {
	w := setup(t)
	s := w.scoring(t)
	if d := cmp.Diff(signals.DefaultTypes(), s.Types); d != "" || s.Version != 0 || s.ICPs != nil {
		t.Errorf("scoring of nothing set: version %d, %v\n%s", s.Version, s.ICPs, d)
	}
	m := s.Engagement
	if len(m.Weights) != len(s.Types) || m.Classes["release"] != "second_party" || m.HalfLife != 14 || m.StageOf(40) != engagement.Warm || m.StageOf(84) != engagement.InMarket || m.StageOf(85) != engagement.Hot {
		t.Errorf("model = %+v", m)
	}
	shown, err := w.Get(context.Background(), w.ws)
	if err != nil || len(shown.SignalTypes) != len(s.Types) || shown.ICPs == nil || *shown.Engagement.Stages != (wire.StageSettings{Warm: 40, InMarket: 65, Hot: 85}) {
		t.Errorf("shown = %+v, %v", shown, err)
	}
	if _, err := w.Scoring(context.Background(), "nobody"); fault.CodeOf(err) != fault.NotFound {
		t.Errorf("scoring of nobody: %v", err)
	}
}

func TestSignalTypes(t *testing.T) {
	w := setup(t)
	got, _ := w.change(t, `{"signal_types":{"release":{"enabled":false,"weight":7},"mine":{"class":"zero_party","about":"What we saw.","credit_cost":3},"my.own":{"class":"first_party"}}}`, "")
	if r := got.SignalTypes["release"]; *r.Enabled || *r.Weight != 7 || r.Class != "second_party" || r.About == "" {
		t.Errorf("release = %+v", r)
	}
	types := w.scoring(t).Types
	want := signals.Terms{Enabled: true, Weight: signals.CustomWeight, CreditCost: 3, Class: signals.ZeroParty, About: "What we saw."}
	if d := cmp.Diff(want, types["mine"]); d != "" || types.Enabled("release") || types["my.own"].Class != signals.FirstParty {
		t.Errorf("mine: %s", d)
	}
	w.change(t, `{"signal_types":{"release":{"weight":null},"mine":null}}`, "")
	if types := w.scoring(t).Types; types["release"].Weight != signals.DefaultTypes()["release"].Weight || types.Enabled("release") || types.Known("mine") {
		t.Errorf("null does not remove: %+v", types["release"])
	}
	got, _ = w.change(t, `{"signal_types":{"release":null,"my.own":null}}`, "")
	if d := cmp.Diff(signals.DefaultTypes(), w.scoring(t).Types); d != "" || got.Version != 3 {
		t.Errorf("version %d: %s", got.Version, d)
	}
}

func TestWhatIsReadCanBeSentBack(t *testing.T) {
	w := setup(t)
	w.change(t, `{"signal_types":{"mine":{"class":"first_party"}},"icps":{"de":`+german+`},"engagement":{"half_life_days":30,"source_weights":{"first_party":200}}}`, "")
	before := w.last(t)
	shown, err := w.Get(context.Background(), w.ws)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := json.Marshal(map[string]any{"signal_types": shown.SignalTypes, "icps": shown.ICPs, "engagement": shown.Engagement})
	again, _ := w.change(t, string(text), "")
	if d := cmp.Diff(shown, again); d != "" || w.last(t).ID != before.ID {
		t.Errorf("sent back, it is another: %s", d)
	}
}

func TestICPs(t *testing.T) {
	w := setup(t)
	w.change(t, `{"icps":{"us":{"name":"US","enabled":false,"parameters":[{"name":"a","mode":"score","weight":5,"condition":{"field":"tags","op":"present"}}]},
		"de":{"name":"German","parameters":[
			{"name":"Land","mode":"filter","condition":{"field":"country_code","op":"eq","value":"DE"}},
			{"name":"Seen","mode":"score","weight":30,"condition":{"signals":{"types":["hiring"],"last_days":30,"min":2}}}],
		"personas":{"cto":{"name":"CTO","parameters":[{"name":"Title","mode":"score","weight":1,"condition":{"field":"title","op":"word","value":"CTO"}}]},
			"off":{"name":"Off","enabled":false,"parameters":[{"name":"x","mode":"filter","condition":{"field":"account.domain","op":"present"}}]}}}}}`, "")
	want := []qualify.ICP{{Code: "de", Name: "German", Parameters: []qualify.Parameter{
		{Name: "Land", Mode: "filter", Condition: []byte(`{"field":"country_code","op":"eq","value":"DE"}`)},
		{Name: "Seen", Mode: "score", Weight: 30, Condition: []byte(`{"signals":{"last_days":30,"min":2,"types":["hiring"]}}`)},
	}, Personas: []qualify.Persona{{Code: "cto", Name: "CTO", Parameters: []qualify.Parameter{
		{Name: "Title", Mode: "score", Weight: 1, Condition: []byte(`{"field":"title","op":"word","value":"CTO"}`)},
	}}}}}
	if d := cmp.Diff(want, w.scoring(t).ICPs); d != "" {
		t.Errorf("ICPs (-want +got):\n%s", d)
	}
	got, _ := w.change(t, `{"icps":{"us":{"enabled":true},"de":{"personas":{"cto":null}}}}`, "")
	if s := w.scoring(t); len(s.ICPs) != 2 || s.ICPs[0].Personas != nil || s.ICPs[1].Code != "us" || len(got.ICPs["de"].Personas) != 1 {
		t.Errorf("ICPs = %+v", s.ICPs)
	}
	if got, _ = w.change(t, `{"icps":{"us":null,"de":null}}`, ""); len(got.ICPs) != 0 || w.scoring(t).ICPs != nil {
		t.Errorf("ICPs stay: %+v", got.ICPs)
	}
}

func TestEngagement(t *testing.T) {
	w := setup(t)
	w.change(t, `{"engagement":{"stages":{"hot":90}}}`, "")
	if m := w.scoring(t).Engagement; m.Hot != 90 || m.Warm != 40 {
		t.Errorf("one stage moved: %+v", m)
	}
	w.change(t, `{"signal_types":{"release":{"weight":50}},"engagement":{"half_life_days":7,"stages":{"warm":10,"in_market":20,"hot":90},"source_weights":{"second_party":0,"GitHub":150}}}`, "")
	m := w.scoring(t).Engagement
	if m.HalfLife != 7 || m.Weights["release"] != 50 || m.StageOf(20) != engagement.InMarket || m.Sources["GitHub"] != 150 || len(m.Sources) != 2 {
		t.Errorf("model = %+v", m)
	}
	w.change(t, `{"engagement":{"stages":{"hot":95},"source_weights":{"GitHub":null}}}`, "")
	if m = w.scoring(t).Engagement; m.Hot != 95 || m.Warm != 10 || len(m.Sources) != 1 {
		t.Errorf("model = %+v", m)
	}
	w.change(t, `{"engagement":{"stages":null,"half_life_days":null,"source_weights":null}}`, "")
	if m = w.scoring(t).Engagement; m.Hot != 85 || m.HalfLife != 14 || len(m.Sources) != 0 {
		t.Errorf("model = %+v", m)
	}
}

func TestActivityTellsDefaultsToo(t *testing.T) {
	w := setup(t)
	w.change(t, `{"signal_types":{"release":{"enabled":false,"weight":4,"autoqualify":false}},"engagement":{"stages":{"warm":41,"in_market":65,"hot":85}},"icps":{"de":`+german+`}}`, "")
	entry := w.last(t)
	want := map[string]string{
		"signal_types.release.enabled": "false", "signal_types.release.enabled_before": "true",
		"engagement.stages.warm": "41", "engagement.stages.warm_before": "40", "icps.de.name": "German", "icps.de.enabled": "true",
		"icps.de.parameters": `[{"condition":{"field":"country_code","op":"eq","value":"DE"},"mode":"filter","name":"Land"}]`,
	}
	if d := cmp.Diff(want, entry.Detail); d != "" || entry.ObjectID != "engagement,icps,signal_types" || entry.Action != activity.SettingsUpdated {
		t.Errorf("%s of %s (-want +got):\n%s", entry.Action, entry.ObjectID, d)
	}
}

func TestRegisterSignalTypes(t *testing.T) {
	w, ctx := setup(t), context.Background()
	register := func(names ...string) error { return w.RegisterSignalTypes(ctx, w.ws, admin, names) }
	if err := register("mine", "release", "yours"); err != nil {
		t.Fatal(err)
	}
	entry := w.last(t)
	if entry.ObjectID != settings.SignalTypesSection || entry.Detail["signal_types.mine.enabled"] != "true" || entry.Detail["signal_types.release.enabled"] != "" {
		t.Errorf("entry = %+v", entry)
	}
	w.change(t, `{"signal_types":{"mine":{"enabled":false}}}`, "")
	if err := register("mine"); err != nil || w.scoring(t).Version != 2 || w.scoring(t).Types.Enabled("mine") {
		t.Errorf("registered again: %v, %+v", err, w.scoring(t).Types["mine"])
	}
	if err := register("new", "No Name"); fault.CodeOf(err) != fault.ValidationFailed || w.scoring(t).Types.Known("new") {
		t.Errorf("a bad name: %v", err)
	}
	var many []string
	for i := range 201 {
		many = append(many, "t"+strings.Repeat("x", i%60)+string(rune('a'+i/60)))
	}
	if err := register(many...); fault.CodeOf(err) != fault.ValidationFailed || w.scoring(t).Version != 2 {
		t.Errorf("too many: %v", err)
	}
}

func TestHooksFollowChanges(t *testing.T) {
	w, ctx := setup(t), context.Background()
	var told []string
	boom := errors.New("boom")
	var fail error
	w.Service = settings.New(w.db, nil, func(ctx context.Context, workspaceID string, changed []string) error {
		s, err := w.Scoring(ctx, workspaceID) // within the transaction, the new version is read
		told = append(told, workspaceID, strings.Join(changed, "+"), s.Types["mine"].About)
		return errors.Join(err, fail)
	})
	w.change(t, `{"signal_types":{"mine":{"about":"New."}},"engagement":{"half_life_days":3}}`, "")
	w.change(t, `{"signal_types":{"mine":{"about":"New."}}}`, "") // changes nothing
	w.change(t, `{"icps":{"de":{}}}`, fault.ValidationFailed)
	if d := cmp.Diff([]string{w.ws, "engagement+signal_types", "New."}, told); d != "" {
		t.Errorf("told (-want +got):\n%s", d)
	}
	fail = boom
	before := w.last(t)
	_, err := w.Update(ctx, w.ws, admin, sections(t, `{"engagement":{"half_life_days":5}}`))
	if s := w.scoring(t); !errors.Is(err, boom) || s.Version != 1 || s.Engagement.HalfLife != 3 || w.last(t).ID != before.ID {
		t.Errorf("a hook that fails: %v, version %d", err, s.Version)
	}
}

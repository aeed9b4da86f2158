package settings_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/sealing"
	"github.com/unstuckengine/unstuck/internal/settings"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

var admin = activity.PersonActor("ann@example.com")

const secretText = "s3cr3t-of-acme-0123456789"

// acme is a provider with all that must be given.
const acme = `{"kind":"http","url":"https://api.acme.example/find?e={email}","response":".","fields":["work_email","phone"],"cost":2}`

type world struct {
	*settings.Service
	db *store.DB
	ws string
}

func pepper(kid int) keys.Pepper {
	return keys.Pepper{KID: kid, Secret: []byte(strings.Repeat(string(rune('a'+kid)), keys.MinPepper))}
}

func ring(t *testing.T, newest int, older ...int) *keys.Keyring {
	t.Helper()
	var rest []keys.Pepper
	for _, kid := range older {
		rest = append(rest, pepper(kid))
	}
	r, err := keys.NewKeyring(pepper(newest), rest...)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func clock(context.Context) (time.Time, error) { return time.Now(), nil }

func setup(t *testing.T) world {
	t.Helper()
	db, err := store.Open(context.Background(), store.Config{DataDir: t.TempDir(), Migrate: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	w, err := workspaces.NewService(db, clock).Create(context.Background(), admin, "Acme", workspaces.Pro, "")
	if err != nil {
		t.Fatal(err)
	}
	return world{settings.New(db, sealing.New(ring(t, 1))), db, w.ID}
}

// update sends the section and fails the test unless it is answered with the code.
func (w world) update(t *testing.T, section string, want fault.Code) (wire.Settings, *fault.Error) {
	t.Helper()
	got, err := w.Update(context.Background(), w.ws, admin, wire.UpdateSettings{Enrichment: json.RawMessage(section)})
	if fault.CodeOf(err) != want {
		t.Fatalf("%s: %v, want code %q", section, err, want)
	}
	return got, fault.From(err)
}

func (w world) last(t *testing.T) activity.Entry {
	t.Helper()
	list, err := w.db.ListActivity(context.Background(), w.ws, activity.Filter{Limit: 1})
	if err != nil || len(list) != 1 {
		t.Fatalf("activity: %v, %v", list, err)
	}
	return list[0]
}

func (w world) enrichment(t *testing.T) settings.Enrichment {
	t.Helper()
	e, err := w.Enrichment(context.Background(), w.ws)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestDefaults(t *testing.T) {
	w := setup(t)
	got, err := w.Get(context.Background(), w.ws)
	if err != nil {
		t.Fatal(err)
	}
	if got.Version != 0 || got.UpdatedAt != nil {
		t.Errorf("version %d of %v", got.Version, got.UpdatedAt)
	}
	text, _ := json.Marshal(got.Enrichment)
	want := `{"overage":"top_up_only","order":{"account":["workspace","reference","website","rdap","dns"],` +
		`"linkedin_url":["workspace","reference"],"personal_email":["workspace","reference"],"phone":["workspace","reference"],` +
		`"work_email":["workspace","reference","website","pattern"]},"providers":{}}`
	if string(text) != want {
		t.Errorf("got %s\nwant %s", text, want)
	}
	e := w.enrichment(t)
	if len(e.Order) != len(enrich.ChannelFields())+len(enrich.AccountFields()) || len(e.Order[enrich.HQCity]) != 5 || e.Overage != credits.TopUpOnly {
		t.Errorf("section = %+v", e)
	}
	_, err = w.Get(context.Background(), "nobody")
	if fault.CodeOf(err) != fault.NotFound {
		t.Errorf("unknown workspace: %v", err)
	}
}

func TestUpdateMerges(t *testing.T) {
	w := setup(t)
	w.update(t, `{"overage":"pause","providers":{"acme":`+acme+`}}`, "")
	w.update(t, `{"order":{"phone":["acme","workspace"],"hq_city":[]}}`, "")
	got, _ := w.update(t, `{"providers":{"acme":{"cost":5,"headers":{"X-Team":"one"},"enabled":true}}}`, "")
	p := got.Enrichment.Providers["acme"]
	if got.Version != 3 || got.UpdatedAt == nil || got.Enrichment.Overage != "pause" || *p.Cost != 5 || p.Headers["X-Team"] != "one" ||
		p.Method != "GET" || *p.Confidence != 0.5 || *p.TimeoutMS != 10_000 || *p.SecretSet {
		t.Errorf("settings = %+v", got)
	}
	if again, err := w.Get(context.Background(), w.ws); cmp.Diff(got, again) != "" || err != nil {
		t.Errorf("what is read differs: %v\n%s", err, cmp.Diff(got, again))
	}
	e := w.enrichment(t)
	if d := cmp.Diff(map[enrich.Field][]string{enrich.Phone: {"acme", "workspace"}, enrich.HQCity: {}},
		map[enrich.Field][]string{enrich.Phone: e.Order[enrich.Phone], enrich.HQCity: e.Order[enrich.HQCity]}); d != "" {
		t.Error(d)
	}
	if h := e.Providers["acme"]; h.Cost != 5 || h.Timeout != 10*time.Second || len(h.Fields) != 2 || !h.Secret.IsZero() || e.Overage != credits.Pause {
		t.Errorf("section = %+v", e)
	}
	got, _ = w.update(t, `{"providers":{"acme":{"headers":null,"enabled":false}},"order":{"hq_city":null},"overage":null}`, "")
	if p := got.Enrichment.Providers["acme"]; p.Headers != nil || *p.Enabled || got.Enrichment.Overage != "top_up_only" || got.Enrichment.Order["hq_city"] != nil {
		t.Errorf("null does not remove: %+v", got)
	}
	if e := w.enrichment(t); len(e.Providers) != 0 || cmp.Diff([]string{"workspace"}, e.Order[enrich.Phone]) != "" {
		t.Errorf("a provider that is switched off is asked: %+v", e)
	}
}

func TestPolicyReachesTheCredits(t *testing.T) {
	w := setup(t)
	s := credits.New(w.db)
	if _, err := s.TopUp(context.Background(), admin, w.ws, 5); err != nil {
		t.Fatal(err)
	}
	for policy, left := range map[string]int64{"pause": 10_000, "top_up_only": 10_005} {
		w.update(t, `{"overage":"`+policy+`"}`, "")
		if b, err := s.Balance(context.Background(), w.ws, ""); err != nil || b.Left != left || string(b.Overage) != policy {
			t.Errorf("%s: %+v, %v", policy, b, err)
		}
	}
}

func TestVersions(t *testing.T) {
	w := setup(t)
	w.update(t, `{"overage":"pause"}`, "")
	before := w.last(t)
	same, _ := w.update(t, `{"overage":"pause"}`, "")
	if same.Version != 1 || w.last(t).ID != before.ID {
		t.Errorf("a change of nothing made version %d", same.Version)
	}
	for version, want := range map[int64]fault.Code{0: fault.Conflict, 2: fault.Conflict, 1: ""} {
		_, err := w.Update(context.Background(), w.ws, admin, wire.UpdateSettings{Version: &version, Enrichment: json.RawMessage(`{"overage":"pause"}`)})
		if fault.CodeOf(err) != want {
			t.Errorf("version %d: %v, want code %q", version, err, want)
		}
		if want != "" && (!strings.Contains(fault.From(err).Detail, "version 1 now") || !strings.Contains(fault.From(err).Detail, "`unstuck settings get`")) {
			t.Errorf("the conflict does not say how to go on: %v", err)
		}
	}
	_, err := w.Update(context.Background(), "nobody", admin, wire.UpdateSettings{Enrichment: json.RawMessage(`{"overage":"pause"}`)})
	if fault.CodeOf(err) != fault.NotFound {
		t.Errorf("unknown workspace: %v", err)
	}
}

func TestActivityTellsBeforeAndAfter(t *testing.T) {
	w := setup(t)
	w.update(t, `{"providers":{"acme":`+acme+`}}`, "")
	first := w.last(t)
	if first.Action != activity.SettingsUpdated || first.Actor != admin || first.Detail["enrichment.providers.acme.fields"] != `["work_email","phone"]` ||
		first.Detail["enrichment.providers.acme.cost"] != "2" {
		t.Errorf("entry = %+v", first)
	}
	long := strings.Repeat(". | ", 300) + "."
	w.update(t, `{"providers":{"acme":{"cost":3,"response":"`+long+`","secret_header":"X-Key","secret":"`+secretText+`"}}}`, "")
	want := map[string]string{
		"enrichment.providers.acme.cost": "3", "enrichment.providers.acme.cost_before": "2",
		"enrichment.providers.acme.response": long[:1000] + "…", "enrichment.providers.acme.response_before": ".",
		"enrichment.providers.acme.secret_header": "X-Key", "enrichment.providers.acme.secret": "set",
	}
	if d := cmp.Diff(want, w.last(t).Detail); d != "" {
		t.Errorf("detail (-want +got):\n%s", d)
	}
	w.update(t, `{"providers":{"acme":{"response":"`+long+` | ."}}}`, "") // differs behind what is noted
	if d := w.last(t).Detail; len(d) != 2 {
		t.Errorf("detail = %v", d)
	}
}

func TestSecretsAreWrittenOnly(t *testing.T) {
	w := setup(t)
	steps := []struct{ section, note, secret string }{
		{`{"providers":{"acme":{"secret":"` + secretText + `","secret_header":"X-Key","secret_prefix":"Bearer ",` + acme[1:] + `}}`, "set", secretText},
		{`{"providers":{"acme":{"secret":"` + secretText + `2"}}}`, "changed", secretText + "2"},
		{`{"providers":{"acme":{"cost":1,"secret_set":false}}}`, "", secretText + "2"},
		{`{"providers":{"acme":{"secret":null}}}`, "removed", ""},
		{`{"providers":{"acme":{"secret":"` + secretText + `"}}}`, "set", secretText},
		{`{"providers":{"acme":null}}`, "removed", ""},
		{`{"providers":{"acme":{"secret_header":"X-Key",` + acme[1:] + `}}`, "", ""},
	}
	for i, c := range steps {
		got, _ := w.update(t, c.section, "")
		e := w.enrichment(t)
		set := got.Enrichment.Providers["acme"].SecretSet
		if e.Providers["acme"].Secret.Reveal() != c.secret || (set != nil && *set != (c.secret != "")) {
			t.Errorf("step %d: secret %q, told %v", i, e.Providers["acme"].Secret.Reveal(), set)
		}
		entry := w.last(t)
		if note := entry.Detail["enrichment.providers.acme.secret"]; note != c.note {
			t.Errorf("step %d: noted %q, want %q", i, note, c.note)
		}
		kept, err := w.db.Settings(context.Background(), w.ws)
		shown, _ := json.Marshal([]any{got, entry, e, string(kept.Document)})
		if all := string(shown) + fmt.Sprintf("%v %+v %#v %s", got, e, e, kept.Secrets); err != nil || strings.Contains(all, secretText) {
			t.Errorf("step %d shows the secret, %v", i, err)
		}
	}
}

func TestSecretsStayWithTheirHost(t *testing.T) {
	w := setup(t)
	w.update(t, `{"providers":{"acme":{"secret":"`+secretText+`","secret_query":"key",`+acme[1:]+`}}`, "")
	_, refused := w.update(t, `{"providers":{"acme":{"url":"https://evil.example/"}}}`, fault.ValidationFailed)
	if len(refused.Fields) != 1 || refused.Fields[0].Path != "enrichment.providers.acme.secret" {
		t.Errorf("refused = %+v", refused)
	}
	w.update(t, `{"providers":{"acme":{"url":"https://API.acme.example/v2/{domain}"}}}`, "")
	w.update(t, `{"providers":{"acme":{"url":"https://other.example/","secret":"another"}}}`, "")
	w.update(t, `{"providers":{"acme":{"url":"https://third.example/","secret":null}}}`, "")
}

func TestSecretsSurviveRotation(t *testing.T) {
	w := setup(t)
	w.update(t, `{"providers":{"acme":{"secret":"`+secretText+`","secret_query":"key",`+acme[1:]+`},"order":{"phone":["acme","workspace"]}}`, "")
	lost := world{settings.New(w.db, sealing.New(ring(t, 2))), w.db, w.ws}
	if e := lost.enrichment(t); len(e.Providers) != 0 || cmp.Diff([]string{"acme"}, e.Locked) != "" || len(e.Order[enrich.Phone]) != 1 {
		t.Errorf("without its key: %+v", e)
	}
	both := world{settings.New(w.db, sealing.New(ring(t, 2, 1))), w.db, w.ws}
	if e := both.enrichment(t); e.Providers["acme"].Secret.Reveal() != secretText {
		t.Error("a secret under the older key is not read")
	}
	version := both.enrichment(t).Version
	both.update(t, `{}`, "") // seals anew, and is no new version
	if e := lost.enrichment(t); e.Providers["acme"].Secret.Reveal() != secretText || e.Version != version {
		t.Errorf("not sealed under the newest key: %+v", e)
	}
}

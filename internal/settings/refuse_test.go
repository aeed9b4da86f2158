package settings_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/settings"
)

// with returns acme with fields set over it.
func with(fields string) string {
	var p, over map[string]any
	for text, into := range map[string]*map[string]any{acme: &p, "{" + fields + "}": &over} {
		if err := json.Unmarshal([]byte(text), into); err != nil {
			panic(fmt.Sprint(text, err))
		}
	}
	for name, value := range over {
		p[name] = value
	}
	text, _ := json.Marshal(p)
	return `{"providers":{"acme":` + string(text) + `}}`
}

func TestUpdateRefuses(t *testing.T) {
	w := setup(t)
	many := make([]string, 21)
	for i := range many {
		many[i] = fmt.Sprintf(`"p%d":%s`, i, acme)
	}
	for _, c := range []struct{ section, path string }{
		{`{"overage":"auto_buy"}`, "overage"}, {`{"overage":"never"}`, "overage"}, {`{"overage":5}`, "overage"}, {`{"Overage":"pause"}`, "Overage"},
		{`{"order":{"fax":[]}}`, "order.fax"}, {`{"order":{"phone":["nobody"]}}`, "order.phone[0]"}, {`{"order":{"phone":["dns","dns"]}}`, "order.phone[1]"},
		{`{"order":{"phone":["reference:"]}}`, "order.phone[0]"}, {`{"order":{"phone":"dns"}}`, "order.phone"},
		{`{"providers":{"acme":` + acme + `},"order":{"account":["acme"]}}`, "order.account[0]"},
		{`{"providers":{"acme":` + acme + `},"order":{"linkedin_url":["acme"]}}`, "order.linkedin_url[0]"},
		{`{"providers":{"workspace":` + acme + `}}`, "providers.workspace"}, {`{"providers":{"A B":` + acme + `}}`, `providers["A B"]`},
		{`{"providers":{"acme":{}}}`, "providers.acme.kind"}, {`{"providers":{"acme":5}}`, "providers.acme"}, {`{"providers":{` + strings.Join(many, ",") + `}}`, "providers"},
		{`{"providers":{"nobody":{"secret":"x"}}}`, "providers.nobody.kind"},
		{with(`"kind":"smtp"`), "providers.acme.kind"}, {with(`"colour":"red"`), "providers.acme.colour"},
		{with(`"url":"http://api.acme.example/"`), "providers.acme.url"}, {with(`"url":"https://{domain}/"`), "providers.acme.url"},
		{with(`"url":"https://a.{domain}.example/"`), "providers.acme.url"}, {with(`"url":"https://u:p@acme.example/"`), "providers.acme.url"},
		{with(`"url":"https://acme.example/#x"`), "providers.acme.url"}, {with(`"url":"https://acme.example/{password}"`), "providers.acme.url"},
		{with(`"url":"https://acme.example/{"`), "providers.acme.url"}, {with(`"url":"https:///x"`), "providers.acme.url"}, {with(`"url":"https://acme.example/ä"`), "providers.acme.url"},
		{with(`"url":"https://acme.example/#"`), "providers.acme.url"}, {with(`"url":"https://acme.example:65536/"`), "providers.acme.url"},
		{with(`"url":"https://acme.example:0/"`), "providers.acme.url"}, {with(`"url":"https://acme.example/` + strings.Repeat("a", 2000) + `"`), "providers.acme.url"},
		{with(`"method":"PUT"`), "providers.acme.method"}, {with(`"request":"."`), "providers.acme.request"},
		{with(`"method":"POST","request":".["`), "providers.acme.request"}, {with(`"response":""`), "providers.acme.response"},
		{with(`"response":"$ENV2"`), "providers.acme.response"}, {with(`"response":"input"`), "providers.acme.response"}, {with(`"response":"import \"a\" as a; ."`), "providers.acme.response"},
		{with(`"response":"` + strings.Repeat(".", 8193) + `"`), "providers.acme.response"},
		{with(`"headers":{"Authorization":"Bearer x"}`), "providers.acme.headers.Authorization"}, {with(`"headers":{"host":"x"}`), "providers.acme.headers.host"},
		{with(`"headers":{"X-A":"a\r\nX-B: b"}`), "providers.acme.headers.X-A"}, {with(`"headers":{"X A":"a"}`), `providers.acme.headers["X A"]`},
		{with(`"headers":{"X-A":1}`), "providers.acme.headers.X-A"},
		{with(`"fields":[]`), "providers.acme.fields"}, {with(`"fields":["fax"]`), "providers.acme.fields[0]"}, {with(`"fields":["phone","phone"]`), "providers.acme.fields[1]"},
		{with(`"cost":1001`), "providers.acme.cost"}, {with(`"cost":-1`), "providers.acme.cost"}, {with(`"cost":null`), "providers.acme.cost"}, {with(`"cost":1.5`), "providers.acme.cost"},
		{with(`"confidence":1.1`), "providers.acme.confidence"}, {with(`"timeout_ms":99`), "providers.acme.timeout_ms"}, {with(`"timeout_ms":30001`), "providers.acme.timeout_ms"},
		{with(`"secret":"x"`), "providers.acme.secret_header"}, {with(`"secret":"x y","secret_query":"k"`), "providers.acme.secret"}, {with(`"secret":5`), "providers.acme.secret"},
		{with(`"secret":"x","secret_header":"X-K","secret_query":"k"`), "providers.acme.secret_query"}, {with(`"secret_header":"Host"`), "providers.acme.secret_header"},
		{with(`"secret_query":"a b"`), "providers.acme.secret_query"}, {with(`"secret_prefix":"Bearer "`), "providers.acme.secret_prefix"},
	} {
		_, refused := w.update(t, c.section, fault.ValidationFailed)
		if len(refused.Fields) == 0 || refused.Fields[0].Path != "enrichment."+c.path || strings.Contains(fmt.Sprintf("%+v", refused), "Bearer x") {
			t.Errorf("%.120s: %+v, want enrichment.%s", c.section, refused.Fields, c.path)
		}
	}
	if e := w.enrichment(t); e.Version != 0 {
		t.Errorf("what was refused made version %d", e.Version)
	}
}

// TestRefusedURL holds the names for braces to the messages about braces.
func TestRefusedURL(t *testing.T) {
	w := setup(t)
	for url, names := range map[string]int{"http://api.acme.example/": 0, "https://acme.example/{password}": len(settings.Placeholders())} {
		_, refused := w.update(t, with(`"url":"`+url+`"`), fault.ValidationFailed)
		if len(refused.Fields) != 1 || len(refused.Fields[0].Allowed) != names {
			t.Errorf("%s: %+v, want %d allowed", url, refused.Fields, names)
		}
	}
}

func TestUpdateAccepts(t *testing.T) {
	w := setup(t)
	for _, section := range []string{
		with(`"url":"https://acme.example:8443/{first_name}/{last_name}?d={domain}&l={linkedin_url}"`), with(`"url":"https://acme.example"`),
		with(`"method":"POST","request":"{d: .domain}"`), with(`"secret":"x","secret_header":"Authorization","secret_prefix":"Bearer "`),
		with(`"headers":{"X-A":"","Accept":"application/json"}`), with(`"cost":0,"confidence":1,"timeout_ms":100`), with(`"fields":["industry"]`),
		`{"order":{"phone":["reference:crm.csv","reference"],"industry":["acme"],"account":["acme","dns"]}}`,
		`{"providers":null,"order":null}`,
	} {
		w.update(t, section, "")
	}
	if e := w.enrichment(t); len(e.Providers) != 0 || len(e.Order) == 0 {
		t.Errorf("section = %+v", e)
	}
}

func TestSecretPrintsNothing(t *testing.T) {
	s := settings.NewSecret("hidden")
	text, _ := json.Marshal(map[string]any{"s": s})
	if all := fmt.Sprintf("%v %+v %#v %s %d %x", s, s, struct{ s settings.Secret }{s}, s, s, s) + string(text); strings.Contains(all, "hidden") || strings.Contains(all, "68696464656e") {
		t.Errorf("printed: %s", all)
	}
	if !settings.NewSecret("").IsZero() || s.Reveal() != "hidden" || (settings.Secret{}).Reveal() != "" {
		t.Error("wrong text")
	}
}

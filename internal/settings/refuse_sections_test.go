package settings_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/fault"
)

// icp is an ICP with the parameters; parameter one with the fields set over it.
func icp(parameters string) string {
	return `{"icps":{"de":{"name":"German","parameters":` + parameters + `}}}`
}

func parameter(fields string) string { return icp(`[` + landed + `,{` + fields + `}]`) }

const (
	landed = `{"name":"Land","mode":"filter","condition":{"field":"country_code","op":"eq","value":"DE"}}`
	holds  = `"condition":{"field":"domain","op":"present"}`
)

func persona(fields string) string {
	return `{"icps":{"de":{"name":"German","parameters":[` + landed + `],"personas":{"cto":{` + fields + `}}}}}`
}

func TestSectionsRefuse(t *testing.T) {
	w := setup(t)
	long := strings.Repeat("x", 101)
	for _, c := range []struct{ change, path string }{
		{`{"signal_types":{"Bad":{}}}`, "signal_types.Bad"}, {`{"signal_types":{"a b":{}}}`, `signal_types["a b"]`}, {`{"signal_types":{"":{}}}`, "signal_types"},
		{`{"signal_types":{"mine":{}}}`, "signal_types.mine"}, {`{"signal_types":{"relese":{"enabled":false}}}`, "signal_types.relese"},
		{`{"signal_types":{"mine":5}}`, "signal_types.mine"}, {`{"signal_types":{"mine":{"Enabled":true}}}`, "signal_types.mine.Enabled"},
		{`{"signal_types":{"mine":{"enabled":"yes"}}}`, "signal_types.mine.enabled"}, {`{"signal_types":{"mine":{"color":"red"}}}`, "signal_types.mine.color"},
		{`{"signal_types":{"mine":{"weight":101}}}`, "signal_types.mine.weight"}, {`{"signal_types":{"release":{"weight":-1}}}`, "signal_types.release.weight"},
		{`{"signal_types":{"mine":{"weight":1.5}}}`, "signal_types.mine.weight"}, {`{"signal_types":{"mine":{"credit_cost":4}}}`, "signal_types.mine.credit_cost"},
		{`{"signal_types":{"mine":{"class":"third_party"}}}`, "signal_types.mine.class"}, {`{"signal_types":{"release":{"class":"first_party"}}}`, "signal_types.release.class"},
		{`{"signal_types":{"release":{"about":"Another."}}}`, "signal_types.release.about"}, {`{"signal_types":{"mine":{"about":"a\nb"}}}`, "signal_types.mine.about"},
		{`{"signal_types":{"mine":{"about":"` + strings.Repeat("x", 201) + `"}}}`, "signal_types.mine.about"},
		{many("signal_types", 201, `{"about":"x"}`), "signal_types"},

		{`{"icps":{"A":` + german + `}}`, "icps.A"}, {`{"icps":{"a b":` + german + `}}`, `icps["a b"]`}, {`{"icps":{"` + strings.Repeat("x", 41) + `":` + german + `}}`, "icps." + strings.Repeat("x", 41)},
		{`{"icps":{"de":{}}}`, "icps.de.name"}, {`{"icps":{"de":{"name":" ","parameters":[` + landed + `]}}}`, "icps.de.name"},
		{`{"icps":{"de":{"name":"` + long + `","parameters":[` + landed + `]}}}`, "icps.de.name"}, {`{"icps":{"de":{"name":"x"}}}`, "icps.de.parameters"},
		{many("icps", 21, german), "icps"}, {icp(`[]`), "icps.de.parameters"}, {icp(`{}`), "icps.de.parameters"}, {icp(`[5]`), "icps.de.parameters[0]"},
		{icp(`[{"name":"a","mode":"exclude",` + holds + `}]`), "icps.de.parameters"}, {icp(`[` + strings.Repeat(landed+",", 30) + landed + `]`), "icps.de.parameters"},
		{icp(`[` + landed + `,` + landed + `]`), "icps.de.parameters[1].name"},
		{parameter(`"mode":"filter",` + holds), "icps.de.parameters[1].name"}, {parameter(`"name":"a",` + holds), "icps.de.parameters[1].mode"},
		{parameter(`"name":"a","mode":"Filter",` + holds), "icps.de.parameters[1].mode"}, {parameter(`"name":"a","mode":"score",` + holds), "icps.de.parameters[1].weight"},
		{parameter(`"name":"a","mode":"score","weight":0,` + holds), "icps.de.parameters[1].weight"}, {parameter(`"name":"a","mode":"score","weight":101,` + holds), "icps.de.parameters[1].weight"},
		{parameter(`"name":"a","mode":"filter","weight":5,` + holds), "icps.de.parameters[1].weight"}, {parameter(`"name":"a","mode":"filter"`), "icps.de.parameters[1].condition"},
		{parameter(`"name":"a","mode":"filter","condition":null`), "icps.de.parameters[1].condition"}, {parameter(`"name":"a","mode":"filter","condition":"x"`), "icps.de.parameters[1].condition"},
		{parameter(`"name":"a","mode":"filter","condition":{"field":"nope","op":"present"}`), "icps.de.parameters[1].condition.field"},
		{parameter(`"name":"a","mode":"filter","condition":{"all":[{"field":"domain","op":"like","value":"x"}]}`), "icps.de.parameters[1].condition.all[0].op"},
		{parameter(`"name":"a","mode":"filter","condition":{"signals":{"lastdays":3}}`), "icps.de.parameters[1].condition.signals.lastdays"},
		{parameter(`"name":"a","mode":"filter","condition":{"field":"account.domain","op":"present"}`), "icps.de.parameters[1].condition.field"},
		{parameter(`"name":"a","mode":"filter","note":1,` + holds), "icps.de.parameters[1].note"},
		{persona(`"parameters":[` + landed + `]`), "icps.de.personas.cto.name"}, {persona(`"name":"CTO"`), "icps.de.personas.cto.parameters"},
		{persona(`"name":"CTO","parameters":[{"name":"a","mode":"filter",` + holds + `}]`), "icps.de.personas.cto.parameters[0].condition.field"},
		{persona(`"name":"CTO","personas":{}`), "icps.de.personas.cto.personas"},
		{`{"icps":{"de":{"name":"x","parameters":[` + landed + `],` + many("personas", 11, `{"name":"x","parameters":[`+landed+`]}`)[1:] + `}}`, "icps.de.personas"},

		{`{"engagement":{"half_life_days":0}}`, "engagement.half_life_days"}, {`{"engagement":{"half_life_days":366}}`, "engagement.half_life_days"},
		{`{"engagement":{"half_life":3}}`, "engagement.half_life"}, {`{"engagement":{"stages":{"warm":0,"in_market":5,"hot":9}}}`, "engagement.stages.warm"},
		{`{"engagement":{"stages":{"warm":5,"in_market":5,"hot":9}}}`, "engagement.stages.in_market"}, {`{"engagement":{"stages":{"warm":5,"in_market":6,"hot":101}}}`, "engagement.stages.hot"},
		{`{"engagement":{"stages":{"warm":5,"in_market":60,"hot":50}}}`, "engagement.stages.hot"}, {`{"engagement":{"stages":5}}`, "engagement.stages"},
		{`{"engagement":{"stages":{"warm":90}}}`, "engagement.stages.in_market"},
		{`{"engagement":{"source_weights":{"x":301}}}`, "engagement.source_weights.x"}, {`{"engagement":{"source_weights":{"x":-1}}}`, "engagement.source_weights.x"},
		{`{"engagement":{"source_weights":{" x":1}}}`, `engagement.source_weights[" x"]`}, {`{"engagement":{"source_weights":{"a\nb":1}}}`, `engagement.source_weights["a\nb"]`},
		{strings.Replace(many("source_weights", 201, `1`), "{", `{"engagement":{`, 1) + "}", "engagement.source_weights"},
	} {
		_, refused := w.change(t, c.change, fault.ValidationFailed)
		if len(refused.Fields) == 0 || refused.Fields[0].Path != c.path {
			t.Errorf("%.200s: %+v, want %s", c.change, refused.Fields, c.path)
		}
	}
	if s := w.scoring(t); s.Version != 0 {
		t.Errorf("what was refused made version %d", s.Version)
	}
}

// TestMisspeltTypesAreNoNewOnes: only who says what a new type is about, or of which class, makes one.
func TestMisspeltTypesAreNoNewOnes(t *testing.T) {
	w := setup(t)
	_, refused := w.change(t, `{"signal_types":{"relese":{"enabled":false}}}`, fault.ValidationFailed)
	const want = "is not a type of this workspace (did you mean release?); give about to make it"
	if len(refused.Fields) != 1 || refused.Fields[0].Path != "signal_types.relese" || refused.Fields[0].Message != want || w.scoring(t).Types.Known("relese") {
		t.Errorf("refused %+v", refused.Fields)
	}
	for _, change := range []string{`{"mine":{"about":"What we saw."}}`, `{"mine":{"about":""},"yours":{"class":"zero_party"}}`, `{"yours":{"enabled":false}}`} {
		w.change(t, `{"signal_types":`+change+`}`, "")
	}
	if types := w.scoring(t).Types; !types.Known("mine") || !types.Known("yours") || types.Enabled("yours") {
		t.Errorf("types %+v", types)
	}
}

// many is a section with n members.
func many(section string, n int, member string) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(`"m%d":%s`, i, member)
	}
	return `{"` + section + `":{` + strings.Join(list, ",") + `}}`
}

// TestSeveralSectionsAreAllOrNothing: what is wrong in any section is named, and the others are not kept either.
func TestSeveralSectionsAreAllOrNothing(t *testing.T) {
	w := setup(t)
	_, refused := w.change(t, `{"enrichment":{"overage":"pause"},"signal_types":{"mine":{"weight":500}},"icps":{"de":{"name":5}},"engagement":{"half_life_days":9,"colour":1}}`, fault.ValidationFailed)
	var paths []string
	for _, f := range refused.Fields {
		paths = append(paths, f.Path)
	}
	if got := strings.Join(paths, " "); got != "icps.de.name engagement.colour" { // values are looked at when the shape is right
		t.Errorf("refused %s", got)
	}
	_, refused = w.change(t, `{"enrichment":{"overage":"never"},"signal_types":{"mine":{"about":"x","weight":500}},"icps":{"de":`+german+`},"engagement":{"half_life_days":0}}`, fault.ValidationFailed)
	if len(refused.Fields) != 3 || w.scoring(t).Version != 0 {
		t.Errorf("refused %+v", refused.Fields)
	}
	secret := `"secret":"` + secretText + `","secret_query":"key",` + acme[1:]
	w.change(t, `{"enrichment":{"providers":{"acme":{`+secret+`}},"engagement":{"half_life_days":0}}`, fault.ValidationFailed)
	if k, err := w.db.Settings(t.Context(), w.ws); err != nil || k.Version != 0 || len(k.Secrets) != 0 {
		t.Errorf("half saved: %+v, %v", k, err)
	}
	if _, refused = w.change(t, icp(`[`+strings.Repeat(`{},`, 60)+`{}]`), fault.ValidationFailed); len(refused.Fields) != 50 {
		t.Errorf("%d fields in one refusal", len(refused.Fields))
	}
	wide := `{"name":"a","mode":"filter","condition":{"field":"domain","op":"in","value":["` + strings.Repeat("x", 390) + `"` + strings.Repeat(`,"`+strings.Repeat("x", 390)+`"`, 150) + `]}}`
	_, refused = w.change(t, icp(`[`+wide+strings.Repeat(`,`+strings.Replace(wide, `"a"`, `"b"`, 1), 5)+`]`), fault.ValidationFailed)
	if len(refused.Fields) != 1 || refused.Fields[0].Path != "icps" {
		t.Errorf("too large: %+v", refused.Fields)
	}
}

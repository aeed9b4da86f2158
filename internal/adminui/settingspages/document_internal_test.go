package settingspages

import (
	"strings"
	"testing"
)

func TestWithoutSecrets(t *testing.T) {
	for _, patch := range []string{
		`{"providers":{"p":{"secret":"SEKRET"}}}`, `{"Secret":"SEKRET"}`, `{"s\u0065cret":"SEKRET"}`, `{'secret':'SEKRET'}`, `{"secret":["SEKRET"]}`,
		`{"secret" : "SEKRET`, `{"secret":"a\"SEKRET"}`, `secret=SEKRET`,
	} {
		if shown := withoutSecrets(patch); strings.Contains(shown, "SEKRET") {
			t.Errorf("%s is shown as %s", patch, shown)
		}
	}
	if shown := withoutSecrets(`{"secret":"x","order":["a"]}`); shown != `{"secret":"","order":["a"]}` {
		t.Errorf("shown: %s", shown)
	}
}

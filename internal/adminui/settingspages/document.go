package settingspages

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/wire"
)

type documentView struct {
	Version  int64
	Now      string // what is set
	Patch    string // of the form, its secrets taken out
	Problems forms.Problems
}

func (p pages) document(r *ui.Request) error { return p.showDocument(r, "", forms.Problems{}) }

func (p pages) showDocument(r *ui.Request, patch string, problems forms.Problems) error {
	s, err := p.Settings.Get(r.Context(), r.Workspace.ID)
	if err != nil {
		return err
	}
	v := documentView{s.Version, indented(s.Enrichment), patch, problems}
	return r.Page(ui.Page{Title: "Settings as JSON", Lead: "The same settings as the API and the tools have them.", Body: documentPage(v), Status: problems.Status})
}

func (p pages) patchDocument(r *ui.Request) error {
	patch := r.Value("patch")
	version, err := strconv.ParseInt(r.Value("version"), 10, 64)
	if err != nil {
		return ui.Refuse(http.StatusBadRequest, "Form not read", "The form is damaged. Go back, load the page again and send it once more.")
	}
	in := wire.UpdateSettings{Version: &version, Enrichment: json.RawMessage(patch)}
	if _, err = p.Settings.Update(r.Context(), r.Workspace.ID, r.Actor(), in); err == nil {
		return r.Done("The settings were saved.", Path+"/json")
	}
	problems, err := problems(err, "", nil)
	if err != nil {
		return err
	}
	return p.showDocument(r, withoutSecrets(patch), problems)
}

var (
	secretMember = regexp.MustCompile(`("secret"\s*:\s*)"(?:[^"\\]|\\.)*"?`)
	emptyMember  = regexp.MustCompile(`"secret"\s*:\s*""`)
)

// withoutSecrets empties the secrets of a patch that may be no JSON at all: no page shows one, not even to whoever typed it. Where a secret may stand in
// a way that is not known here, such as under a misspelt name, nothing is shown.
func withoutSecrets(patch string) string {
	shown := secretMember.ReplaceAllString(patch, `$1""`)
	rest := emptyMember.ReplaceAllString(shown, "")
	if strings.Contains(rest, `\u`) || strings.Contains(strings.ToLower(rest), "secret") {
		return ""
	}
	return shown
}

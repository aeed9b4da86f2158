package icppages

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// errMeanwhile: the thing that a form is about was changed since the form was made.
var errMeanwhile = errors.New("changed meanwhile")

const meanwhile = "Somebody else changed this meanwhile. What you typed is still here, and what is set now stands below it; send it again to set yours over it."

// attempts is how often a save is tried while other things of the settings change.
const attempts = 5

// thing finds what a form is about; nil when it is not there.
type thing func(wire.Settings) any

// put changes the settings by the patch if the thing is still what its digest says. errMeanwhile when it is not, else the errors of Settings.
func (p pages) put(r *ui.Request, about thing, digest string, patch wire.UpdateSettings) (err error) {
	for range attempts {
		now, err := p.Settings.Get(r.Context(), r.Workspace.ID)
		if err != nil {
			return err
		}
		if digestOf(about(now)) != digest {
			return errMeanwhile
		}
		patch.Version = &now.Version
		_, err = p.Settings.Update(r.Context(), r.Workspace.ID, r.Actor(), patch)
		if fault.CodeOf(err) != fault.Conflict {
			return err
		}
	}
	return errMeanwhile
}

// digestOf is the digest of a thing; "" for one that is not there.
func digestOf(about any) string {
	if about == nil {
		return ""
	}
	text, err := strictjson.CanonicalValue(about)
	if err != nil { // cannot be: it came as JSON
		return "?"
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// problems returns what a refusal of a form says, its paths without the prefix.
func problems(err error, prefix string, known ...string) (forms.Problems, error) {
	if errors.Is(err, errMeanwhile) {
		return forms.Problems{Alert: meanwhile, Status: http.StatusConflict}, nil
	}
	return forms.Of(err, prefix, known...)
}

// within is the path of a named part of the settings.
func within(path, name string) string { return strictjson.Join(path, strictjson.Name(name)) }

// patch is a merge patch as JSON.
func patch(v any) json.RawMessage {
	text, err := json.Marshal(v)
	if err != nil { // plain data
		return nil
	}
	return text
}

// shown is a thing as JSON for readers; "" for one that is not there.
func shown(about any) string {
	if about == nil {
		return ""
	}
	text, err := json.MarshalIndent(about, "", "  ")
	if err != nil { // it came as JSON
		return ""
	}
	return string(text)
}

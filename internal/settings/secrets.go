package settings

import (
	"encoding/json"
	"fmt"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// takeSecrets takes the secrets out of a patch of enrichment and returns them by provider, nil for one to be removed, with the rest of the patch. What
// answers tell of secrets may be sent back; it goes too and changes nothing.
func takeSecrets(patch json.RawMessage) (rest json.RawMessage, secrets map[string]*string, err error) {
	if len(patch) == 0 {
		return nil, nil, nil
	}
	var change map[string]any
	if err := strictjson.Decode(patch, &change); err != nil {
		return nil, nil, within(EnrichmentSection, err)
	}
	if secrets, err = secretsIn(change); err != nil {
		return nil, nil, err
	}
	rest, err = strictjson.CanonicalValue(change)
	return rest, secrets, err
}

// secretsIn removes secret and secret_set from each provider of the patch.
func secretsIn(change map[string]any) (map[string]*string, error) {
	secrets := map[string]*string{}
	providers, _ := change["providers"].(map[string]any)
	for name, value := range providers {
		p, _ := value.(map[string]any)
		secret, given := p["secret"]
		delete(p, "secret")
		delete(p, "secret_set")
		if !given {
			continue
		}
		text, isText := secret.(string)
		if secret != nil && (!isText || !visible(text, 1, maxSecret)) {
			return nil, fault.Invalid(strictjson.Join(providerPath(name), "secret"), fmt.Sprintf("must be 1 to %d visible ASCII characters, or null to remove it", maxSecret))
		}
		if secrets[name] = nil; isText {
			secrets[name] = &text
		}
	}
	return secrets, nil
}

func providerPath(name string) string {
	return strictjson.Join(EnrichmentSection+".providers", strictjson.Name(name))
}

// holders tells which providers have a secret: sealed ones that are kept, and new ones.
type holders struct {
	kept map[string][]byte
	new  map[string]*string // nil for one that is removed
}

// has reports whether the provider has a secret after the change.
func (h holders) has(name string) bool {
	if text, named := h.new[name]; named {
		return text != nil
	}
	return len(h.kept[name]) > 0
}

// secrets seals what is new, seals anew what is under an old key, drops what nobody needs, and notes that it did, never what.
func (s *Service) secrets(workspaceID string, merged wire.EnrichmentSettings, held holders, c *Change, detail map[string]string) error {
	for name := range merged.Providers {
		kept := held.kept[name]
		text, named := held.new[name]
		switch {
		case named && text != nil:
			note := "set"
			if len(kept) > 0 {
				note = "changed"
			}
			detail[secretPath(name)] = note
			if err := s.sealInto(c, workspaceID, name, []byte(*text)); err != nil {
				return err
			}
		case !named && len(kept) > 0 && s.seal.Old(kept):
			if err := s.reseal(c, workspaceID, name, kept); err != nil {
				return err
			}
		}
	}
	for name := range held.kept {
		if _, there := merged.Providers[name]; !there || !held.has(name) {
			detail[secretPath(name)] = "removed"
			c.Drop = append(c.Drop, name)
		}
	}
	return nil
}

func secretPath(name string) string { return EnrichmentSection + ".providers." + name + ".secret" }

func (s *Service) sealInto(c *Change, workspaceID, name string, plain []byte) error {
	sealed, err := s.seal.Seal(plain, workspaceID, EnrichmentSection, name)
	if err != nil {
		return fault.Wrap(fault.Internal, err)
	}
	c.Seal[name] = sealed
	return nil
}

// reseal moves a secret under the newest key. One that cannot be opened stays: the old key may come back.
func (s *Service) reseal(c *Change, workspaceID, name string, sealed []byte) error {
	plain, err := s.seal.Open(sealed, workspaceID, EnrichmentSection, name)
	if err != nil {
		return nil //nolint:nilerr // see above; who enriches is told by Enrichment.Locked
	}
	return s.sealInto(c, workspaceID, name, plain)
}

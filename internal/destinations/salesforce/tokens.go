package salesforce

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/destinations/receiver"
	"github.com/unstuckengine/unstuck/internal/settings"
)

// maxTokens is how many destinations are signed in at a time; beyond that, all sign in anew.
const maxTokens = 1000

// tokens are the access tokens that still may be good, in memory alone.
type tokens struct {
	mu   sync.Mutex
	kept map[[sha256.Size]byte]*token
}

// token is that of one destination under its present credentials; only one worker at a time asks for it.
type token struct {
	mu   sync.Mutex
	text settings.Secret
}

func newTokens() *tokens { return &tokens{kept: map[[sha256.Size]byte]*token{}} }

// of returns the place of a target's token: another one after any change of its credentials.
func (ts *tokens) of(t destinations.Target) *token {
	place := sha256.Sum256([]byte(strings.Join([]string{t.WorkspaceID, t.DestinationID, t.URL, t.Options[ClientID], t.Secrets[ClientSecret].Reveal()}, "\x00")))
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if len(ts.kept) >= maxTokens {
		clear(ts.kept)
	}
	if ts.kept[place] == nil {
		ts.kept[place] = &token{}
	}
	return ts.kept[place]
}

// token returns a token other than the one that was refused, asking for it unless another worker just has.
func (c call) token(refused string) (text string, status int, err error) {
	t := c.tokens.of(c.target)
	t.mu.Lock()
	defer t.mu.Unlock()
	if text = t.text.Reveal(); text != "" && text != refused {
		return text, 0, nil
	}
	text, status, err = c.signIn()
	t.text = settings.NewSecret(text)
	return text, status, err
}

// signIn asks for a token.
func (c call) signIn() (text string, status int, err error) {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {c.target.Options[ClientID]}, "client_secret": {c.target.Secrets[ClientSecret].Reveal()}}
	a, err := receiver.Ask(c.ctx, c.client, http.MethodPost, c.base+"/services/oauth2/token", http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, []byte(form.Encode()))
	if err != nil {
		return "", 0, err
	}
	if a.Status == http.StatusBadRequest { // as which it refuses credentials
		return "", a.Status, &destinations.Failure{Class: destinations.ClassCredentials}
	}
	if err := receiver.Judge(a, c.now()); err != nil {
		return "", a.Status, err
	}
	var granted struct {
		Token string `json:"access_token"`
	}
	if json.Unmarshal(a.Body, &granted) != nil || !visible.MatchString(granted.Token) {
		return "", a.Status, &destinations.Failure{Class: destinations.ClassAnswer}
	}
	return granted.Token, a.Status, nil
}

// withToken gives do a token, and once another one where the first is refused.
func (c call) withToken(do func(ctx context.Context, header http.Header) (status int, err error)) (int, error) {
	refused := ""
	for {
		text, status, err := c.token(refused)
		if err != nil {
			return status, err
		}
		status, err = do(c.ctx, http.Header{"Authorization": {"Bearer " + text}})
		if status != http.StatusUnauthorized || refused != "" {
			return status, err
		}
		refused = text
	}
}

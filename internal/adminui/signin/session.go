package signin

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/netip"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/login"
)

// What the session remembers between two pages. All of it is taken out when it is used.
const (
	inviteKey   = "setup"    // hash of the setup token that was sent
	provedKey   = "proved"   // accounts that a password has opened, one of which is to be chosen
	ceremonyKey = "ceremony" // a challenge to a passkey
)

// visit is where the request comes from.
func visit(r *ui.Request) login.Visit {
	address := r.RemoteAddr
	if at, err := netip.ParseAddrPort(address); err == nil {
		address = at.Addr().Unmap().String()
	}
	return login.Visit{Device: login.Device(r.UserAgent()), Address: address}
}

// keep remembers a value under a new token, so that whoever planted the session in this browser does not share what was proved in it.
func keep(r *ui.Request, key string, v any) error {
	text, err := json.Marshal(v)
	if err == nil {
		err = r.Session().RenewToken(r.Context())
	}
	if err == nil {
		r.Session().Put(r.Context(), key, string(text))
	}
	return err
}

// kept reads what keep wrote; false when there is nothing.
func kept(r *ui.Request, key string, v any) bool {
	text := r.Session().GetString(r.Context(), key)
	return text != "" && json.Unmarshal([]byte(text), v) == nil
}

// drop forgets it.
func drop(r *ui.Request, key string) { r.Session().Remove(r.Context(), key) }

// enter makes the session that of a login. Whoever was signed in here before is signed out.
func (p pages) enter(r *ui.Request, loginID string) error {
	if r.Person.LoginID != "" {
		if err := p.Logins.End(r.Context(), r.Person); err != nil {
			return err
		}
	}
	for _, key := range []string{inviteKey, provedKey, ceremonyKey} {
		drop(r, key)
	}
	return r.SignIn(loginID)
}

// proved is what a password has opened: accounts by workspace, member and a mark of the password that they had then.
type proved struct {
	Accounts [][3]string
	Next     string
	Method   login.Method
	Until    time.Time
}

// mark changes with the account's password.
func mark(a login.Account) string {
	sum := sha256.Sum256([]byte(a.PasswordHash))
	return hex.EncodeToString(sum[:8])
}

// chooseIn is how long somebody may take to choose a workspace.
const chooseIn = 5 * time.Minute

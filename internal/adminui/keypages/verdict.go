package keypages

import (
	"regexp"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/usage"
)

// quietFor is how long an old key must be unused before it is called safe to revoke, since programs pause between two calls.
const quietFor = time.Hour

// side is one of the two keys of a rotation.
type side struct {
	keys.Key
	Clients []usage.Client
}

// verdict is whether an old key can go.
type verdict struct {
	Safe bool
	Over bool // it cannot be used any more
	Why  string
	At   time.Time // ends the sentence Why; zero for none
}

func (v verdict) title() string {
	switch {
	case v.Over:
		return "Done"
	case v.Safe:
		return "Safe to revoke"
	}
	return "Not yet"
}

// judge says whether old can be revoked now that its successor is there, without any program losing its access: as far as the uses of both keys tell.
func judge(old, successor side, now time.Time) verdict {
	switch {
	case old.Status(now) == keys.Revoked:
		return verdict{Over: true, Why: "The old key was revoked at", At: old.RevokedAt}
	case old.Status(now) == keys.Expired:
		return verdict{Safe: true, Over: true, Why: "Nothing can use the old key any more; it expired at", At: old.ExpiresAt}
	case old.LastUsedAt.IsZero():
		return verdict{Safe: true, Why: "Nothing has ever used the old key."}
	case successor.Status(now) != keys.Active:
		return verdict{Why: "The new key cannot be used any more. Rotate the old one again."}
	case successor.LastUsedAt.IsZero():
		return verdict{Why: "The new key has not been used yet. Put it where the old one is, which was used at", At: old.LastUsedAt}
	}
	return judgeUses(old, successor, now)
}

// judgeUses is judge for two keys that both work and were both used.
func judgeUses(old, successor side, now time.Time) verdict {
	if c, late := laggard(old.Clients, successor.Clients, now); late {
		return verdict{Why: c.Name + " has not moved to the new key; it used the old one at", At: c.LastUsedAt}
	}
	if now.Sub(old.LastUsedAt) < quietFor {
		return verdict{Why: "Wait until the old key has been quiet for an hour; it was used at", At: old.LastUsedAt}
	}
	if !successor.LastUsedAt.After(old.LastUsedAt) {
		return verdict{Why: "The new key has not been used since the old one was, at", At: old.LastUsedAt}
	}
	return verdict{Safe: true, Why: "The new key is in use, and the old one has not been used since", At: old.LastUsedAt}
}

// laggard returns the program that used the old key last and has not moved on. Programs that are gone for as long as makes a key stale do not count.
func laggard(old, successor []usage.Client, now time.Time) (last usage.Client, late bool) {
	moved := map[string]time.Time{}
	for _, c := range successor {
		if name := family(c.Name); c.LastUsedAt.After(moved[name]) {
			moved[name] = c.LastUsedAt
		}
	}
	for _, c := range old {
		if now.Sub(c.LastUsedAt) <= keys.StaleAfter && !moved[family(c.Name)].After(c.LastUsedAt) && c.LastUsedAt.After(last.LastUsedAt) {
			last, late = c, true
		}
	}
	return last, late
}

var version = regexp.MustCompile(`[/ ]v?[0-9][^ ()]*`)

// family is the name of a program without versions: an update is no other program.
func family(client string) string { return strings.ToLower(version.ReplaceAllString(client, "")) }

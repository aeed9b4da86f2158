package qualify_test

import (
	"encoding/json"
	"sync"
	"testing"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/qualify"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
)

const rivals = 12

// atOnce pushes signals of a type about one company side by side, and returns how many were taken.
func (c *counter) atOnce(t *testing.T, typ string) (taken int) {
	t.Helper()
	errs := make([]error, rivals)
	var all sync.WaitGroup
	for i := range rivals {
		all.Go(func() { _, errs[i] = c.one(t, signal(typ, i, wire.Identity{CompanyDomain: "acme.de"})) })
	}
	all.Wait()
	for _, err := range errs {
		switch {
		case err == nil:
			taken++
		case fault.CodeOf(err) != fault.CreditsExhausted:
			t.Errorf("push: %v", err)
		}
	}
	return taken
}

// TestPushesAtOnceSeeEachOther: the last of them counts every signal, so that what the record fits is what it would fit if it were looked at now.
func TestPushesAtOnceSeeEachOther(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		c := newCounter(t, db)
		c.set("release", true, 0)
		acme := c.mustAccount(t, wire.Account{Domain: "acme.de"})
		c.icps = []qualify.ICP{{Code: "busy", Parameters: []qualify.Parameter{
			{Name: "all", Mode: wire.ModeFilter, Condition: json.RawMessage(`{"signals":{"types":["release"],"min":12}}`)},
		}}}
		if taken := c.atOnce(t, "release"); taken != rivals {
			t.Errorf("%d of %d were taken", taken, rivals)
		}
		if a := c.record(t, acme).Account; a.ICPCode != "busy" {
			t.Errorf("after %d signals the account is %+v", rivals, a)
		}
	})
}

// TestPushesAtOnceSpendEachCreditOnce: as many are taken as can be paid for.
func TestPushesAtOnceSpendEachCreditOnce(t *testing.T) {
	engines(t, func(t *testing.T, db *store.DB) {
		c := newCounter(t, db)
		c.set("release", false, 2)
		c.leave(t, 9)
		if taken := c.atOnce(t, "release"); taken != 4 || c.left(t) != 1 || len(c.charges(t)) != 4 {
			t.Errorf("%d were taken, %d charged, %d credits are left", taken, len(c.charges(t)), c.left(t))
		}
	})
}

package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/store"
)

// model is the account as it is told in words: two purses, what is promised of them, and what each key has spent.
type model struct {
	bucket, topup, monthly int64
	pause                  bool
	holds                  map[string]promise
	charged                map[string]bool
	limit, spent           map[string]int64 // by key
}

type promise struct {
	key    string
	amount int64
}

func (m *model) promised(key, but string) (sum int64) {
	for id, p := range m.holds {
		if id != but && (key == "" || p.key == key) {
			sum += p.amount
		}
	}
	return sum
}

func (m *model) affords(key, id string, amount int64) bool {
	purse := m.bucket + m.topup
	if m.pause {
		purse = m.bucket
	}
	limit, limited := m.limit[key]
	return amount <= max(0, purse-m.promised("", id)) && (!limited || amount <= limit-m.spent[key]-m.promised(key, id))
}

func (m *model) month() {
	m.bucket = max(m.monthly, min(m.bucket, m.promised("", "")-m.topup))
	m.spent = map[string]int64{}
}

// modelKeys are a key without and one with a limit.
var modelKeys = []string{"0000000a", "0000000b"}

const (
	modelLimit     = 12
	modelSequences = 12
	modelSteps     = 25
)

// creditsModel runs a fixed number of sequences, since each step is several transactions that are synced.
func creditsModel(t *testing.T, db *store.DB) {
	limit, n := int64(modelLimit), 0
	sequence := rapid.MakeFuzz(func(r *rapid.T) {
		w := MustWorkspace(t, db, fmt.Sprint("w", n))
		m := &model{bucket: 10, monthly: 20, holds: map[string]promise{}, charged: map[string]bool{}, spent: map[string]int64{}, limit: map[string]int64{}}
		var keys []string
		for i, id := range modelKeys {
			k := newKey(w.ID, fmt.Sprintf("%06x%s", n, id[6:]))
			if i == 1 {
				k.SpendLimit, m.limit[k.ID] = &limit, limit
			}
			wantCode(t, "insert", db.InsertKey(context.Background(), k, entry(w.ID, activity.KeyCreated, k.ID)), "")
			keys = append(keys, k.ID)
		}
		run := modelRun{t, r, db, credits.New(db), w.ID, keys, m}
		for range modelSteps {
			run.step()
			run.compare()
		}
	})
	draws := make([]byte, 1<<16)
	for n = range modelSequences {
		_, _ = rand.NewChaCha8([32]byte{byte(n)}).Read(draws)
		sequence(t, draws)
	}
}

type modelRun struct {
	t       *testing.T
	r       *rapid.T
	db      *store.DB
	credits *credits.Service
	ws      string
	keys    []string
	m       *model
}

func (x modelRun) step() {
	ctx := context.Background()
	key := rapid.SampledFrom(x.keys).Draw(x.r, "key")
	id := rapid.SampledFrom([]string{"h1", "h2", "h3"}).Draw(x.r, "hold")
	amount := rapid.Int64Range(0, 15).Draw(x.r, "amount")
	if p, there := x.m.holds[id]; there {
		key = p.key // a hold is settled by its key
	}
	switch rapid.SampledFrom([]string{"hold", "hold", "hold", "settle", "settle", "settle", "month", "topup", "policy"}).Draw(x.r, "step") {
	case "hold":
		_, err := x.credits.Hold(ctx, credits.Hold{WorkspaceID: x.ws, KeyID: key, ID: id, Amount: amount, Until: far})
		x.expect("hold", err, x.m.affords(key, id, amount))
		if err == nil {
			if x.m.holds[id] = (promise{key, amount}); amount == 0 {
				delete(x.m.holds, id)
			}
		}
	case "settle":
		x.settle(ctx, key, id)
	case "month":
		endMonth(x.t, x.db, x.ws)
		x.m.month()
	case "topup":
		_, err := x.credits.TopUp(ctx, activity.OperatorActor("root"), x.ws, amount+1)
		x.expect("top up", err, true)
		x.m.topup += amount + 1
	case "policy":
		x.m.pause = !x.m.pause
		setColumns(x.t, x.db, x.ws, "credits_overage = $2", map[bool]string{true: "pause", false: "top_up_only"}[x.m.pause])
	}
}

// settle charges up to three values, some of which may have been charged before, and never more than is held.
func (x modelRun) settle(ctx context.Context, key, id string) {
	p, held := x.m.holds[id]
	rest, sum := p.amount, int64(0)
	if !held {
		rest = 9
	}
	var charges []credits.Charge
	fresh := map[string]bool{}
	for range rapid.IntRange(0, 3).Draw(x.r, "charges") {
		c := credits.Charge{ID: fmt.Sprint("c", rapid.IntRange(0, 9).Draw(x.r, "charge")), Amount: rapid.Int64Range(0, min(rest, 3)).Draw(x.r, "price")}
		rest -= c.Amount
		charges = append(charges, c)
		if !x.m.charged[c.ID] && !fresh[c.ID] {
			fresh[c.ID] = true
			sum += c.Amount
		}
	}
	_, err := x.credits.Settle(ctx, x.ws, key, id, charges)
	x.expect("settle", err, (held && sum <= x.m.bucket+x.m.topup) || (!held && x.m.affords(key, id, sum)))
	if err != nil {
		return
	}
	delete(x.m.holds, id)
	for c := range fresh {
		x.m.charged[c] = true
	}
	fromBucket := min(sum, x.m.bucket)
	x.m.bucket, x.m.topup = x.m.bucket-fromBucket, x.m.topup-(sum-fromBucket)
	x.m.spent[key] += sum
}

func (x modelRun) expect(what string, err error, ok bool) {
	want := fault.CreditsExhausted
	if ok {
		want = ""
	}
	if got := fault.CodeOf(err); got != want {
		x.r.Fatalf("%s: code %q, want %q; the model has %+v", what, got, want, *x.m)
	}
}

func (x modelRun) compare() {
	b, err := x.credits.Balance(context.Background(), x.ws, x.keys[1])
	if err != nil {
		x.r.Fatal(err)
	}
	wantSum(x.t, x.db, x.ws)
	purse := x.m.bucket + x.m.topup
	if x.m.pause {
		purse = x.m.bucket
	}
	left, keyLeft := max(0, purse-x.m.promised("", "")), max(0, modelLimit-x.m.spent[x.keys[1]]-x.m.promised(x.keys[1], ""))
	if b.Bucket != x.m.bucket || b.TopUp != x.m.topup || b.Left != left || b.Held != x.m.promised("", "") || *b.KeyLeft != keyLeft {
		x.r.Fatalf("balance %+v with %d left of the key, the model has %+v and %d", b, *b.KeyLeft, *x.m, keyLeft)
	}
}

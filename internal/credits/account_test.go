package credits_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/fault"
)

var now = time.Date(2027, 2, 27, 12, 0, 0, 0, time.UTC)

func TestMonths(t *testing.T) {
	for at, want := range map[string]string{
		"2027-02-27T12:00:00Z": "2027-03-01T00:00:00Z", "2027-12-31T23:59:59.999999Z": "2028-01-01T00:00:00Z",
		"2028-01-01T00:00:00Z": "2028-02-01T00:00:00Z", "2027-03-01T01:30:00+02:00": "2027-03-01T00:00:00Z",
	} {
		in, _ := time.Parse(time.RFC3339Nano, at)
		next := credits.NextReset(in)
		if got := next.Format(time.RFC3339); got != want {
			t.Errorf("NextReset(%s) = %s, want %s", at, got, want)
		}
		if begin := credits.MonthOf(next); in.Before(begin) || !credits.NextReset(begin).Equal(next) {
			t.Errorf("MonthOf(%s) = %s", next, begin)
		}
	}
}

func TestAMonthThatEndsKeepsWhatIsHeld(t *testing.T) {
	for name, c := range map[string]struct {
		a      credits.Account
		bucket int64
		rows   int
	}{
		"before the end":                {credits.Account{Bucket: 7, Monthly: 20, ResetsAt: now.Add(1)}, 7, 0},
		"at the end":                    {credits.Account{Bucket: 7, Monthly: 20, ResetsAt: now}, 20, 2},
		"an empty bucket":               {credits.Account{Monthly: 20, ResetsAt: now}, 20, 1},
		"held beyond the grant":         {credits.Account{Bucket: 50, Monthly: 20, Held: 40, ResetsAt: now}, 40, 1},
		"held within it":                {credits.Account{Bucket: 50, Monthly: 20, Held: 15, ResetsAt: now}, 20, 2},
		"held, and there are top-ups":   {credits.Account{Bucket: 50, TopUp: 30, Monthly: 20, Held: 60, ResetsAt: now}, 30, 1},
		"held by the operation itself":  {credits.Account{Bucket: 50, Monthly: 20, Own: &credits.Reservation{Amount: 40, Until: now.Add(1)}, ResetsAt: now}, 40, 1},
		"the operation's own has ended": {credits.Account{Bucket: 50, Monthly: 20, Own: &credits.Reservation{Amount: 40, Until: now}, ResetsAt: now}, 20, 2},
		"years later":                   {credits.Account{Bucket: 7, Monthly: 20, ResetsAt: now.AddDate(-3, 0, 0)}, 20, 2},
	} {
		a := c.a
		a.Now = now
		a.CatchUp()
		if a.Bucket != c.bucket || len(a.Entries) != c.rows || !now.Before(a.ResetsAt) {
			t.Errorf("%s: bucket %d, %d rows, next at %s; want %d and %d", name, a.Bucket, len(a.Entries), a.ResetsAt, c.bucket, c.rows)
		}
	}
}

// TestAccountsAddUp takes any account through any operation: rows and purses agree, nothing is negative, and a refusal says what is left.
func TestAccountsAddUp(t *testing.T) {
	some := rapid.Int64Range(0, 30)
	rapid.Check(t, func(r *rapid.T) {
		a := credits.Account{
			Now: now, Bucket: some.Draw(r, "bucket"), TopUp: some.Draw(r, "topup"), Monthly: some.Draw(r, "monthly"), Held: some.Draw(r, "held"),
			Overage:  rapid.SampledFrom(credits.Overages()).Draw(r, "overage"),
			ResetsAt: rapid.SampledFrom([]time.Time{now, now.AddDate(0, -2, 0), now.AddDate(0, 1, 0)}).Draw(r, "resets"),
		}
		if rapid.Bool().Draw(r, "own") {
			a.Own = &credits.Reservation{Amount: some.Draw(r, "own amount") + 1, Until: now.Add(rapid.SampledFrom([]time.Duration{-1, 1}).Draw(r, "until"))}
		}
		if rapid.Bool().Draw(r, "limited") {
			limit := some.Draw(r, "limit")
			a.KeyLimit, a.KeySpent, a.KeyHeld = &limit, some.Draw(r, "spent"), min(a.Held, some.Draw(r, "key held"))
		}
		before := a
		err := operate(r, &a)
		bucket, topup := before.Bucket, before.TopUp
		for _, e := range a.Entries {
			bucket, topup = bucket+e.Bucket, topup+e.Amount-e.Bucket
		}
		b := a.Balance()
		if bucket != a.Bucket || topup != a.TopUp || a.Bucket < 0 || a.TopUp < 0 || b.Left < 0 || (b.KeyLeft != nil && *b.KeyLeft < 0) {
			r.Fatalf("rows %+v lead from %+v to %+v, %+v", a.Entries, before, a, b)
		}
		if code := fault.CodeOf(err); code != "" && code != fault.CreditsExhausted && code != fault.Internal {
			r.Fatalf("error = %v", err)
		}
	})
}

func operate(r *rapid.T, a *credits.Account) error {
	n := rapid.Int64Range(0, 40).Draw(r, "n")
	switch rapid.SampledFrom([]string{"reserve", "settle", "buy", "bucket", "monthly"}).Draw(r, "operation") {
	case "reserve":
		return a.Reserve(credits.Reservation{Amount: n, Until: now.Add(time.Hour)})
	case "settle":
		return a.Settle([]credits.Charge{{ID: "a", Amount: n / 2}, {ID: "b", Amount: n - n/2}, {ID: "a", Amount: 9}})
	case "buy":
		a.Buy("", n)
	case "bucket":
		a.SetBucket(n)
	case "monthly":
		a.SetMonthly(n, n/3)
	}
	return nil
}

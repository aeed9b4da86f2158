package enrich

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/unstuckengine/unstuck/internal/text"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// source stands for a provider: a function that counts its calls.
type source struct {
	calls atomic.Int64
	do    func(ctx context.Context, wanted []Field) ([]Answer, error)
}

func (s *source) Lookup(ctx context.Context, _ Subject, wanted []Field) ([]Answer, error) {
	s.calls.Add(1)
	return s.do(ctx, wanted)
}

func has(f Field, v string) *source {
	return &source{do: func(context.Context, []Field) ([]Answer, error) { return []Answer{{f, json.RawMessage(v), 0.5}}, nil }}
}

// waits answers after the time, or with the context's error when it ends.
func waits(d time.Duration, answers ...Answer) *source {
	return &source{do: func(ctx context.Context, _ []Field) ([]Answer, error) {
		select {
		case <-time.After(d):
			return answers, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
}

// deaf answers after the time, whatever its context says.
func deaf(d time.Duration) *source {
	return &source{do: func(context.Context, []Field) ([]Answer, error) { time.Sleep(d); return nil, nil }}
}

func broken(err error) *source {
	return &source{do: func(context.Context, []Field) ([]Answer, error) { return nil, err }}
}

func of(name string, p Provider) Entry {
	return Entry{Name: name, Provider: p, Cost: 1, Timeout: 10 * time.Second}
}

// engine returns a service without a store, for its waterfall alone.
func engine(j Judge) (*Service, *[]string) {
	var mu sync.Mutex
	var failed []string
	s := &Service{Config: Config{Timeout: time.Minute, Judge: j, Failed: func(_, p string, err error) {
		mu.Lock()
		defer mu.Unlock()
		failed = append(failed, p+": "+err.Error())
	}}, guards: newGuards(GuardConfig{})}
	return s, &failed
}

func (s *Service) ask(plan Plan, wanted ...Field) map[Field]result {
	ctx, cancel := context.WithTimeout(context.Background(), s.Timeout)
	defer cancel()
	return s.waterfall(ctx, plan, Subject{WorkspaceID: "w", Kind: wire.KindLead}, wanted)
}

func TestAStallingProviderBlocksNobodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, failed := engine(nil)
		began := time.Now()
		got := s.ask(Plan{
			Phone:       {of("deaf", deaf(time.Hour)), of("next", has(Phone, `"+4930123456"`))},
			LinkedInURL: {of("quick", has(LinkedInURL, `"linkedin.com/in/jane"`))},
		}, Phone, LinkedInURL)
		if took := time.Since(began); took != 10*time.Second {
			t.Errorf("it took %v, want the 10 s of the one that stalls", took)
		}
		if got[Phone].source != "next" || got[LinkedInURL].source != "quick" {
			t.Errorf("found %+v", got)
		}
		if d := cmp.Diff([]string{"deaf: " + errLate.Error()}, *failed); d != "" {
			t.Error(d)
		}
		time.Sleep(time.Hour) // the deaf one ends
	})
}

func TestTheTimeOfACallIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := engine(nil)
		s.Timeout = 55 * time.Second
		var all []Entry
		for i := range 9 {
			all = append(all, of(fmt.Sprint("slow", i), waits(time.Hour)))
		}
		began := time.Now()
		got := s.ask(Plan{Phone: all}, Phone)[Phone]
		if took := time.Since(began); took != s.Timeout {
			t.Errorf("it took %v, want %v", took, s.Timeout)
		}
		if got.found() || got.problem != ProblemTime || len(got.tried) != 6 {
			t.Errorf("got %+v, want a miss after 6 that were asked for 10 s each", got)
		}
	})
}

func TestALookupIsShared(t *testing.T) {
	s, _ := engine(nil)
	var asked [][]Field
	both := &source{do: func(_ context.Context, wanted []Field) ([]Answer, error) {
		asked = append(asked, wanted)
		return []Answer{{WorkEmail, json.RawMessage(`"J@Acme.com"`), 2}, {Phone, json.RawMessage(`"no number"`), 1}, {WorkEmail, json.RawMessage(`"second@acme.com"`), 1}}, nil
	}}
	got := s.ask(Plan{WorkEmail: {of("both", both)}, Phone: {of("miss", &source{do: func(context.Context, []Field) ([]Answer, error) { return nil, nil }}), of("both", both)},
		LinkedInURL: {of("other", has(Phone, `"+4930123456"`))}}, WorkEmail, Phone, LinkedInURL)
	if d := cmp.Diff([][]Field{{WorkEmail, Phone}}, asked); d != "" {
		t.Errorf("asked (-want +got):\n%s", d)
	}
	if a := got[WorkEmail].answer; string(a.Value) != `"j@acme.com"` || a.Confidence != 1 {
		t.Errorf("the email is %s with %v", a.Value, a.Confidence)
	}
	if got[Phone].found() || !slices.Equal(got[Phone].tried, []string{"miss", "both"}) || got[LinkedInURL].found() {
		t.Errorf("found %+v", got)
	}
}

func TestAPanicIsAFailure(t *testing.T) {
	s, failed := engine(nil)
	bad := &source{do: func(context.Context, []Field) ([]Answer, error) { panic("secret") }}
	got := s.ask(Plan{Phone: {of("bad", bad), of("good", has(Phone, `"+4930123456"`))}}, Phone)
	if got[Phone].source != "good" || len(*failed) != 1 || !strings.HasPrefix((*failed)[0], "bad: "+errPanic.Error()) {
		t.Errorf("found %+v, failed %v", got, *failed)
	}
}

func TestTheBreakerOpensAndCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := engine(nil)
		ill := true
		p := &source{do: func(context.Context, []Field) ([]Answer, error) {
			if ill {
				return nil, errors.New("down")
			}
			return []Answer{{Phone, json.RawMessage(`"+4930123456"`), 1}}, nil
		}}
		ask := func() result { return s.ask(Plan{Phone: {of("p", p)}}, Phone)[Phone] }
		for range 5 {
			ask()
		}
		if n := p.calls.Load(); n != 5 {
			t.Fatalf("asked %d times", n)
		}
		if r := ask(); p.calls.Load() != 5 || r.problem != ProblemFailed || len(r.tried) != 1 {
			t.Errorf("with an open breaker: asked %d times, %+v", p.calls.Load(), r)
		}
		other := s.waterfall(context.Background(), Plan{Phone: {of("p", p)}}, Subject{WorkspaceID: "another"}, []Field{Phone})
		if p.calls.Load() != 6 || other[Phone].problem != ProblemFailed {
			t.Errorf("another workspace's breaker is open too")
		}
		anew := of("p", p)
		anew.Setup++
		if r := s.ask(Plan{Phone: {anew}}, Phone)[Phone]; p.calls.Load() != 7 || len(r.tried) != 1 {
			t.Errorf("a provider that was set up anew was not asked")
		}
		time.Sleep(30 * time.Second)
		if ask(); p.calls.Load() != 8 { // one may try, and fails
			t.Errorf("asked %d times after the cooldown", p.calls.Load())
		}
		if ask(); p.calls.Load() != 8 {
			t.Error("the breaker did not open again")
		}
		time.Sleep(30 * time.Second)
		ill = false
		if first, second := ask(), ask(); !first.found() || !second.found() || p.calls.Load() != 10 {
			t.Errorf("asked %d times once it was well again", p.calls.Load())
		}
	})
}

func TestWhatSaysNothingOfHealthOpensNoBreaker(t *testing.T) {
	for _, err := range []error{ErrUnfit, fmt.Errorf("no such site: %w", ErrUnreachable)} {
		s, _ := engine(nil)
		p := broken(err)
		for range 40 {
			s.ask(Plan{Phone: {of("p", p)}}, Phone)
		}
		if p.calls.Load() != 40 {
			t.Errorf("%v: asked %d times of 40", err, p.calls.Load())
		}
	}
}

func TestTheBulkheadIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _ := engine(nil)
		p := deaf(time.Hour)
		slow := Plan{Phone: {of("p", p)}}
		for range 33 {
			go s.ask(slow, Phone)
		}
		synctest.Wait()
		time.Sleep(2 * time.Second)
		if n := p.calls.Load(); n != 32 {
			t.Errorf("%d lookups at once, want 32", n)
		}
		got := s.ask(Plan{Phone: {of("p", p), of("q", has(Phone, `"+4930123456"`))}}, Phone)[Phone]
		if got.source != "q" || p.calls.Load() != 32 {
			t.Errorf("with a full bulkhead: %+v, %d lookups", got, p.calls.Load())
		}
		time.Sleep(2 * time.Hour)
	})
}

type judge func(Answer) (Answer, bool)

func (j judge) Judge(_ context.Context, _ Subject, a Answer) (Answer, bool) { return j(a) }

func TestTheJudgeDecides(t *testing.T) {
	for name, c := range map[string]struct {
		judge judge
		found bool
	}{
		"takes": {func(a Answer) (Answer, bool) {
			a.Value, a.Confidence = json.RawMessage(`"+4930123456"`), 0.2
			return a, true
		}, true},
		"refuses": {func(a Answer) (Answer, bool) { return a, false }, false},
		"lies":    {func(a Answer) (Answer, bool) { a.Value = json.RawMessage(`"\u202e030"`); return a, true }, false},
		"mixes":   {func(a Answer) (Answer, bool) { a.Field = WorkEmail; return a, true }, false},
		"panics":  {func(Answer) (Answer, bool) { panic("x") }, false},
	} {
		s, _ := engine(c.judge)
		got := s.ask(Plan{Phone: {of("p", has(Phone, `"030 123456"`))}}, Phone)[Phone]
		if got.found() != c.found || c.found && (string(got.answer.Value) != `"+4930123456"` || got.answer.Confidence != 0.2) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// TestNothingHiddenIsUsable holds for any value of any field: what is usable is clean, of the field's type and in its normal form.
func TestNothingHiddenIsUsable(t *testing.T) {
	s, _ := engine(nil)
	fields := slices.Concat(ChannelFields(), AccountFields())
	nasty := rapid.StringOf(rapid.OneOf(rapid.SampledFrom([]rune("a @.+0123456789\u202e\u200b\u00ad\x00\x1b\n\U000E0041\ufeff")), rapid.Rune()))
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.SampledFrom(fields).Draw(t, "field")
		text1 := nasty.Draw(t, "text")
		raw := rapid.OneOf(rapid.Just(encoded(text1)), rapid.Just(encoded([]string{text1, "x", text1})), rapid.Map(rapid.Int64(), func(n int64) json.RawMessage { return encoded(n) }),
			rapid.SampledFrom([]json.RawMessage{nil, json.RawMessage("null"), json.RawMessage("{}"), json.RawMessage("1.5"), json.RawMessage("[null]"), json.RawMessage("tru")})).Draw(t, "value")
		a := s.usable(context.Background(), Subject{Kind: wire.KindLead}, Answer{f, raw, rapid.Float64().Draw(t, "confidence")})
		if a.Value == nil {
			return
		}
		if a.Confidence < 0 || a.Confidence > 1 {
			t.Fatalf("confidence %v", a.Confidence)
		}
		list, isList := texts(a.Value)
		one, isText := plain(a.Value)
		_, isInt := integer(a.Value)
		if kind := f.Type(); kind == ListValue != isList || kind == TextValue != isText || kind == IntegerValue != isInt {
			t.Fatalf("%s of type %d is %s", f, kind, a.Value)
		}
		for _, shown := range append(list, one) {
			if strings.IndexFunc(shown, text.Hidden) >= 0 || strings.TrimSpace(shown) != shown || len(shown) > 4*maxDescription {
				t.Fatalf("%s is %q", f, shown)
			}
		}
		if strings.IndexFunc(string(a.Value), text.Hidden) >= 0 {
			t.Fatalf("%s is %q", f, a.Value)
		}
		if again := s.usable(context.Background(), Subject{Kind: wire.KindLead}, a); !cmp.Equal(a, again) {
			t.Fatalf("%s: usable twice gives %s, then %s", f, a.Value, again.Value)
		}
	})
}

package audiences_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// TestOneOfManyGetsTheName lets many save under one name, and change one version, at the same time, while the keeper is at work.
func TestOneOfManyGetsTheName(t *testing.T) {
	onEngines(t, func(s *surface) {
		ctx, end := context.WithCancel(context.Background())
		s.companies(20)
		var keeping sync.WaitGroup
		keeping.Go(func() { s.keeper.Run(ctx) })
		defer func() { end(); keeping.Wait() }()
		race := func(in wire.SaveAudience) (won int64) {
			var rivals sync.WaitGroup
			var count atomic.Int64
			for range 8 {
				rivals.Go(func() {
					switch _, _, err := s.service.Save(context.Background(), s.ws, ann, in); {
					case err == nil:
						count.Add(1)
					case fault.CodeOf(err) != fault.Conflict:
						s.Errorf("a rival got %v", err)
					}
				})
			}
			rivals.Wait()
			return count.Load()
		}
		if n := race(young("Young")); n != 1 {
			s.Errorf("%d audiences have one name", n)
		}
		page, err := s.service.List(context.Background(), s.ws, wire.ListAudiences{})
		if err != nil || page.Total != 1 {
			s.Fatalf("%d audiences, %v", page.Total, err)
		}
		one := int64(1)
		if n := race(wire.SaveAudience{ID: page.Items[0].ID, Version: &one, Filter: []byte(`{"field":"founded_year","op":"gte","value":2001}`)}); n != 1 {
			s.Errorf("%d changes of one version", n)
		}
		end()
		keeping.Wait()
		s.settle()
		if got := s.walk(page.Items[0].ID, 50); len(got) != 18 {
			s.Errorf("%d members", len(got))
		}
	})
}

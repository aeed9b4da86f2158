package enrich

import "sync"

// gates hold a gate for each job that this process works on.
type gates struct {
	mu   sync.Mutex
	open map[string]*gate
}

// gate lets records of one job through side by side, or one alone.
type gate struct {
	sync.RWMutex
	users int
}

func (g *gate) share() (leave func()) { g.RLock(); return g.RUnlock }
func (g *gate) alone() (leave func()) { g.Lock(); return g.Unlock }

// enter returns the gate of a job; done must be called when it is not used any more.
func (s *gates) enter(job string) (g *gate, done func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open == nil {
		s.open = map[string]*gate{}
	}
	if g = s.open[job]; g == nil {
		g = &gate{}
		s.open[job] = g
	}
	g.users++
	return g, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if g.users--; g.users == 0 {
			delete(s.open, job)
		}
	}
}

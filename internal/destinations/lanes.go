package destinations

import (
	"math/rand/v2"
	"sync"
	"time"
)

// mostAtTrouble is how many attempts a process makes at once at a destination whose last attempt failed, so that one that stalls leaves workers to
// others. A healthy one has no bound.
const mostAtTrouble = 2

// lanes counts the attempts of this process by destination. Its zero value is ready.
type lanes struct {
	mu   sync.Mutex
	byID map[string]*lane
}

type lane struct {
	running int
	trouble bool
}

// enter reports whether an attempt may begin now; if so leave must be called with how it went.
func (l *lanes) enter(id string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.byID[id]
	if one == nil {
		if l.byID == nil {
			l.byID = map[string]*lane{}
		}
		one = &lane{}
		l.byID[id] = one
	}
	if one.trouble && one.running >= mostAtTrouble {
		return false
	}
	one.running++
	return true
}

// leave ends an attempt.
func (l *lanes) leave(id string, failed bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	one := l.byID[id]
	one.running--
	if one.trouble = failed; !failed && one.running == 0 {
		delete(l.byID, id)
	}
}

// turn is how long a delivery waits for its turn at a destination in trouble.
func turn() time.Duration { return 5*time.Second + rand.N(10*time.Second) }

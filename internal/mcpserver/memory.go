package mcpserver

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"sync"

	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/token"
)

const maxRemembered = 65536

// handle stands for a key where the key itself must not be kept: a MAC under a secret that lives as long as the process.
type handle [sha256.Size]byte

// memory knows which permissions a key has, which never change; it knows nothing about whether the key still lives.
type memory struct {
	secret [32]byte
	mu     sync.RWMutex
	sets   map[handle]scope.Set
}

func newMemory() *memory {
	m := &memory{sets: map[handle]scope.Set{}}
	_, _ = rand.Read(m.secret[:]) // never fails
	return m
}

func (m *memory) handle(key token.Secret) (h handle) {
	mac := hmac.New(sha256.New, m.secret[:])
	mac.Write([]byte(key.Reveal()))
	mac.Sum(h[:0])
	return h
}

func (m *memory) recall(h handle) (scope.Set, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	set, ok := m.sets[h]
	return set, ok
}

// keep makes room by forgetting any other key, which costs that key one look-up.
func (m *memory) keep(h handle, set scope.Set) {
	if known, ok := m.recall(h); ok && known == set {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for other := range m.sets {
		if len(m.sets) < maxRemembered {
			break
		}
		delete(m.sets, other)
	}
	m.sets[h] = set
}

func (m *memory) drop(h handle) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.sets, h)
}

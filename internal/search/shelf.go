package search

import "sync"

// shelf keeps what was used last in memory, up to a size of all together.
type shelf[K comparable, V interface{ size() int }] struct {
	most int
	make func() V

	mu    sync.Mutex
	all   map[K]*shelved[V]
	count int64 // of uses
}

type shelved[V any] struct {
	v    V
	used int64 // when, by the shelf's count
}

func newShelf[K comparable, V interface{ size() int }](most int, make func() V) *shelf[K, V] {
	return &shelf[K, V]{most: most, make: make, all: map[K]*shelved[V]{}}
}

// get returns what is kept under the key, or makes it.
func (s *shelf[K, V]) get(key K) V {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.all[key]
	if e == nil {
		e = &shelved[V]{v: s.make()}
		s.all[key] = e
	}
	s.count++
	e.used = s.count
	return e.v
}

// trim drops what was used longest ago until the rest fits, but never what is under the key given.
func (s *shelf[K, V]) trim(keep K) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		size := 0
		var oldest *K
		for key, e := range s.all {
			size += e.v.size()
			if key != keep && (oldest == nil || e.used < s.all[*oldest].used) {
				oldest = &key
			}
		}
		if size <= s.most || oldest == nil {
			return
		}
		delete(s.all, *oldest)
	}
}

package search

// marks tells, for the words of an index, how many typing errors they are from each token of one query.
type marks struct {
	set   []uint64 // a bit for each word that matches a token, as most match none
	far   map[uint32]reach
	terms int
}

// mark finds the words of the query in the index.
func (x *index) mark(t Text) *marks {
	m := &marks{set: make([]uint64, len(x.words)/64+1), far: map[uint32]reach{}, terms: len(t.Terms)}
	for i, term := range t.Terms {
		for _, w := range term.Same {
			m.put(x, w, i, 0)
		}
		for _, h := range term.Near {
			m.put(x, h.Word, i, h.Distance)
		}
	}
	return m
}

func (m *marks) put(x *index, w string, term, distance int) {
	id, ok := x.ids[w]
	if !ok {
		return
	}
	if m.far[id] == nil {
		m.set[id/64] |= 1 << (id % 64)
		m.far[id] = m.nowhere()
	}
	m.far[id][term] = distance
}

// nowhere is the reach of no words.
func (m *marks) nowhere() reach {
	r := make(reach, m.terms)
	for i := range r {
		r[i] = -1
	}
	return r
}

// reach is Text.reach of some words.
func (m *marks) reach(words []uint32) reach {
	r := m.nowhere()
	for _, w := range words {
		if m.set[w/64]&(1<<(w%64)) != 0 {
			r.join(m.far[w])
		}
	}
	return r
}

package search

// marks tells, for the words of an index, how many typing errors they are from each token of one query.
type marks struct {
	at  []uint32 // by word: its place in far, 0 for a word that matches no token
	far []reach
}

// mark finds the words of the query in the index.
func (x *index) mark(t Text) *marks {
	m := &marks{at: make([]uint32, len(x.words)), far: make([]reach, 1)}
	for i, term := range t.Terms {
		for _, w := range term.Same {
			m.put(x, w, i, len(t.Terms), 0)
		}
		for _, h := range term.Near {
			m.put(x, h.Word, i, len(t.Terms), h.Distance)
		}
	}
	return m
}

func (m *marks) put(x *index, w string, term, terms, distance int) {
	id, ok := x.ids[w]
	if !ok {
		return
	}
	if m.at[id] == 0 {
		m.at[id] = uint32(len(m.far)) // #nosec G115 -- no more than words
		far := make(reach, terms)
		for i := range far {
			far[i] = -1
		}
		m.far = append(m.far, far)
	}
	m.far[m.at[id]][term] = distance
}

// reach is Text.reach of some words.
func (m *marks) reach(words []uint32, terms int) reach {
	r := make(reach, terms)
	for i := range r {
		r[i] = -1
	}
	for _, w := range words {
		if at := m.at[w]; at > 0 {
			r.join(m.far[at])
		}
	}
	return r
}

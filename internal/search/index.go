package search

import (
	"cmp"
	"slices"

	"github.com/unstuckengine/unstuck/internal/text"
)

// index is the text index of one workspace and kind in memory: what a store finds by its own, word for word. It is not safe for concurrent use.
// With texts of 40 words a record takes about 1,000 bytes, a third of them for the lists of its words.
type index struct {
	docs   []document // in the order of their places; a document's number is where it stands
	ids    map[string]uint32
	words  []word
	unused []uint32 // words that no document has any more
	begins map[string]*posting
	fresh  []document // added, but not yet numbered
}

// word is one word of the documents.
type word struct {
	text string
	uses int        // documents
	by   [3]posting // the documents that have it in their name, aliases, anywhere
}

// The places in word.by.
const (
	byName = iota
	byAlias
	byAll
)

// partOf is the place in word.by of a letter of the index tokens.
var partOf = map[Field]int{InName: byName, InAlias: byAlias, InAll: byAll}

// document is what a record is found and ranked by.
type document struct {
	place      any
	id, name   string
	domain     *string
	externalID *string
	nameWords  int64
	words      []uint32 // those of the name, then of the aliases, then the ones that stand elsewhere alone
	ends       [2]int   // of the first two parts of words
}

func newIndex() *index { return &index{ids: map[string]uint32{}, begins: map[string]*posting{}} }

func (d *document) candidate() Candidate {
	return Candidate{ID: d.id, Place: d.place, Name: d.name, NameWords: d.nameWords, Domain: d.domain, ExternalID: d.externalID, doc: d}
}

// within returns the words of a part, as by tells them apart.
func (d *document) within(by int) []uint32 {
	switch by {
	case byName:
		return d.words[:d.ends[0]]
	case byAlias:
		return d.words[d.ends[0]:d.ends[1]]
	}
	return d.words
}

// comparePlaces orders the places of one store, which are all numbers or all texts.
func comparePlaces(a, b any) int {
	switch a := a.(type) {
	case int64:
		if b, ok := b.(int64); ok {
			return cmp.Compare(a, b)
		}
	case string:
		if b, ok := b.(string); ok {
			return cmp.Compare(a, b)
		}
	}
	return 0
}

func (d document) compare(place any) int { return comparePlaces(d.place, place) }

// put adds a record, or replaces what is known of it. Records that are new are found only after settle.
func (x *index) put(c Candidate) {
	n, known := slices.BinarySearchFunc(x.docs, c.Place, document.compare)
	if !known {
		x.fresh = append(x.fresh, x.document(c))
		return
	}
	x.unpost(n)
	x.release(x.docs[n])
	x.docs[n] = x.document(c)
	x.post(n)
}

// settle gives the new documents their numbers. Where one's place lies before others', those get new ones.
func (x *index) settle() {
	if len(x.fresh) == 0 {
		return
	}
	slices.SortFunc(x.fresh, func(a, b document) int { return a.compare(b.place) })
	first, _ := slices.BinarySearchFunc(x.docs, x.fresh[0].place, document.compare)
	moved := slices.Clone(x.docs[first:])
	for n := first; n < len(x.docs); n++ {
		x.unpost(n)
	}
	x.docs = x.docs[:first]
	for len(moved)+len(x.fresh) > 0 {
		from := &x.fresh
		if len(x.fresh) == 0 || len(moved) > 0 && moved[0].compare(x.fresh[0].place) < 0 {
			from = &moved
		}
		x.docs = append(x.docs, (*from)[0])
		x.post(len(x.docs) - 1)
		*from = (*from)[1:]
	}
	x.fresh = nil
}

// document takes the record's words in.
func (x *index) document(c Candidate) document {
	d := document{place: c.Place, id: c.ID, name: c.Name, domain: c.Domain, externalID: c.ExternalID, nameWords: c.NameWords}
	if id, ok := c.Place.(string); ok {
		d.id = id
	}
	doc := newDoc(text.Tokens(c.Name), tokensOf(c.Alias), tokensOf(c.Rest))
	named := len(text.Unique(slices.Concat(doc.Name, doc.Alias))) // with these All begins
	list := slices.Concat(doc.Name, doc.Alias, doc.All[named:])
	d.ends = [2]int{len(doc.Name), len(doc.Name) + len(doc.Alias)}
	d.words = make([]uint32, len(list))
	for i, w := range list {
		d.words[i] = x.take(w)
	}
	return d
}

func tokensOf(texts []string) (tokens []string) {
	for _, s := range texts {
		tokens = append(tokens, text.Tokens(s)...)
	}
	return tokens
}

// take returns the number of a word that a document uses.
func (x *index) take(w string) uint32 {
	id, ok := x.ids[w]
	if !ok {
		if last := len(x.unused) - 1; last >= 0 {
			id, x.unused = x.unused[last], x.unused[:last]
		} else {
			id = uint32(len(x.words)) // #nosec G115 -- bounded by memory
			x.words = append(x.words, word{})
		}
		w = string([]byte(w)) // not a part of the record's text, which would stay in memory with it
		x.ids[w] = id
		x.words[id] = word{text: w}
	}
	x.words[id].uses++
	return id
}

// release gives the words of a document back, and forgets those that no other has.
func (x *index) release(d document) {
	for _, id := range d.words {
		w := &x.words[id]
		if w.uses--; w.uses == 0 {
			delete(x.ids, w.text)
			*w = word{}
			x.unused = append(x.unused, id)
		}
	}
}

// post and unpost put the number of a document on the lists of its words, and take it off.
func (x *index) post(n int) { x.lists(n, (*posting).add) }

func (x *index) unpost(n int) { x.lists(n, (*posting).remove) }

func (x *index) lists(at int, do func(*posting, uint32)) {
	d, n := &x.docs[at], uint32(at) // #nosec G115 -- bounded by memory
	for field, by := range partOf {
		for _, id := range d.within(by) {
			w := &x.words[id]
			do(&w.by[by], n)
			for _, b := range beginningsOf(w.text) {
				x.begun(string(beginnings[field])+b, n, do)
			}
		}
	}
}

// begun does something to the list of a beginning.
func (x *index) begun(key string, n uint32, do func(*posting, uint32)) {
	p := x.begins[key]
	if p == nil {
		p = &posting{}
		x.begins[key] = p
	}
	do(p, n)
	if p.empty() {
		delete(x.begins, key)
	}
}

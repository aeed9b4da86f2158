// Package demo makes up the data of a demonstration: companies, people and what they did, as JSON Lines that the importer
// reads. The same time gives the same bytes, on every machine.
//
// Domains and emails end in .example, so that nothing here can name or reach anybody. Accents, twins of a name and
// spellings one letter apart are there on purpose: they are what a search has to cope with.
package demo

import (
	"bytes"
	"encoding/json"
	"io"
	"math/rand/v2"
	"time"
)

// How many of each there are.
const (
	AccountCount = 2000
	LeadCount    = 3000
	SignalCount  = 20000
)

// Accounts streams the companies.
func Accounts(now time.Time) io.Reader {
	return stream(AccountCount, func(i int) any { return accountAt(i, now) })
}

// Leads streams the people; each work email and company domain is that of an account.
func Leads(now time.Time) io.Reader { return stream(LeadCount, func(i int) any { return leadAt(i) }) }

// Signals streams the events of the year before now, the oldest first; each one names an account or a lead.
func Signals(now time.Time) io.Reader {
	return stream(SignalCount, func(i int) any { return signalAt(i, now) })
}

// The streams of random numbers, one for each kind of record, so that a change to one kind leaves the others alone.
const (
	seed = 0x756e737475636b // "unstuck"

	accountStream = iota
	leadStream
	signalStream
)

// random returns the numbers of one record. Drawing them by index lets a lead look at its account without keeping it.
func random(kind uint64, i int) *rand.Rand { return rand.New(rand.NewPCG(seed, kind<<32|uint64(i))) }

// pick draws one of the values.
func pick[T any](r *rand.Rand, values []T) T { return values[r.IntN(len(values))] }

// often draws an index below n, the small ones more often: a few companies have most of the people and events.
func often(r *rand.Rand, n int) int {
	u := r.Float64()
	return int(u * u * float64(n))
}

// lines encodes records one by one as they are read.
type lines struct {
	next, count int
	at          func(int) any
	rest        bytes.Buffer
}

func stream(count int, at func(int) any) io.Reader { return &lines{count: count, at: at} }

// Read implements io.Reader.
func (l *lines) Read(p []byte) (int, error) {
	for l.rest.Len() < len(p) && l.next < l.count {
		enc := json.NewEncoder(&l.rest)
		enc.SetEscapeHTML(false)
		if err := enc.Encode(l.at(l.next)); err != nil {
			return 0, err
		}
		l.next++
	}
	return l.rest.Read(p)
}

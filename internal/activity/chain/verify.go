package chain

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
)

// Fault says in what way a log is broken.
type Fault string

// The faults.
const (
	Changed    Fault = "changed"     // the entry or the link is not what it was
	Missing    Fault = "missing"     // the entry is gone, or cannot be read
	Gap        Fault = "gap"         // a link is gone
	Forged     Fault = "forged"      // the seal is not ours
	UnknownKey Fault = "unknown_key" // the seal was made under a key that this server was not given
	WrongHead  Fault = "wrong_head"  // the chain ends elsewhere than it is said to
	Stray      Fault = "stray"       // an entry is neither in the chain nor on its way there
	Differs    Fault = "differs"     // an exported file tells otherwise than the log
	BadLine    Fault = "bad_line"    // a line of a file cannot be read
)

// Break is the first place at which a log is broken.
type Break struct {
	Fault    Fault  `json:"fault"`
	Seq      int64  `json:"seq,omitempty"` // of the link, where there is one
	EntryID  string `json:"entry_id,omitempty"`
	Sentence string `json:"sentence"`
}

// Result is what a check has found.
type Result struct {
	Intact    bool      `json:"intact"`
	CheckedAt time.Time `json:"checked_at"`
	Entries   int64     `json:"entries"` // that were found intact, from the first on
	Waiting   int64     `json:"waiting"` // entries that came since and are not sealed yet
	Seq       int64     `json:"seq"`     // of the last intact link
	Hash      string    `json:"hash"`    // of that link, in hexadecimal
	Broken    *Break    `json:"broken"`  // null when intact
}

// Verify seals what waits, then reads the whole log of the workspace and says whether it is what was written. The error is that of reading.
func (s *Service) Verify(ctx context.Context, workspaceID string) (Result, error) {
	if err := s.Seal(ctx, workspaceID); err != nil {
		return Result{}, err
	}
	now, err := s.Now(ctx)
	if err != nil {
		return Result{}, err
	}
	w := &walk{service: s, workspaceID: workspaceID, keyed: true}
	err = s.Store.ReadChain(ctx, workspaceID, w.read)
	return w.result(now), err
}

// walk follows one chain.
type walk struct {
	service     *Service
	workspaceID string
	keyed       bool // seals are looked at
	at          Head // of the last link that is good
	entries     int64
	waiting     int64
	broken      *Break
}

func (w *walk) result(now time.Time) Result {
	return Result{Intact: w.broken == nil, CheckedAt: now, Entries: w.entries, Waiting: w.waiting, Seq: w.at.Seq, Hash: hex.EncodeToString(w.at.Hash[:]), Broken: w.broken}
}

func (w *walk) fail(f Fault, seq int64, entryID, format string, args ...any) {
	w.broken = &Break{f, seq, entryID, fmt.Sprintf(format, args...)}
}

func (w *walk) read(ctx context.Context, r Reader) error {
	for {
		links, err := r.Links(ctx, w.at.Seq, batch)
		if err != nil {
			return err
		}
		for _, l := range links {
			if w.step(l); w.broken != nil {
				return nil
			}
		}
		if len(links) < batch {
			return w.end(ctx, r)
		}
	}
}

// step looks at the next link.
func (w *walk) step(f Found) {
	switch {
	case f.Seq != w.at.Seq+1:
		w.fail(Gap, w.at.Seq+1, "", "Number %d of the log was taken out.", w.at.Seq+1)
	case f.Entry == nil:
		w.fail(Missing, f.Seq, f.EntryID, "The entry with number %d was removed from the log, or made unreadable.", f.Seq)
	default:
		w.link(f.Link, w.at.Hash, *f.Entry)
	}
}

// link proves one link by what it is made of.
func (w *walk) link(l Link, prev Hash, e activity.Entry) {
	if HashOf(prev, l.Seq, e) != l.Hash {
		w.fail(Changed, l.Seq, l.EntryID, "The entry with number %d is not what was written.", l.Seq)
		return
	}
	if w.keyed {
		switch err := w.service.seals.check(w.workspaceID, l); {
		case errors.Is(err, errUnknownKey):
			w.fail(UnknownKey, l.Seq, l.EntryID, "Number %d is sealed under a key that this server was not given. Add the older pepper to its secret key and check again.", l.Seq)
			return
		case err != nil:
			w.fail(Forged, l.Seq, l.EntryID, "The seal of number %d was not made by this server: the log was rewritten from there on.", l.Seq)
			return
		}
	}
	w.at, w.entries = Head{l.Seq, l.Hash}, w.entries+1
}

// end looks at what remains when all links are good.
func (w *walk) end(ctx context.Context, r Reader) error {
	head, err := r.Head(ctx)
	if err != nil {
		return err
	}
	loose, err := r.Loose(ctx)
	if err != nil {
		return err
	}
	w.waiting = loose.Waiting
	switch {
	case head != w.at:
		w.fail(WrongHead, w.at.Seq, "", "The log ends at number %d, but is said to end at number %d: its end was taken off or put on.", w.at.Seq, head.Seq)
	case loose.Stray != "":
		w.fail(Stray, 0, loose.Stray, "An entry was put into the log without being sealed.")
	case loose.Lost != "":
		w.fail(Missing, 0, loose.Lost, "An entry was removed before it was sealed.")
	case loose.Twice != "":
		w.fail(Stray, 0, loose.Twice, "A sealed entry was marked to be sealed again.")
	}
	return nil
}

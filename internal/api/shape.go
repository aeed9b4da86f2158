package api

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// preference is how a client wants answers shaped, by the Prefer header (RFC 7240). The zero value wants them whole.
type preference struct {
	format   wire.Format
	maxChars int // 0 = no limit
}

// preferenceOf reads response_format and max_chars. As the RFC demands, whatever cannot be read is passed over.
func preferenceOf(h http.Header) (p preference) {
	for _, line := range h["Prefer"] {
		for one := range strings.SplitSeq(line, ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(one), "=")
			switch strings.ToLower(name) {
			case "response_format":
				if f := wire.Format(value); f == wire.Concise || f == wire.Detailed {
					p.format = f
				}
			case "max_chars":
				if n, err := strconv.Atoi(value); err == nil && n > 0 {
					p.maxChars = n
				}
			}
		}
	}
	return p
}

// choose returns the format: the input's own word, else the header's, else detailed.
func (p preference) choose(asked wire.Format) wire.Format {
	switch {
	case asked != "":
		return asked
	case p.format != "":
		return p.format
	}
	return wire.Detailed
}

// item is what lists hold.
type item[T any] interface {
	Concise(sorts []wire.Sort) T
	Shorten(chars int) T
}

// The texts of a page that does not fit are cut to these lengths, one after the other, before items are put off.
var textLengths = []int{300, 80}

// tailChars is what a page needs beside its items and its cursor.
const tailChars = 400

// listAnswer shapes a page for the caller. A page larger than the caller takes first has its long texts shortened, then
// ends early with a cursor: no item is lost, and total stays exact.
func listAnswer[T item[T]](p preference, in wire.Page, page search.Page[T]) (answer[wire.List[T]], error) {
	list, f, err := shaped(p, in, page)
	if err != nil {
		return answer[wire.List[T]]{}, err
	}
	body, err := assemble(`{"items":[`, list, f)
	return answer[wire.List[T]]{http.StatusOK, body}, err
}

// shaped returns the envelope of a list and its items.
func shaped[T item[T]](p preference, in wire.Page, page search.Page[T]) (list wire.List[T], f fit, err error) {
	items := page.Items
	if p.choose(in.ResponseFormat) == wire.Concise {
		items = mapped(items, func(v T) T { return v.Concise(in.Sort) })
	}
	f, err = fitted(items, in.Sort, p.maxChars-tailChars-longestCursor(page.Cursors), p.maxChars > 0)
	list = wire.List[T]{Items: []T{}, Total: page.Total, Truncated: page.Truncated, Note: f.note(len(items))}
	if n := len(f.ends); n > 0 && (page.More || n < len(items)) {
		list.NextCursor = &page.Cursors[n-1]
	}
	return list, f, err
}

func longestCursor(cursors []string) (n int) {
	for _, c := range cursors {
		n = max(n, len(c))
	}
	return n
}

func mapped[T any](items []T, f func(T) T) []T {
	out := make([]T, len(items))
	for i, v := range items {
		out[i] = f(v)
	}
	return out
}

// fit is the encoded items of a page.
type fit struct {
	text      []byte // parted by commas
	ends      []int  // where each item of text ends
	shortened bool
}

// fitted encodes as many items as room characters hold, but at least one. Without a limit it encodes all as they are.
func fitted[T item[T]](items []T, sorts []wire.Sort, room int, limited bool) (fit, error) {
	f, err := encodeItems(items)
	if err != nil || !limited || utf8.RuneCount(f.text) <= room {
		return f, err
	}
	for _, chars := range textLengths {
		if f, err = encodeItems(mapped(items, func(v T) T { return v.Shorten(chars) })); err != nil {
			return f, err
		}
		f.shortened = true
		if utf8.RuneCount(f.text) <= room {
			return f, nil
		}
	}
	if f.cut(room); len(f.ends) > 0 {
		return f, nil
	}
	// One item alone is too large: it is given in its concise form, which is small.
	f, err = encodeItems([]T{items[0].Concise(sorts).Shorten(textLengths[len(textLengths)-1])})
	f.shortened = true
	return f, err
}

func encodeItems[T any](items []T) (fit, error) {
	var b bytes.Buffer
	f := fit{ends: make([]int, 0, len(items))}
	for i := range items {
		if i > 0 {
			b.WriteByte(',')
		}
		if err := encode(&b, &items[i]); err != nil {
			return fit{}, err
		}
		f.ends = append(f.ends, b.Len())
	}
	f.text = b.Bytes()
	return f, nil
}

// cut keeps the items that fit into room characters.
func (f *fit) cut(room int) {
	n, chars, from := 0, 0, 0
	for n < len(f.ends) {
		if chars += utf8.RuneCount(f.text[from:f.ends[n]]); chars > room {
			break
		}
		from = f.ends[n]
		n++
	}
	f.text, f.ends = f.text[:from], f.ends[:n]
}

// note tells a model how to read what was cut.
func (f fit) note(asked int) string {
	switch {
	case len(f.ends) < asked:
		return fmt.Sprintf("Cut to %d of %d items so that the answer fits. Narrow the filters, or go on with next_cursor; long texts are shortened.", len(f.ends), asked)
	case f.shortened:
		return "Long texts are shortened so that the answer fits. Read one record with get_record, or ask for fewer items."
	}
	return ""
}

// assemble puts the encoded items into an envelope that begins with head and an empty list of them.
func assemble(head string, envelope any, f fit) ([]byte, error) {
	var tail bytes.Buffer
	if err := encode(&tail, envelope); err != nil {
		return nil, err
	}
	body := make([]byte, 0, tail.Len()+len(f.text))
	body = append(append(body, head...), f.text...)
	return append(body, tail.Bytes()[len(head):]...), nil
}

// recordAnswer shapes one record for the caller. One that is too large has its texts shortened, then tells of its
// signals by their number alone.
func recordAnswer(p preference, asked wire.Format, r wire.Record) (answer[wire.Record], error) {
	r = r.Shape(p.choose(asked))
	a, err := encodedRecord(r)
	for _, smaller := range []func(wire.Record) wire.Record{shortRecord, bareRecord} {
		if err != nil || p.maxChars == 0 || utf8.RuneCount(a.body) <= p.maxChars {
			break
		}
		r = smaller(r)
		a, err = encodedRecord(r)
	}
	return a, err
}

func encodedRecord(r wire.Record) (answer[wire.Record], error) {
	a, err := encoded(http.StatusOK, r.Flat())
	return answer[wire.Record](a), err
}

func shortRecord(r wire.Record) wire.Record {
	r = r.Shape(wire.Concise)
	r.RecentSignals = mapped(r.RecentSignals, func(s wire.Signal) wire.Signal { return s.Shorten(textLengths[0]) })
	if r.Account != nil {
		a := r.Account.Shorten(textLengths[0])
		r.Account = &a
	}
	return r
}

// bareRecord leaves out what third parties may have made large.
func bareRecord(r wire.Record) wire.Record {
	r.RecentSignals = nil
	if r.Account != nil {
		a := *r.Account
		a.Custom = nil
		r.Account = &a
	} else {
		l := *r.Lead
		l.Custom = nil
		r.Lead = &l
	}
	return r
}

package filter

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/unstuckengine/unstuck/internal/strictjson"
)

// has reads a condition on how many signals or leads there are.
func (p *parser) has(of Kind, path string, raw json.RawMessage, depth int) Node {
	allowed := []string{"min", "max", "distinct", "where"}
	if of == Signals {
		allowed = append([]string{"types", "from", "to", "last_days"}, allowed...)
	}
	m := members(raw)
	if m == nil {
		return p.refuse(path, "must be an object", allowed...)
	}
	if !p.relate(path) || !p.only(path, m, allowed) {
		return nil
	}
	h := Has{Of: of, Distinct: p.counted(of, path+".distinct", m["distinct"])}
	h.Min, h.Max = p.bounds(path, m)
	var where All
	if m["types"] != nil {
		where = append(where, p.types(path+".types", m["types"]))
	}
	where = append(where, p.window(path, m)...)
	if m["where"] != nil {
		where = append(where, p.condition(of, path+".where", m["where"], depth+1))
	}
	if len(where) > 0 {
		h.Where = where
	}
	return h
}

// counted reads the path of what is counted instead of the records.
func (p *parser) counted(of Kind, path string, raw json.RawMessage) *Path {
	if raw == nil {
		return nil
	}
	if name, ok := asText(raw); ok {
		if via, f, ok := Lookup(of, name); ok && f.Type != List {
			return &Path{via, f}
		}
	}
	p.refuse(path, "must be a field of "+string(of)+" whose values can be counted", Sortable(of)...)
	return nil
}

// bounds reads how many there must be; min is 1 when nothing is said.
func (p *parser) bounds(path string, m map[string]json.RawMessage) (least, most int64) {
	least, most = 1, NoMax
	ok := true
	if m["min"] != nil {
		least, ok = p.whole(path+".min", m["min"], 0, MaxCount)
	} else if m["max"] != nil {
		least = 0
	}
	if m["max"] != nil {
		var fits bool
		most, fits = p.whole(path+".max", m["max"], 0, MaxCount)
		ok = ok && fits
	}
	switch {
	case !ok:
	case most != NoMax && most < least:
		p.refuse(path+".max", "must not be less than min")
	case most == NoMax && least == 0:
		p.refuse(path+".min", "must be at least 1 without max; for records without any give max 0")
	}
	return least, most
}

// The bounds of a condition on how many records there are.
const (
	MaxCount = 1_000_000_000 // of min and max
	MaxDays  = 36_500        // of last_days
)

func (p *parser) whole(path string, raw json.RawMessage, least, most int64) (int64, bool) {
	v, _ := decoded(raw).(json.Number)
	n, ok := wholeNumber(v)
	if !ok || n < least || n > most {
		p.refuse(path, "must be a whole number from "+strconv.FormatInt(least, 10)+" to "+strconv.FormatInt(most, 10))
		return 0, false
	}
	return n, true
}

func (p *parser) types(path string, raw json.RawMessage) Node {
	list, ok := p.list(path, raw, "signal types")
	if !ok {
		return nil
	}
	f := Must(Signals, "signal_type")
	var values []any
	for i, each := range list {
		v, _ := p.value(path+"["+strconv.Itoa(i)+"]", "in", f, each)
		values = append(values, v...)
	}
	return Leaf{Field: f, Op: In, Values: once(values)}
}

// window reads the half-open span of a signals condition.
func (p *parser) window(path string, m map[string]json.RawMessage) All {
	at := Must(Signals, "occurred_at")
	from, to := p.side(path+".from", m["from"]), p.side(path+".to", m["to"])
	if raw := m["last_days"]; raw != nil {
		days, _ := p.whole(path+".last_days", raw, 1, MaxDays)
		if m["from"] != nil || m["to"] != nil {
			p.refuse(path+".last_days", "does not go together with from and to; give one or the other")
		}
		end := *micros(&p.now)
		begin := end - days*24*time.Hour.Microseconds()
		from, to = &begin, &end
	}
	if from != nil && to != nil && *to < *from {
		p.refuse(path+".to", "must not lie before from")
	}
	var out All
	if from != nil {
		out = append(out, Leaf{Field: at, Op: Gte, Values: []any{*from}})
	}
	if to != nil {
		out = append(out, Leaf{Field: at, Op: Lt, Values: []any{*to}})
	}
	return out
}

// side reads an end of the span; nil when it is open.
func (p *parser) side(path string, raw json.RawMessage) *int64 {
	if raw == nil {
		return nil
	}
	if m, ok := p.moment(path, raw); ok {
		up := m.up()
		return &up
	}
	return nil
}

// moment is an instant, in whole microseconds and whether something is left over: no stored time is finer than a microsecond, but a bound may be.
type moment struct {
	micros int64
	more   bool
}

// up rounds up: a stored time is at or after m if it is at or after this.
func (m moment) up() int64 {
	if m.more {
		return m.micros + 1
	}
	return m.micros
}

func (p *parser) moment(path string, raw json.RawMessage) (moment, bool) {
	s, _ := asText(raw)
	t, err := strictjson.ParseTime(s)
	if err != nil {
		p.refuse(path, "must be an RFC 3339 time with a zone, such as 2026-01-31T00:00:00Z")
		return moment{}, false
	}
	return moment{t.UnixMicro(), finer(s)}, true
}

// finer reports whether an RFC 3339 text has more than whole microseconds. time.Time would keep no more than nanoseconds.
func finer(s string) bool {
	const seconds = len("2006-01-02T15:04:05.000000")
	for i := seconds; i < len(s) && s[i] >= '0' && s[i] <= '9' && s[len("2006-01-02T15:04:05")] == '.'; i++ {
		if s[i] != '0' {
			return true
		}
	}
	return false
}

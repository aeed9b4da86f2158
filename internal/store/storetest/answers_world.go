package storetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/identity"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/text"
)

// world is a workspace as its records show on the wire, for the plain evaluation of filters. Ids are labels, which sort as the ids do.
type world map[filter.Kind][]*entity

// entity is a record with those that it points at and those that point at it.
type entity struct {
	kind    filter.Kind
	label   string
	members map[string]any // as in JSON, numbers as json.Number
	to      map[filter.Relation]*entity
	from    map[filter.Kind][]*entity
}

var answerKinds = []filter.Kind{filter.Accounts, filter.Leads, filter.Signals}

// labels replaces the ids of one engine, which differ from the other's.
type labels struct{ byID, byLabel map[string]string }

var (
	uuids     = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)
	labelForm = regexp.MustCompile(`@[als][0-9]{6}`)
)

func (l labels) hide(raw []byte) []byte {
	return uuids.ReplaceAllFunc(raw, func(id []byte) []byte {
		if label, ok := l.byID[string(id)]; ok {
			return []byte(label)
		}
		return id
	})
}

func (l labels) reveal(raw string) string {
	return labelForm.ReplaceAllStringFunc(raw, func(label string) string {
		if id, ok := l.byLabel[label]; ok {
			return id
		}
		return label
	})
}

// readWorld reads all records of a workspace, oldest first, as JSON texts with labels for ids.
func readWorld(t testing.TB, db *store.DB, workspaceID string) (map[filter.Kind][][]byte, labels) {
	t.Helper()
	out, l := map[filter.Kind][][]byte{}, labels{map[string]string{}, map[string]string{}}
	err := db.Read(context.Background(), workspaceID, func(ctx context.Context, r search.Reader) error {
		for _, k := range answerKinds {
			hits, err := r.Sorted(ctx, k, search.Where{}, search.List{Order: []search.Order{{Field: filter.Must(k, "id")}}})
			if err != nil {
				return err
			}
			ids := make([]string, len(hits))
			for i, h := range hits {
				ids[i] = h.ID
				label := fmt.Sprintf("@%c%06d", k[0], i)
				l.byID[h.ID], l.byLabel[label] = label, h.ID
			}
			if out[k], err = readTexts(ctx, r, k, ids); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatalf("read the records: %v", err)
	}
	for _, list := range out {
		for i := range list {
			list[i] = l.hide(list[i])
		}
	}
	return out, l
}

func readTexts(ctx context.Context, r search.Reader, k filter.Kind, ids []string) ([][]byte, error) {
	switch k {
	case filter.Accounts:
		list, err := r.Accounts(ctx, ids)
		return asTexts(list, err)
	case filter.Leads:
		list, err := r.Leads(ctx, ids)
		return asTexts(list, err)
	}
	list, err := r.Signals(ctx, ids)
	return asTexts(list, err)
}

func asTexts[T any](list []T, err error) ([][]byte, error) {
	out := make([][]byte, len(list))
	for i := range list {
		if err == nil {
			out[i], err = json.Marshal(list[i])
		}
	}
	return out, err
}

// newWorld links the records of readWorld.
func newWorld(t testing.TB, records map[filter.Kind][][]byte) world {
	t.Helper()
	w, byLabel := world{}, map[string]*entity{}
	for _, k := range answerKinds {
		for _, raw := range records[k] {
			e := &entity{kind: k, to: map[filter.Relation]*entity{}, from: map[filter.Kind][]*entity{}}
			e.members, _ = asAny(raw).(map[string]any)
			e.label, _ = e.members["id"].(string)
			w[k], byLabel[e.label] = append(w[k], e), e
			for _, rel := range []filter.Relation{filter.ToAccount, filter.ToLead} {
				ref, _ := e.members[string(rel)].(map[string]any)
				label, _ := ref["id"].(string)
				if other := byLabel[label]; other != nil {
					e.to[rel] = other
					other.from[k] = append(other.from[k], e)
				}
			}
		}
	}
	return w
}

func asAny(raw []byte) (v any) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	_ = dec.Decode(&v) // the text was checked or made by encoding/json
	return v
}

// asWritten returns the value at a path as the wire shows it; nil when it is missing.
func (e *entity) asWritten(path string) any {
	for _, rel := range []filter.Relation{filter.ToAccount, filter.ToLead} {
		if rest, ok := strings.CutPrefix(path, string(rel)+"."); ok && (rel == filter.ToLead || e.kind != filter.Accounts) {
			if e.to[rel] == nil {
				return nil
			}
			return e.to[rel].asWritten(rest)
		}
	}
	first, rest, inner := strings.Cut(path, ".")
	value := e.members[first]
	if !inner {
		return value
	}
	object, _ := value.(map[string]any)
	return memberOf(object, rest)
}

// memberOf finds a member whose path may have dots of its own: the outermost that is not null counts, of several there the first by name.
func memberOf(object map[string]any, path string) any {
	type place struct {
		object map[string]any
		rest   string
	}
	level := []place{{object, path}}
	for len(level) > 0 {
		var deeper []place
		for _, p := range level {
			if v := p.object[p.rest]; v != nil {
				return v
			}
			for i := range p.rest { // shorter names come first, as they do in order
				if inner, ok := p.object[p.rest[:i]].(map[string]any); ok && p.rest[i] == '.' {
					deeper = append(deeper, place{inner, p.rest[i+1:]})
				}
			}
		}
		level = deeper
	}
	return nil
}

// at returns the value at a path in the form that is compared: folded text, *big.Rat, time.Time, bool, []any, or a map for an inner object.
// nil is missing.
func (e *entity) at(path string) any {
	_, f, _ := filter.Lookup(e.kind, path)
	v := e.asWritten(path)
	switch s, isText := v.(string); {
	case v == nil, isText && s == "" && f.Type != filter.JSON:
		return nil
	case isText && f.Type == filter.Time:
		at, _ := time.Parse(time.RFC3339Nano, s)
		return at
	case isText && f.Type == filter.Exact:
		return s
	case isText && f.Form == filter.HandleForm:
		return handleOf(s)
	}
	v = plainValue(v)
	list, isList := v.([]any)
	if f.Type == filter.List {
		list = slices.DeleteFunc(list, func(v any) bool { return v == "" })
	}
	switch {
	case !isList:
		return v
	case len(list) == 0:
		return nil
	}
	return list
}

func handleOf(s string) string {
	if normal, err := identity.Handle(s); err == nil {
		return normal
	}
	return text.Fold(s)
}

// plainValue folds texts and makes numbers exact. In lists nothing counts that is null, a list or an object.
func plainValue(v any) any {
	switch v := v.(type) {
	case string:
		return text.Fold(v)
	case json.Number:
		n, _ := new(big.Rat).SetString(string(v))
		return n
	case []any:
		var out []any
		for _, each := range v {
			switch each.(type) {
			case string, json.Number, bool:
				out = append(out, plainValue(each))
			}
		}
		return out
	}
	return v
}

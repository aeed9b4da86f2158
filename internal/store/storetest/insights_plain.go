package storetest

import (
	"encoding/json"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/insights"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/text"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// plainRecord holds JSON values by path: string, json.Number, bool, []any, map[string]any; absent or nil when missing.
type plainRecord map[string]any

func canonicalText(v any) string {
	b, err := strictjson.CanonicalValue(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

func isScalar(v any) bool {
	switch v.(type) {
	case string, bool, json.Number:
		return true
	}
	return false
}

// foldedValue is the form that is compared, nil for what has none.
func foldedValue(v any) any {
	switch v := v.(type) {
	case string:
		return text.Fold(v)
	case []any:
		out := []any{}
		for _, e := range v {
			if isScalar(e) {
				out = append(out, foldedValue(e))
			}
		}
		return out
	case map[string]any:
		return nil
	}
	return v
}

// at returns the value at a path, in the form that its ending asks for.
func (r plainRecord) at(path string) any {
	if plain, ok := strings.CutSuffix(path, ".folded"); ok {
		return foldedValue(r[plain])
	}
	return r[path]
}

// present reports whether there is a value; a list without a scalar is empty.
func (r plainRecord) present(path string) bool {
	v := r[strings.TrimSuffix(path, ".folded")]
	list, ok := v.([]any)
	return v != nil && (!ok || slices.ContainsFunc(list, isScalar))
}

// keysAt returns the JSON texts that the record is grouped by: of a list, each element's once.
func (r plainRecord) keysAt(path string) (out []string) {
	list, ok := r.at(path).([]any)
	if !ok {
		list = []any{r.at(path)}
	}
	for _, e := range list {
		if s := canonicalText(e); !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	if len(out) == 0 {
		return []string{"null"}
	}
	return out
}

// bucketAt returns the JSON text of the start of the bucket.
func (r plainRecord) bucketAt(b wire.Bucket) string {
	at, err := time.Parse(time.RFC3339Nano, r[b.Field].(string))
	if err != nil {
		panic(err)
	}
	zone, err := insights.Zone(b.TZ)
	if err != nil {
		panic(err)
	}
	return canonicalText(insights.BucketStart(at, b.Unit, zone).UTC().Format(time.RFC3339Nano))
}

// plainInsights works every group out in the plainest way: figures by name, by the JSON texts of the keys, which a bar parts.
func plainInsights(in wire.GetInsights, records []plainRecord) map[string]map[string]string {
	groups := map[string][]plainRecord{}
	if len(in.Columns()) == 0 {
		groups[""] = nil
	}
	for _, r := range records {
		rows := []string{""}
		cross := func(keys []string) {
			var next []string
			for _, row := range rows {
				for _, k := range keys {
					next = append(next, row+k+"|")
				}
			}
			rows = next
		}
		for _, path := range in.GroupBy {
			cross(r.keysAt(path))
		}
		if in.Bucket != nil {
			cross([]string{r.bucketAt(*in.Bucket)})
		}
		for _, row := range rows {
			groups[row] = append(groups[row], r)
		}
	}
	out := map[string]map[string]string{}
	for key, members := range groups {
		out[key] = map[string]string{}
		for _, m := range in.Asked() {
			out[key][m.Label()] = plainFigure(m, members)
		}
	}
	return out
}

func plainFigure(m wire.Measure, records []plainRecord) string {
	var values []any
	for _, r := range records {
		if m.Field == "" {
			values = append(values, true)
		} else if r.present(m.Field) {
			values = append(values, r.at(m.Field))
		}
	}
	numbers, texts := plainNumbers(values), plainTexts(values)
	switch m.Fn {
	case wire.Count:
		return strconv.Itoa(len(values))
	case wire.CountDistinct:
		return strconv.Itoa(plainDistinct(values))
	case wire.Sum, wire.Avg:
		return plainSum(numbers, m.Fn == wire.Avg)
	}
	last := m.Fn == wire.Max
	edge := func(n int) int {
		if last {
			return n - 1
		}
		return 0
	}
	switch {
	case len(numbers) > 0:
		slices.SortFunc(numbers, func(a, b json.Number) int { return rational(a).Cmp(rational(b)) })
		return canonicalText(numbers[edge(len(numbers))])
	case len(texts) > 0:
		slices.Sort(texts)
		return canonicalText(texts[edge(len(texts))])
	}
	return "null"
}

func plainNumbers(values []any) (out []json.Number) {
	for _, v := range values {
		if n, ok := v.(json.Number); ok {
			out = append(out, n)
		}
	}
	return out
}

func plainTexts(values []any) (out []string) {
	for _, v := range values {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}

func plainDistinct(values []any) int {
	found := map[string]bool{}
	for _, v := range values {
		if v != nil {
			found[canonicalText(v)] = true
		}
	}
	return len(found)
}

// plainSum returns a fraction, since a sum has more than one spelling, or an average as it is answered.
func plainSum(numbers []json.Number, average bool) string {
	if len(numbers) == 0 {
		return "null"
	}
	sum := new(big.Rat)
	for _, n := range numbers {
		sum.Add(sum, rational(n))
	}
	if !average {
		return sum.RatString()
	}
	places := sum.Quo(sum, big.NewRat(int64(len(numbers)), 1)).FloatString(6)
	if strings.Trim(places, "-0.") == "" {
		places = "0.000000"
	}
	return canonicalText(places)
}

func rational(n json.Number) *big.Rat {
	r, ok := new(big.Rat).SetString(string(n))
	if !ok {
		panic("no number: " + string(n))
	}
	return r
}

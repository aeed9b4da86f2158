package cli_test

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// The groups that the fake API knows: by text, and by month in Berlin.
var (
	byText = []fakeGroup{{"Kestrel \x1b[31mRed\u202e", 10}, {nil, 3}, {"Zürich 数据 Labs", -5}}
	byTime = []fakeGroup{{nil, 1}, {"2026-04-30T22:00:00Z", 8}, {"2026-01-31T23:00:00Z", 2}}
)

type fakeGroup struct {
	key   any
	value int
}

// group answers the first measure with the value, averages with a text of it, and greatest and least domains with a text.
func (g fakeGroup) group(in wire.GetInsights) wire.Group {
	out := wire.Group{Key: map[string]wire.Value{}, Values: map[string]wire.Value{}}
	for _, column := range in.Columns() {
		out.Key[column] = jsonOf(g.key)
	}
	for _, m := range in.Asked() {
		switch {
		case m.Field == "domain":
			out.Values[m.Label()] = jsonOf("a.example")
		case m.Fn == wire.Avg && g.key == nil:
			out.Values[m.Label()] = jsonOf(nil)
		case m.Fn == wire.Avg:
			out.Values[m.Label()] = jsonOf(strconv.Itoa(g.value) + ".500000")
		default:
			out.Values[m.Label()] = jsonOf(g.value)
		}
	}
	return out
}

func jsonOf(v any) wire.Value {
	raw, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return raw
}

// insights answers two groups on the first page of a thousand, all on others.
func (a *fakeAPI) insights(_ *http.Request, body []byte) (any, *fault.Error) {
	var in wire.GetInsights
	if json.Unmarshal(body, &in) != nil {
		return nil, fault.New(fault.InvalidJSON, fault.InvalidJSON.Detail())
	}
	if wrong, _ := in.Wrong(); len(wrong) > 0 {
		return nil, fault.InvalidFields(wrong...)
	}
	if wrong, _ := in.Wrong(); len(wrong) > 0 {
		return nil, fault.InvalidFields(wrong...)
	}
	groups := byText
	switch {
	case in.Bucket != nil:
		groups = byTime
	case len(in.GroupBy) == 0:
		groups = byText[:1]
	}
	out := wire.Insights{Groups: []wire.Group{}, TotalGroups: len(groups)}
	switch {
	case in.Cursor != nil:
		groups = groups[2:]
	case in.Limit != nil && *in.Limit == wire.MaxGroups:
		groups, out.NextCursor = groups[:2], ptr("g2")
	}
	for _, g := range groups {
		out.Groups = append(out.Groups, g.group(in))
	}
	return out, nil
}

package audiences_test

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// drawing makes random filters of every form that an audience can have.
type drawing struct{ *rand.Rand }

func (d drawing) of(list ...string) string { return list[d.IntN(len(list))] }

var signalTypes = []string{"website_visit", "form_fill", "hiring", "demo_viewed", "release", "funding"}

// filter returns a condition on records of the kind, with so many levels of conditions on other records.
func (d drawing) filter(k filter.Kind, levels int) string {
	switch d.IntN(5) {
	case 0:
		return fmt.Sprintf(`{"all":[%s,%s]}`, d.condition(k, levels), d.condition(k, levels))
	case 1:
		return fmt.Sprintf(`{"any":[%s,%s]}`, d.condition(k, levels), d.condition(k, levels))
	case 2:
		return fmt.Sprintf(`{"not":%s}`, d.condition(k, levels))
	}
	return d.condition(k, levels)
}

func (d drawing) condition(k filter.Kind, levels int) string {
	if levels == 0 || d.IntN(4) == 0 {
		return d.leaf(k)
	}
	switch {
	case k == filter.Leads && d.IntN(3) == 0:
		return fmt.Sprintf(`{"account":%s}`, d.filter(filter.Accounts, levels-1))
	case k == filter.Accounts && d.IntN(3) == 0:
		return fmt.Sprintf(`{"leads":{%s"where":%s}}`, d.bounds(""), d.filter(filter.Leads, levels-1))
	}
	return d.signals(levels)
}

func (d drawing) signals(levels int) string {
	parts := []string{}
	if d.IntN(3) > 0 {
		parts = append(parts, fmt.Sprintf(`"types":["%s","%s"]`, d.of(signalTypes...), d.of(signalTypes...)))
	}
	switch d.IntN(4) {
	case 0:
		parts = append(parts, fmt.Sprintf(`"from":"2026-%02d-01T00:00:00Z"`, 1+d.IntN(12)))
	case 1, 2:
		parts = append(parts, fmt.Sprintf(`"last_days":%d`, []int{1, 7, 14, 30, 90}[d.IntN(5)]))
	}
	distinct := ""
	if d.IntN(5) == 0 {
		distinct = `"distinct":"` + d.of("signal_type", "source", "context.page", "lead.title", "account.country_code") + `",`
	}
	if b := strings.TrimSuffix(d.bounds(distinct), ","); b != "" {
		parts = append(parts, b)
	}
	switch d.IntN(6) {
	case 0:
		parts = append(parts, fmt.Sprintf(`"where":{"field":"context.page","op":"eq","value":"/p%d"}`, d.IntN(4)))
	case 1:
		if levels > 1 {
			parts = append(parts, fmt.Sprintf(`"where":{"lead":%s}`, d.filter(filter.Leads, levels-2)))
		}
	case 2:
		if levels > 1 {
			parts = append(parts, fmt.Sprintf(`"where":{"account":%s}`, d.filter(filter.Accounts, levels-2)))
		}
	}
	return `{"signals":{` + strings.Join(parts, ",") + `}}`
}

func (d drawing) bounds(more string) string {
	switch d.IntN(5) {
	case 0:
		return more + fmt.Sprintf(`"min":%d,`, 1+d.IntN(4))
	case 1:
		return more + fmt.Sprintf(`"max":%d,`, d.IntN(4))
	case 2:
		return more + fmt.Sprintf(`"min":1,"max":%d,`, 1+d.IntN(3))
	}
	return more
}

func (d drawing) leaf(k filter.Kind) string {
	is := func(field, op, value string) string {
		return fmt.Sprintf(`{"field":%q,"op":%q,"value":%s}`, field, op, value)
	}
	stage, score := is("engagement_stage", "eq", `"`+d.of("cool", "warm", "in_market", "hot")+`"`), is("engagement_score", "gte", fmt.Sprint(5*d.IntN(20)))
	list := []string{stage, score, is("icp_score", "gte", fmt.Sprint(10*d.IntN(10))), is("country_code", "any_of", `["US","CN","DE"]`), is("name", "prefix", `"`+d.of("a", "s", "de")+`"`)}
	if k == filter.Accounts {
		list = append(list, is("tags", "any_of", `["public-company","real-estate","t`+d.of("1", "2", "3")+`"]`), is("description", "phrase", `"`+d.of("real estate", "the company", "open source")+`"`),
			is("founded_year", "lt", fmt.Sprint(1900+d.IntN(120))), `{"field":"custom.tier","op":"eq","value":"gold"}`)
	} else {
		list = append(list, is("title", "word", `"`+d.of("maintainer", "engineer", "manager")+`"`), is("source", "eq", `"cncf-foundation"`), `{"field":"account.industry","op":"present"}`,
			is("account.engagement_score", "gte", fmt.Sprint(5*d.IntN(12))))
	}
	return list[d.IntN(len(list))]
}

// ranking returns up to two fields to rank by.
func (d drawing) ranking(k filter.Kind) (out []wire.Sort) {
	fields := []string{"engagement_score", "name", "icp_score", "country_code"}
	if k == filter.Leads {
		fields = append(fields, "account.engagement_score", "title")
	}
	for range d.IntN(3) {
		out = append(out, wire.Sort{Field: d.of(fields...), Dir: wire.Direction(d.of("asc", "desc"))})
	}
	return out
}

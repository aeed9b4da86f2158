package store

import (
	"context"
	"database/sql/driver"
	"math/big"
	"strconv"
	"time"

	"modernc.org/sqlite"

	"github.com/unstuckengine/unstuck/internal/insights"
	"github.com/unstuckengine/unstuck/internal/search"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// The functions that SQLite gets from here.
const (
	bucketFunction = "unstuck_bucket"
	sumFunction    = "unstuck_sum"
)

func init() {
	sqlite.MustRegisterDeterministicScalarFunction(bucketFunction, 3, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		at, ok := args[0].(int64)
		unit, isText := args[1].(string)
		zone, known := args[2].(string)
		if !ok || !isText || !known {
			return nil, nil
		}
		loc, err := insights.Zone(zone)
		if err != nil {
			return nil, err
		}
		return insights.BucketStart(time.UnixMicro(at), wire.Unit(unit), loc).UnixMicro(), nil
	})
	sqlite.MustRegisterFunction(sumFunction, &sqlite.FunctionImpl{NArgs: 1, Deterministic: true,
		MakeAggregate: func(sqlite.FunctionContext) (sqlite.AggregateFunction, error) { return &exactSum{}, nil }})
}

// bucket returns the expression of a bucket's start.
func (g *grouping) bucket(ctx context.Context, s snapshot, q insights.Question, e insights.Expr) (string, error) {
	column := g.kept(aliasOf(e.Via), e.Field)
	if !g.dia.value.edges() {
		return bucketFunction + `(` + column + `, ` + g.arg(string(e.Unit)) + `, ` + g.arg(e.Zone.String()) + `)`, nil
	}
	days, err := s.days(ctx, q, e)
	if err != nil {
		return "", err
	}
	p := g.arg(insights.Edges(days, e.Unit, e.Zone)) + `::bigint[]`
	return `(` + p + `)[width_bucket(` + column + `, ` + p + `)]`, nil
}

// days returns the UTC days, counted from 1970, in which a time of the records lies. Only their buckets need edges: between two signals may lie
// thousands of years.
func (s snapshot) days(ctx context.Context, q insights.Question, e insights.Expr) ([]int64, error) {
	sel, err := s.selection(ctx, q.Kind, search.Where{Filter: q.Filter})
	if err != nil {
		return nil, err
	}
	sel.from += joins([]search.Order{{Via: e.Via}})
	column, day := sel.kept(aliasOf(e.Via), e.Field), strconv.FormatInt(insights.Day, 10)
	sel.also(column + ` IS NOT NULL`)
	floor := `DISTINCT (` + column + ` - (` + column + ` % ` + day + ` + ` + day + `) % ` + day + `) / ` + day
	return collect(ctx, s.q, func(row Row) (n int64, err error) { return n, row.Scan(&n) }, sel.text(floor, ``), sel.args...)
}

// exactSum adds integers and decimal numbers in texts.
type exactSum struct {
	small  int64
	any    bool
	big    *big.Rat
	places int // digits behind the point
}

// Step implements sqlite.AggregateFunction.
func (s *exactSum) Step(_ *sqlite.FunctionContext, args []driver.Value) error {
	switch v := args[0].(type) {
	case int64:
		s.any = true
		if sum := s.small + v; (sum > s.small) == (v > 0) {
			s.small = sum
			return nil
		}
		s.add(new(big.Rat).SetInt64(v))
	case string:
		if r, ok := new(big.Rat).SetString(v); ok {
			s.any = true
			s.places = max(s.places, decimalPlaces(r))
			s.add(r)
		}
	}
	return nil
}

func (s *exactSum) add(r *big.Rat) {
	if s.big == nil {
		s.big = new(big.Rat)
	}
	s.big.Add(s.big, r)
}

// decimalPlaces returns how many digits a decimal number needs behind its point.
func decimalPlaces(r *big.Rat) int {
	n, exact := r.FloatPrec()
	if !exact { // cannot be: it was written in decimals
		return 0
	}
	return n
}

// WindowInverse implements sqlite.AggregateFunction; the function is never used over a window.
func (s *exactSum) WindowInverse(*sqlite.FunctionContext, []driver.Value) error { return nil }

// WindowValue implements sqlite.AggregateFunction: the sum as a text, NULL of nothing.
func (s *exactSum) WindowValue(*sqlite.FunctionContext) (driver.Value, error) {
	if !s.any {
		return nil, nil
	}
	total := new(big.Rat).SetInt64(s.small)
	if s.big != nil {
		total.Add(total, s.big)
	}
	return total.FloatString(s.places), nil
}

// Final implements sqlite.AggregateFunction.
func (s *exactSum) Final(*sqlite.FunctionContext) {}

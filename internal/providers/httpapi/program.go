package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/itchyny/gojq"

	"github.com/unstuckengine/unstuck/internal/enrich"
)

const (
	maxRun    = 500 * time.Millisecond // of one program
	maxResult = 64 << 10               // bytes of a body made, and of one value found
)

// compile makes a jq program ready. It can reach nothing but its input: no modules, no environment (env is {}), no further inputs.
func compile(program string) (*gojq.Code, error) {
	query, err := gojq.Parse(program)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProgram, err)
	}
	code, err := gojq.Compile(query)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrProgram, err)
	}
	return code, nil
}

// run returns the first output of a program, nil when there is none. It ends with the context, and after maxRun.
func run(ctx context.Context, code *gojq.Code, input any) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, maxRun)
	defer cancel()
	v, ok := code.RunWithContext(ctx, input).Next()
	if !ok {
		return nil, nil
	}
	err, failed := v.(error)
	var halt *gojq.HaltError
	switch {
	case !failed:
		return v, nil
	case errors.As(err, &halt) && halt.Value() == nil:
		return nil, nil
	}
	return nil, err
}

// encode returns the JSON of what a program gave; false when it is longer than maxResult.
func encode(v any) ([]byte, bool) {
	if left := maxResult; !fits(v, &left) {
		return nil, false
	}
	text, err := gojq.Marshal(v)
	return text, err == nil && len(text) <= maxResult
}

// fits reports whether the JSON of v may have as few bytes as are left. A value may hold the same one many times over, so that a small one in memory
// has a text without end, which must not be begun.
func fits(v any, left *int) bool {
	*left--
	switch v := v.(type) {
	case string:
		*left -= len(v)
	case *big.Int:
		*left -= v.BitLen() / 4 // fewer than its digits
	case []any:
		for _, one := range v {
			if !fits(one, left) {
				return false
			}
		}
	case map[string]any:
		for name, one := range v {
			if *left -= len(name); !fits(one, left) {
				return false
			}
		}
	}
	return *left >= 0
}

// number returns a jq number as a float.
func number(v any) (float64, bool) {
	switch n := v.(type) {
	case int:
		return float64(n), true
	case float64:
		return n, true
	case *big.Int:
		f, _ := new(big.Float).SetInt(n).Float64()
		return f, true
	case json.Number:
		f, err := n.Float64()
		return f, err == nil
	}
	return 0, false
}

// describe is the input of a request program: what is known of the subject, null for what is not, and what is wanted.
func describe(s enrich.Subject, wanted []enrich.Field) map[string]any {
	list := make([]any, len(wanted))
	for i, f := range wanted {
		list[i] = string(f)
	}
	out := map[string]any{"wanted": list}
	for name, text := range map[string]string{
		"first_name": s.FirstName, "last_name": s.LastName, "title": s.Title, "email": s.Email, "linkedin_url": s.LinkedInURL,
		"domain": s.Domain, "company_name": s.CompanyName, "country_code": s.CountryCode,
	} {
		out[name] = nil
		if text != "" {
			out[name] = text
		}
	}
	return out
}

package search

import "context"

type totalKey struct{}

// WithTotal lets lists under the context take the total of an earlier page of the same question instead of counting again, as an export does that
// reads page after page.
func WithTotal(ctx context.Context, total int) context.Context {
	return context.WithValue(ctx, totalKey{}, total)
}

// count returns how many records there are, or what WithTotal says.
func count(ctx context.Context, r Reader, q question, w Where) (int, error) {
	if total, ok := ctx.Value(totalKey{}).(int); ok {
		return total, nil
	}
	return r.Count(ctx, q.kind, w)
}

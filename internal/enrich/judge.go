package enrich

import "context"

// Judge says whether a provider's answer is usable, and brings it into the form in which it is kept: an address, number or URL in its one
// spelling, text cleaned and bounded. Implementations are safe for concurrent use and obey the context's deadline.
type Judge interface {
	// Judge returns the answer in its normal form, with the confidence that the judgement leaves it, or false when it is unusable, which
	// makes it a miss of the provider that gave it.
	Judge(ctx context.Context, s Subject, a Answer) (Answer, bool)
}

package search

// Page is one page of a result.
type Page[T any] struct {
	Items     []T
	Cursors   []string // Cursors[i] continues after Items[i]; only ever give out the one of the last item shown
	Total     int      // exact size of the whole result
	More      bool     // there are items after the last one
	Truncated bool     // the words near the query's were too many, so a match by a mistyped word may be missing
}

package filter

import "slices"

// Some reports whether a leaf of a filter on records of kind k fulfils the condition, which is told of what kind of record the leaf's field is.
func Some(k Kind, n Node, holds func(Kind, Leaf) bool) bool {
	part := func(p Node) bool { return Some(k, p, holds) }
	switch n := n.(type) {
	case All:
		return slices.ContainsFunc(n, part)
	case Any:
		return slices.ContainsFunc(n, part)
	case Not:
		return part(n.Node)
	case Via:
		return Some(n.To.Target(), n.Node, holds)
	case Has:
		return Some(n.Of, n.Where, holds)
	case Leaf:
		return holds(k, n)
	}
	return false
}

// Related counts the conditions that look at other records than the record itself, such as its signals, its leads or its account: they cost the most.
func Related(n Node) (count int) {
	switch n := n.(type) {
	case All:
		for _, p := range n {
			count += Related(p)
		}
	case Any:
		return Related(All(n))
	case Not:
		return Related(n.Node)
	case Via:
		return 1 + Related(n.Node)
	case Has:
		return 1 + Related(n.Where)
	}
	return count
}

package search

import (
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// fewest is how many numbers a posting lists one by one: most words are rare, and a bitmap takes some 200 bytes before it holds anything.
const fewest = 32

// posting is the set of the documents that have a word. The zero value is empty.
type posting struct {
	few  []uint32 // sorted; unused once there are many
	many *roaring.Bitmap
}

func (p *posting) add(n uint32) {
	if p.many != nil {
		p.many.Add(n)
		return
	}
	i, found := slices.BinarySearch(p.few, n)
	switch {
	case found:
	case len(p.few) < fewest:
		p.few = slices.Insert(p.few, i, n)
	default:
		p.many = roaring.BitmapOf(p.few...)
		p.many.Add(n)
		p.few = nil
	}
}

func (p *posting) remove(n uint32) {
	if p.many != nil {
		p.many.Remove(n)
		return
	}
	if i, found := slices.BinarySearch(p.few, n); found {
		p.few = slices.Delete(p.few, i, i+1)
	}
}

func (p *posting) empty() bool { return len(p.few) == 0 && (p.many == nil || p.many.IsEmpty()) }

// union32 returns what is in one of the postings. The result may be a posting's own and must not be changed.
func union32(list []*posting) *roaring.Bitmap {
	var many []*roaring.Bitmap
	few := 0
	for _, p := range list {
		if p.many != nil {
			many = append(many, p.many)
		}
		few += len(p.few)
	}
	if few > 0 {
		rare := make([]uint32, 0, few)
		for _, p := range list {
			rare = append(rare, p.few...)
		}
		slices.Sort(rare)
		many = append(many, roaring.BitmapOf(rare...))
	}
	switch len(many) {
	case 0:
		return roaring.New()
	case 1:
		return many[0]
	}
	return roaring.FastOr(many...)
}

package login

// CheapCost makes hashes that protect nothing, quickly.
var CheapCost = Cost{MemoryKiB: 8, Passes: 1, Threads: 1}

// Reads reports whether text is a hash of ours, and how it is written again.
func Reads(text string) (again string, ok bool) {
	p, err := parsePHC(text)
	return p.String(), err == nil
}

// Source is source.
var Source = source

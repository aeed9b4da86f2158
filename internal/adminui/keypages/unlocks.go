package keypages

import (
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/tools"
)

// unlocks is what a set of permissions gives a model to work with.
type unlocks struct {
	Tools  []*tools.Spec
	Tokens int // of all Tools together
	Lacks  []lack
}

// lack is a tool that stays hidden.
type lack struct {
	Tool   *tools.Spec
	Preset string // title of the smallest preset that would add it
}

// unlockedBy asks the catalogue, which the MCP server lists and the API checks alike.
func unlockedBy(set scope.Set) (u unlocks) {
	for _, s := range tools.All() {
		if set.Allows(s.Permission) {
			u.Tools, u.Tokens = append(u.Tools, s), u.Tokens+s.Tokens()
			continue
		}
		u.Lacks = append(u.Lacks, lack{s, scope.Suggest(set, s.Permission).Title()})
	}
	return u
}

// effectOf says in a word what a call does to the world, with its tone.
func effectOf(s *tools.Spec) (word, tone string) {
	switch s.Effect {
	case tools.Write:
		return "Changes data", "warn"
	case tools.Destroy:
		return "May overwrite", "bad"
	}
	return "Reads", ""
}

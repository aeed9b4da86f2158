package main

import "github.com/unstuckengine/unstuck/internal/scope"

// table is every row in the order in which it is printed.
var table = []row{
	{id: "G4", what: "all tools of Full, as a model reads them", reference: "budget", unit: "tokens", better: lower, must: 1, blocks: true, prepare: listTokens(scope.Full, 4000)},
	{id: "G4", what: "all tools of Read-only", reference: "budget", unit: "tokens", better: lower, must: 1, blocks: true, prepare: listTokens(scope.ReadOnly, 1600)},
	{id: "G4", what: "one tool on average", reference: "budget", unit: "tokens", better: lower, must: 1, stretch: 110.0 / 150, blocks: true, prepare: toolTokens(150)},
	{id: "G6", what: "stripped mcp-server", reference: "budget", unit: "MB", better: lower, must: 1, stretch: 9.8 / 11, blocks: true, prepare: binarySize(11)},
}

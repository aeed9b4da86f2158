package main

import "github.com/unstuckengine/unstuck/internal/scope"

// table is every row in the order in which it is printed.
var table = []row{
	{id: "G4", what: "all tools of Full, as a model reads them", reference: "budget", unit: "tokens", better: lower, must: 1, blocks: true, prepare: listTokens(scope.Full, 4000)},
	{id: "G4", what: "all tools of Read-only", reference: "budget", unit: "tokens", better: lower, must: 1, blocks: true, prepare: listTokens(scope.ReadOnly, 1600)},
	{id: "G4", what: "one tool on average", reference: "budget", unit: "tokens", better: lower, must: 1, stretch: 110.0 / 150, blocks: true, prepare: toolTokens(150)},
	{id: "G6", what: "stripped mcp-server", reference: "budget", unit: "MB", better: lower, must: 1, stretch: 9.8 / 11, blocks: true, prepare: binarySize(11)},
	{id: "G12", what: "key check in process: parse, checksum, HMAC, permission", reference: "budget", unit: "ns", better: lower, must: 1, stretch: 0.5, prepare: keyCheckTime(bareCheck, 1000)},
	{id: "G12", what: "... its allocations, plus 1", reference: "none, plus 1", unit: "count", better: lower, must: 1, prepare: keyCheckAllocations(bareCheck)},
	{id: "G12", what: "... with all that a request goes through, but the database", reference: "budget", unit: "ns", better: lower, must: 1, stretch: 0.5, prepare: keyCheckTime(wholeCheck, 1000)},
	{id: "G12", what: "... its allocations, plus 1", reference: "none, plus 1", unit: "count", better: lower, must: 1, prepare: keyCheckAllocations(wholeCheck)},
	{id: "G14", what: "key check with its one read, SQLite", reference: "driver's SELECT by key", unit: "us", better: lower, must: 1.15, stretch: 1.05, prepare: keyRead(sqlite, selectKey, destKey)},
	{id: "G14", what: "... beside a SELECT that reads plan and limits too", reference: "driver's SELECT with JOIN", unit: "us", better: lower, must: 1.15, stretch: 1.05, prepare: keyRead(sqlite, selectJoined, destJoined)},
	{id: "G14", what: "key check with its one read, PostgreSQL", reference: "driver's SELECT by key", unit: "us", better: lower, must: 1.15, stretch: 1.05, prepare: keyRead(postgres, selectKey, destKey)},
	{id: "G14", what: "... beside a SELECT that reads plan and limits too", reference: "driver's SELECT with JOIN", unit: "us", better: lower, must: 1.15, stretch: 1.05, prepare: keyRead(postgres, selectJoined, destJoined)},
}

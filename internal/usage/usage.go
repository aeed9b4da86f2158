// Package usage counts what the keys of a workspace do: requests, errors and refusals by key, tool and hour, and the programs that use each key.
package usage

import "time"

// Client is a program that used a key, as it names itself.
type Client struct {
	Name        string // such as "unstuck-mcp/1.2 claude-desktop/0.9"; "other" for those beyond what is kept of one key
	FirstUsedAt time.Time
	LastUsedAt  time.Time
	Requests    int64
}

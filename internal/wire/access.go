package wire

import "time"

// Access is what a key may do. For a key that cannot be used, the MCP server and the CLI answer the last four fields alone.
type Access struct {
	Workspace *Workspace    `json:"workspace,omitempty"`
	Key       *Key          `json:"key,omitempty"`
	Tools     []string      `json:"tools,omitempty"`  // that the key unlocks
	Missing   []MissingTool `json:"missing,omitzero"` // that it lacks; [] for a key that lacks nothing
	Plan      string        `json:"plan,omitempty"`
	Quota     *Quota        `json:"quota,omitempty"`
	Credits   *Credits      `json:"credits,omitempty"`

	Usable   *bool  `json:"usable,omitempty"` // false, or left out
	Code     string `json:"code,omitempty"`
	Reason   string `json:"reason,omitempty"`
	NextStep string `json:"next_step,omitempty"`
}

// Workspace names the tenant.
type Workspace struct {
	ID   string `json:"id"`
	Slug string `json:"slug"`
	Name string `json:"name"`
	Plan string `json:"plan"`
}

// Key describes the caller's own key.
type Key struct {
	ID          string     `json:"id"`
	Name        string     `json:"name"`
	Preset      string     `json:"preset"`
	Permissions []string   `json:"permissions"`
	ExpiresAt   *time.Time `json:"expires_at"` // null when it never expires
}

// MissingTool is a tool that the key lacks, with the smallest preset that would give it.
type MissingTool struct {
	Tool       string `json:"tool"`
	Permission string `json:"permission"`
	Preset     string `json:"preset"`
}

// Quota is the state of the workspace's rate limit; per_minute 0 means unlimited.
type Quota struct {
	PerMinute    int `json:"per_minute"`
	Burst        int `json:"burst"`
	Remaining    int `json:"remaining"`
	ResetSeconds int `json:"reset_seconds"`
}

// Credits is what the workspace may still spend.
type Credits struct {
	Balance  int64     `json:"balance"` // left now, beside what calls that run may still spend
	Monthly  int64     `json:"monthly"`
	ResetsAt time.Time `json:"resets_at"`
	KeyLimit *int64    `json:"key_limit,omitempty"` // what this key may spend in a month; left out when it has no limit
	KeyLeft  *int64    `json:"key_left,omitempty"`  // of that, now
}

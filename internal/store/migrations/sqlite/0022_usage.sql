-- +goose Up
-- What each key did with each tool in each hour, added to by every process that serves requests.
CREATE TABLE usage_hours (
    workspace_id    TEXT NOT NULL REFERENCES workspaces (id),
    hour            INTEGER NOT NULL, -- when it began
    key_id          TEXT NOT NULL,
    tool            TEXT NOT NULL,
    requests        INTEGER NOT NULL,
    errors          INTEGER NOT NULL, -- 5xx
    refusals        INTEGER NOT NULL, -- 4xx but for 429
    limited         INTEGER NOT NULL, -- 429
    least_remaining INTEGER,          -- of the rate limit's burst; NULL when none applied
    PRIMARY KEY (workspace_id, hour, key_id, tool)
) STRICT;

-- The programs that used each key.
CREATE TABLE usage_clients (
    workspace_id  TEXT NOT NULL REFERENCES workspaces (id),
    key_id        TEXT NOT NULL,
    client        TEXT NOT NULL,
    first_used_at INTEGER NOT NULL,
    last_used_at  INTEGER NOT NULL,
    requests      INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, key_id, client)
) STRICT;

ALTER TABLE credit_ledger ADD COLUMN tool TEXT NOT NULL DEFAULT ''; -- by which a charge came about; '' before this was noted
ALTER TABLE enrichment_jobs ADD COLUMN retry_of TEXT NOT NULL DEFAULT ''; -- the job whose records it does again; '' for none

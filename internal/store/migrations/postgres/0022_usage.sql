-- +goose Up
-- What each key did with each tool in each hour, added to by every process that serves requests.
CREATE TABLE usage_hours (
    workspace_id    TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    hour            BIGINT NOT NULL, -- when it began
    key_id          TEXT COLLATE "C" NOT NULL,
    tool            TEXT COLLATE "C" NOT NULL,
    requests        BIGINT NOT NULL,
    errors          BIGINT NOT NULL, -- 5xx
    refusals        BIGINT NOT NULL, -- 4xx but for 429
    limited         BIGINT NOT NULL, -- 429
    least_remaining BIGINT,          -- of the rate limit's burst; NULL when none applied
    PRIMARY KEY (workspace_id, hour, key_id, tool)
);

-- The programs that used each key.
CREATE TABLE usage_clients (
    workspace_id  TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    key_id        TEXT COLLATE "C" NOT NULL,
    client        TEXT COLLATE "C" NOT NULL,
    first_used_at BIGINT NOT NULL,
    last_used_at  BIGINT NOT NULL,
    requests      BIGINT NOT NULL,
    PRIMARY KEY (workspace_id, key_id, client)
);

ALTER TABLE credit_ledger ADD COLUMN tool TEXT COLLATE "C" NOT NULL DEFAULT ''; -- by which a charge came about; '' before this was noted
ALTER TABLE enrichment_jobs ADD COLUMN retry_of TEXT COLLATE "C" NOT NULL DEFAULT ''; -- the job whose records it does again; '' for none

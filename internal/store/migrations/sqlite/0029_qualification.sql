-- +goose Up
-- What a record was found to fit, beside the codes and scores that stand with the record itself.
CREATE TABLE record_qualifications (
    workspace_id     TEXT NOT NULL REFERENCES workspaces (id),
    record_id        TEXT NOT NULL,
    settings_version INTEGER NOT NULL,
    qualified_at     INTEGER NOT NULL,
    icps             TEXT NOT NULL, -- a JSON list: how it fits each ICP, a lead by its account
    personas         TEXT NOT NULL, -- a JSON list: how a lead fits the personas of its ICP
    PRIMARY KEY (workspace_id, record_id)
) STRICT;

-- A job that qualifies many records, in the order of their ids. Where it stands is kept with what it did, in one transaction.
CREATE TABLE qualification_jobs (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    id           TEXT NOT NULL,
    cause        TEXT NOT NULL, -- request or settings
    created_by   TEXT NOT NULL, -- '' of one by settings
    over         TEXT NOT NULL, -- accounts, leads, all
    filter       TEXT NOT NULL, -- '' for none
    state        TEXT NOT NULL, -- pending, running, done, replaced
    created_at   INTEGER NOT NULL,
    finished_at  INTEGER,
    touched_at   INTEGER NOT NULL, -- when somebody last worked on it, or queued it
    total        INTEGER NOT NULL,
    done         INTEGER NOT NULL,
    matched      INTEGER NOT NULL,
    fitting      INTEGER NOT NULL,
    kind         TEXT NOT NULL, -- of the records that come next
    after        TEXT NOT NULL, -- the last one of them that was looked at
    last_account TEXT NOT NULL, -- where each kind ends
    last_lead    TEXT NOT NULL,
    PRIMARY KEY (workspace_id, id)
) STRICT;
CREATE INDEX qualification_jobs_open ON qualification_jobs (workspace_id, touched_at) WHERE finished_at IS NULL;

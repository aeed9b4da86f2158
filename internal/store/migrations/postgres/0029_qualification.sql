-- +goose Up
-- What a record was found to fit, beside the codes and scores that stand with the record itself.
CREATE TABLE record_qualifications (
    workspace_id     TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    record_id        TEXT COLLATE "C" NOT NULL,
    settings_version BIGINT NOT NULL,
    qualified_at     BIGINT NOT NULL,
    icps             TEXT COLLATE "C" NOT NULL, -- a JSON list: how it fits each ICP, a lead by its account
    personas         TEXT COLLATE "C" NOT NULL, -- a JSON list: how a lead fits the personas of its ICP
    PRIMARY KEY (workspace_id, record_id)
);

-- A job that qualifies many records, in the order of their ids. Where it stands is kept with what it did, in one transaction.
CREATE TABLE qualification_jobs (
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    id           TEXT COLLATE "C" NOT NULL,
    cause        TEXT COLLATE "C" NOT NULL, -- request or settings
    created_by   TEXT COLLATE "C" NOT NULL, -- '' of one by settings
    over         TEXT COLLATE "C" NOT NULL, -- accounts, leads, all
    filter       TEXT COLLATE "C" NOT NULL, -- '' for none
    state        TEXT COLLATE "C" NOT NULL, -- pending, running, done, replaced
    created_at   BIGINT NOT NULL,
    finished_at  BIGINT,
    touched_at   BIGINT NOT NULL, -- when somebody last worked on it, or queued it
    total        BIGINT NOT NULL,
    done         BIGINT NOT NULL,
    matched      BIGINT NOT NULL,
    fitting      BIGINT NOT NULL,
    kind         TEXT COLLATE "C" NOT NULL, -- of the records that come next
    after        TEXT COLLATE "C" NOT NULL, -- the last one of them that was looked at
    last_account TEXT COLLATE "C" NOT NULL, -- where each kind ends
    last_lead    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX qualification_jobs_open ON qualification_jobs (workspace_id, touched_at) WHERE finished_at IS NULL;

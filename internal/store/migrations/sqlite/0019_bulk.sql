-- +goose Up
-- A bulk job: many records that are enriched in the background on behalf of one key. Its counts are those of its records, kept in the transactions
-- that change these.
CREATE TABLE enrichment_jobs (
    workspace_id     TEXT NOT NULL REFERENCES workspaces (id),
    id               TEXT NOT NULL,
    key_id           TEXT NOT NULL,
    record_type      TEXT NOT NULL, -- lead or account
    channels         TEXT NOT NULL, -- a JSON list; empty for all
    refresh          INTEGER NOT NULL,
    max_credits      INTEGER,
    total            INTEGER NOT NULL,
    chunk_size       INTEGER NOT NULL, -- records of a chunk
    created_at       INTEGER NOT NULL,
    state            TEXT NOT NULL, -- pending, running, done, canceled, stopped
    stop             TEXT NOT NULL, -- the state that it takes when the records that were begun are done; '' while it goes on
    stop_reason      TEXT NOT NULL,
    finished_at      INTEGER,
    enriched         INTEGER NOT NULL,
    missed           INTEGER NOT NULL,
    failed           INTEGER NOT NULL,
    credits_used     INTEGER NOT NULL,
    credits_reserved INTEGER NOT NULL, -- the sum of what its pending records have reserved
    PRIMARY KEY (workspace_id, id)
) STRICT;

-- Some records of a job that follow each other, for one worker.
CREATE TABLE enrichment_job_chunks (
    workspace_id TEXT NOT NULL,
    job_id       TEXT NOT NULL,
    chunk        INTEGER NOT NULL, -- from 0
    state        TEXT NOT NULL, -- waiting (to be queued when an earlier one ends), queued, running, done
    run          INTEGER NOT NULL, -- grows whenever it is queued again
    holder       TEXT NOT NULL, -- who runs it
    leased_until INTEGER NOT NULL, -- when a holder that is silent counts as dead
    PRIMARY KEY (workspace_id, job_id, chunk),
    FOREIGN KEY (workspace_id, job_id) REFERENCES enrichment_jobs (workspace_id, id)
) STRICT;

-- The records of a job. What was found of them is not here but with the records.
CREATE TABLE enrichment_job_items (
    workspace_id TEXT NOT NULL,
    job_id       TEXT NOT NULL,
    place        INTEGER NOT NULL, -- from 0
    record_id    TEXT NOT NULL,
    outcome      TEXT NOT NULL, -- pending, enriched, missed, failed
    credits_used INTEGER NOT NULL,
    reserved     INTEGER NOT NULL, -- of the job's max_credits, while it is pending
    code         TEXT NOT NULL, -- of what failed
    PRIMARY KEY (workspace_id, job_id, place),
    FOREIGN KEY (workspace_id, job_id) REFERENCES enrichment_jobs (workspace_id, id)
) STRICT;

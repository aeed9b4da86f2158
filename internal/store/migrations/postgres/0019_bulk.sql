-- +goose Up
-- A bulk job: many records that are enriched in the background on behalf of one key. Its counts are those of its records, kept in the transactions
-- that change these.
CREATE TABLE enrichment_jobs (
    workspace_id     TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    id               TEXT COLLATE "C" NOT NULL,
    key_id           TEXT COLLATE "C" NOT NULL,
    record_type      TEXT COLLATE "C" NOT NULL, -- lead or account
    channels         TEXT COLLATE "C" NOT NULL, -- a JSON list; empty for all
    refresh          BOOLEAN NOT NULL,
    max_credits      BIGINT,
    total            BIGINT NOT NULL,
    chunk_size       BIGINT NOT NULL, -- records of a chunk
    created_at       BIGINT NOT NULL,
    state            TEXT COLLATE "C" NOT NULL, -- pending, running, done, canceled, stopped
    stop             TEXT COLLATE "C" NOT NULL, -- the state that it takes when the records that were begun are done; '' while it goes on
    stop_reason      TEXT COLLATE "C" NOT NULL,
    finished_at      BIGINT,
    enriched         BIGINT NOT NULL,
    missed           BIGINT NOT NULL,
    failed           BIGINT NOT NULL,
    credits_used     BIGINT NOT NULL,
    credits_reserved BIGINT NOT NULL, -- the sum of what its pending records have reserved
    PRIMARY KEY (workspace_id, id)
);

-- Some records of a job that follow each other, for one worker.
CREATE TABLE enrichment_job_chunks (
    workspace_id TEXT COLLATE "C" NOT NULL,
    job_id       TEXT COLLATE "C" NOT NULL,
    chunk        BIGINT NOT NULL, -- from 0
    state        TEXT COLLATE "C" NOT NULL, -- waiting (to be queued when an earlier one ends), queued, running, done
    run          BIGINT NOT NULL, -- grows whenever it is queued again
    holder       TEXT COLLATE "C" NOT NULL, -- who runs it
    leased_until BIGINT NOT NULL, -- when a holder that is silent counts as dead
    PRIMARY KEY (workspace_id, job_id, chunk),
    FOREIGN KEY (workspace_id, job_id) REFERENCES enrichment_jobs (workspace_id, id)
);

-- The records of a job. What was found of them is not here but with the records.
CREATE TABLE enrichment_job_items (
    workspace_id TEXT COLLATE "C" NOT NULL,
    job_id       TEXT COLLATE "C" NOT NULL,
    place        BIGINT NOT NULL, -- from 0
    record_id    TEXT COLLATE "C" NOT NULL,
    outcome      TEXT COLLATE "C" NOT NULL, -- pending, enriched, missed, failed
    credits_used BIGINT NOT NULL,
    reserved     BIGINT NOT NULL, -- of the job's max_credits, while it is pending
    code         TEXT COLLATE "C" NOT NULL, -- of what failed
    PRIMARY KEY (workspace_id, job_id, place),
    FOREIGN KEY (workspace_id, job_id) REFERENCES enrichment_jobs (workspace_id, id)
);

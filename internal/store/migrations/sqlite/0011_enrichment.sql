-- +goose Up
-- Where the values of a record come from: for each field the newest that was delivered, and who was asked last. A field that the record has no
-- column for, such as the telephone number of a company, lives here alone.
CREATE TABLE enrichment_values (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    record_id    TEXT NOT NULL,
    field        TEXT NOT NULL,
    value        TEXT, -- JSON; NULL when none was ever delivered
    source       TEXT,
    confidence   REAL, -- 0 to 1
    found_at     INTEGER,
    tried        TEXT NOT NULL, -- a JSON list of the providers asked last
    problem      TEXT NOT NULL,
    asked_at     INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, record_id, field)
) STRICT;

-- A run that asks the outside world keeps no transaction open meanwhile: its claim of an idempotency key is committed at once, with a time after
-- which it counts as dead.
ALTER TABLE idempotency ADD COLUMN run_id TEXT; -- NULL for what is claimed within one transaction
ALTER TABLE idempotency ADD COLUMN holder TEXT;
ALTER TABLE idempotency ADD COLUMN leased_until INTEGER;

-- +goose Up
-- Where changes of audiences are sent.
CREATE TABLE destinations (
    workspace_id  TEXT NOT NULL REFERENCES workspaces (id),
    id            TEXT NOT NULL,
    name          TEXT NOT NULL,
    name_f        TEXT NOT NULL, -- folded
    kind          TEXT NOT NULL, -- webhook, csv, hubspot, salesforce
    url           TEXT NOT NULL, -- without its query, which is a secret
    headers       TEXT NOT NULL, -- a JSON list; secret ones without their values
    options       TEXT NOT NULL, -- a JSON object
    mapping       TEXT NOT NULL, -- a JSON object by kind of record
    created_at    INTEGER NOT NULL,
    created_by    TEXT NOT NULL, -- a JSON object: the actor
    updated_at    INTEGER NOT NULL,
    revision      INTEGER NOT NULL,
    confirmed_by  TEXT NOT NULL, -- the admin; '' while nobody confirmed where it leads
    paused        INTEGER NOT NULL,
    gone          INTEGER NOT NULL, -- its receiver said that it is gone
    rotated_at    INTEGER, -- when its signing secret was made
    PRIMARY KEY (workspace_id, id)
) STRICT;
CREATE UNIQUE INDEX destinations_by_name ON destinations (workspace_id, name_f);

-- The secrets of destinations, sealed.
CREATE TABLE destination_secrets (
    workspace_id   TEXT NOT NULL,
    destination_id TEXT NOT NULL,
    name           TEXT NOT NULL,
    sealed         BLOB NOT NULL,
    until          INTEGER, -- when it ends to count; NULL for never
    PRIMARY KEY (workspace_id, destination_id, name),
    FOREIGN KEY (workspace_id, destination_id) REFERENCES destinations (workspace_id, id)
) STRICT;

-- What is sent: never its body, nor an answer.
CREATE TABLE deliveries (
    workspace_id   TEXT NOT NULL REFERENCES workspaces (id),
    id             TEXT NOT NULL, -- of the message, the same at each attempt
    destination_id TEXT NOT NULL, -- which may be gone by now
    audience_id    TEXT NOT NULL, -- '' of a test
    event_id       TEXT NOT NULL, -- '' of a test, and of members that somebody asked for
    kind           TEXT NOT NULL, -- accounts or leads; '' of a test
    record_id      TEXT NOT NULL, -- '' of a test and of a file
    type           TEXT NOT NULL,
    at             INTEGER NOT NULL, -- of the change
    created_at     INTEGER NOT NULL,
    state          TEXT NOT NULL, -- queued, held, delivered, failed, skipped
    run            INTEGER NOT NULL, -- grows whenever it is given to another worker
    attempts       INTEGER NOT NULL,
    next_at        INTEGER, -- of the next attempt, while it is queued
    leased_until   INTEGER NOT NULL, -- when a worker that is silent counts as dead
    status         INTEGER NOT NULL, -- HTTP, of the last attempt; 0 for none
    duration_us    INTEGER NOT NULL, -- of the last attempt
    error          TEXT NOT NULL, -- why the last attempt failed, by its class
    field          TEXT NOT NULL, -- of the receiver, that it did not take
    finished_at    INTEGER,
    PRIMARY KEY (workspace_id, id)
) STRICT;
CREATE INDEX deliveries_by_destination ON deliveries (workspace_id, destination_id, id);
CREATE INDEX deliveries_by_state ON deliveries (workspace_id, destination_id, state, id);
CREATE INDEX deliveries_finished ON deliveries (workspace_id, finished_at) WHERE finished_at IS NOT NULL;

-- A wish that all members of an audience be sent, worked off in steps.
CREATE TABLE destination_syncs (
    workspace_id   TEXT NOT NULL REFERENCES workspaces (id),
    id             TEXT NOT NULL,
    destination_id TEXT NOT NULL,
    audience_id    TEXT NOT NULL,
    created_at     INTEGER NOT NULL,
    step           INTEGER NOT NULL, -- that is next
    after          TEXT NOT NULL, -- the last record that was queued
    queued         INTEGER NOT NULL,
    finished_at    INTEGER,
    PRIMARY KEY (workspace_id, id)
) STRICT;

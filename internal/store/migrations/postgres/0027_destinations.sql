-- +goose Up
-- Where changes of audiences are sent.
CREATE TABLE destinations (
    workspace_id  TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    id            TEXT COLLATE "C" NOT NULL,
    name          TEXT COLLATE "C" NOT NULL,
    name_f        TEXT COLLATE "C" NOT NULL, -- folded
    kind          TEXT COLLATE "C" NOT NULL, -- webhook, csv, hubspot, salesforce
    url           TEXT COLLATE "C" NOT NULL, -- without its query, which is a secret
    headers       TEXT COLLATE "C" NOT NULL, -- a JSON list; secret ones without their values
    options       TEXT COLLATE "C" NOT NULL, -- a JSON object
    mapping       TEXT COLLATE "C" NOT NULL, -- a JSON object by kind of record
    created_at    BIGINT NOT NULL,
    created_by    TEXT COLLATE "C" NOT NULL, -- a JSON object: the actor
    updated_at    BIGINT NOT NULL,
    revision      BIGINT NOT NULL,
    confirmed_by  TEXT COLLATE "C" NOT NULL, -- the admin; '' while nobody confirmed where it leads
    paused        BOOLEAN NOT NULL,
    gone          BOOLEAN NOT NULL, -- its receiver said that it is gone
    rotated_at    BIGINT, -- when its signing secret was made
    PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX destinations_by_name ON destinations (workspace_id, name_f);

-- The secrets of destinations, sealed.
CREATE TABLE destination_secrets (
    workspace_id   TEXT COLLATE "C" NOT NULL,
    destination_id TEXT COLLATE "C" NOT NULL,
    name           TEXT COLLATE "C" NOT NULL,
    sealed         BYTEA NOT NULL,
    until          BIGINT, -- when it ends to count; NULL for never
    PRIMARY KEY (workspace_id, destination_id, name),
    FOREIGN KEY (workspace_id, destination_id) REFERENCES destinations (workspace_id, id)
);

-- What is sent: never its body, nor an answer.
CREATE TABLE deliveries (
    workspace_id   TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    id             TEXT COLLATE "C" NOT NULL, -- of the message, the same at each attempt
    destination_id TEXT COLLATE "C" NOT NULL, -- which may be gone by now
    audience_id    TEXT COLLATE "C" NOT NULL, -- '' of a test
    event_id       TEXT COLLATE "C" NOT NULL, -- '' of a test, and of members that somebody asked for
    kind           TEXT COLLATE "C" NOT NULL, -- accounts or leads; '' of a test
    record_id      TEXT COLLATE "C" NOT NULL, -- '' of a test and of a file
    type           TEXT COLLATE "C" NOT NULL,
    at             BIGINT NOT NULL, -- of the change
    created_at     BIGINT NOT NULL,
    state          TEXT COLLATE "C" NOT NULL, -- queued, held, delivered, failed, skipped
    run            BIGINT NOT NULL, -- grows whenever it is given to another worker
    attempts       BIGINT NOT NULL,
    next_at        BIGINT, -- of the next attempt, while it is queued
    leased_until   BIGINT NOT NULL, -- when a worker that is silent counts as dead
    status         BIGINT NOT NULL, -- HTTP, of the last attempt; 0 for none
    duration_us    BIGINT NOT NULL, -- of the last attempt
    error          TEXT COLLATE "C" NOT NULL, -- why the last attempt failed, by its class
    field          TEXT COLLATE "C" NOT NULL, -- of the receiver, that it did not take
    finished_at    BIGINT,
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX deliveries_by_destination ON deliveries (workspace_id, destination_id, id);
CREATE INDEX deliveries_by_state ON deliveries (workspace_id, destination_id, state, id);
CREATE INDEX deliveries_finished ON deliveries (workspace_id, finished_at) WHERE finished_at IS NOT NULL;

-- A wish that all members of an audience be sent, worked off in steps.
CREATE TABLE destination_syncs (
    workspace_id   TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    id             TEXT COLLATE "C" NOT NULL,
    destination_id TEXT COLLATE "C" NOT NULL,
    audience_id    TEXT COLLATE "C" NOT NULL,
    created_at     BIGINT NOT NULL,
    step           BIGINT NOT NULL, -- that is next
    after          TEXT COLLATE "C" NOT NULL, -- the last record that was queued
    queued         BIGINT NOT NULL,
    finished_at    BIGINT,
    PRIMARY KEY (workspace_id, id)
);

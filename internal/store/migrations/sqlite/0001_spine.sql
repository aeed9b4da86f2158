-- +goose Up
CREATE TABLE workspaces (
    id                TEXT NOT NULL PRIMARY KEY,
    short_id          INTEGER NOT NULL UNIQUE, -- stands before each token of the text index
    slug              TEXT NOT NULL UNIQUE,
    name              TEXT NOT NULL,
    plan              TEXT NOT NULL,
    rate_per_minute   INTEGER NOT NULL,
    burst             INTEGER NOT NULL,
    credits_balance   INTEGER NOT NULL,
    credits_monthly   INTEGER NOT NULL,
    credits_resets_at INTEGER NOT NULL,
    words_version     INTEGER NOT NULL DEFAULT 0, -- grows with the vocabulary
    created_at        INTEGER NOT NULL
) STRICT;

CREATE TABLE members (
    id               TEXT NOT NULL PRIMARY KEY,
    workspace_id     TEXT NOT NULL REFERENCES workspaces (id),
    email            TEXT NOT NULL,
    role             TEXT NOT NULL,
    setup_token_hash BLOB, -- SHA-256; NULL once the token was used
    created_at       INTEGER NOT NULL,
    UNIQUE (workspace_id, email)
) STRICT;

CREATE TABLE keys (
    id           TEXT NOT NULL PRIMARY KEY, -- public
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name         TEXT NOT NULL,
    preset       TEXT NOT NULL,
    permissions  TEXT NOT NULL, -- words joined by commas
    created_at   INTEGER NOT NULL,
    created_by   TEXT NOT NULL,
    last_used_at INTEGER,
    expiry       TEXT NOT NULL,
    expires_at   INTEGER,
    revoked_at   INTEGER,
    revoked_by   TEXT,
    mac          BLOB NOT NULL,
    mac_kid      INTEGER NOT NULL,
    row_tag      BLOB NOT NULL
) STRICT;
CREATE INDEX keys_by_workspace ON keys (workspace_id, created_at, id);

CREATE TABLE activity (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    id           TEXT NOT NULL,
    at           INTEGER NOT NULL,
    actor_kind   TEXT NOT NULL,
    actor_name   TEXT NOT NULL,
    actor_key_id TEXT NOT NULL,
    action       TEXT NOT NULL,
    object_type  TEXT NOT NULL,
    object_id    TEXT NOT NULL,
    detail       TEXT NOT NULL, -- a JSON object of texts
    PRIMARY KEY (workspace_id, id)
) STRICT;
CREATE INDEX activity_by_time ON activity (workspace_id, at, id);

CREATE TABLE idempotency (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    key          TEXT NOT NULL,
    request_hash BLOB NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    status       INTEGER, -- NULL only within the transaction that claims
    content_type TEXT,
    body         BLOB,
    PRIMARY KEY (workspace_id, key)
) STRICT;
CREATE INDEX idempotency_by_expiry ON idempotency (workspace_id, expires_at);

-- The rate limiter lives in the process here; on PostgreSQL it has a table.

-- +goose StatementBegin
CREATE TRIGGER keys_stay_revoked BEFORE UPDATE ON keys
WHEN OLD.revoked_at IS NOT NULL AND (NEW.revoked_at IS NOT OLD.revoked_at OR NEW.revoked_by IS NOT OLD.revoked_by)
BEGIN
    SELECT RAISE(ABORT, 'a revocation is final');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER keys_stay BEFORE UPDATE ON keys
WHEN NEW.id IS NOT OLD.id OR NEW.workspace_id IS NOT OLD.workspace_id OR NEW.name IS NOT OLD.name OR NEW.preset IS NOT OLD.preset
    OR NEW.permissions IS NOT OLD.permissions OR NEW.created_at IS NOT OLD.created_at OR NEW.created_by IS NOT OLD.created_by
    OR NEW.expiry IS NOT OLD.expiry OR NEW.expires_at IS NOT OLD.expires_at
BEGIN
    SELECT RAISE(ABORT, 'a key never changes');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER keys_stay_there BEFORE DELETE ON keys
BEGIN
    SELECT RAISE(ABORT, 'keys are never deleted');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER activity_stays BEFORE UPDATE ON activity
BEGIN
    SELECT RAISE(ABORT, 'the activity log is never changed');
END;
-- +goose StatementEnd

-- +goose Up
-- Requests for a key by programs without a browser. Nobody knows the workspace until somebody decides, so the table is a global one.
CREATE TABLE device_logins (
    code_hash    BLOB NOT NULL PRIMARY KEY, -- SHA-256 of what the program asks with
    user_code    TEXT NOT NULL UNIQUE,
    client       TEXT NOT NULL,
    host         TEXT NOT NULL,
    source       TEXT NOT NULL,
    preset       TEXT NOT NULL,
    key_name     TEXT NOT NULL,
    expiry       TEXT NOT NULL,
    replaces     TEXT NOT NULL, -- public id of a key, or empty
    revoke_old   INTEGER NOT NULL,
    state        TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    wait_us      INTEGER NOT NULL, -- microseconds between two questions
    polled_at    INTEGER,
    workspace_id TEXT REFERENCES workspaces (id), -- NULL until somebody decides
    member_id    TEXT,
    decided_at   INTEGER,
    key_id       TEXT
) STRICT;
CREATE INDEX device_logins_by_expiry ON device_logins (expires_at);

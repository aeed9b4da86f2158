-- +goose Up
-- Requests for a key by programs without a browser. Nobody knows the workspace until somebody decides, so the table is a global one.
CREATE TABLE device_logins (
    code_hash    BYTEA NOT NULL PRIMARY KEY, -- SHA-256 of what the program asks with
    user_code    TEXT COLLATE "C" NOT NULL UNIQUE,
    client       TEXT COLLATE "C" NOT NULL,
    host         TEXT COLLATE "C" NOT NULL,
    source       TEXT COLLATE "C" NOT NULL,
    preset       TEXT COLLATE "C" NOT NULL,
    key_name     TEXT COLLATE "C" NOT NULL,
    expiry       TEXT COLLATE "C" NOT NULL,
    replaces     TEXT COLLATE "C" NOT NULL, -- public id of a key, or empty
    revoke_old   BOOLEAN NOT NULL,
    state        TEXT COLLATE "C" NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    wait_us      BIGINT NOT NULL, -- microseconds between two questions
    polled_at    BIGINT,
    workspace_id TEXT COLLATE "C" REFERENCES workspaces (id), -- NULL until somebody decides
    member_id    TEXT COLLATE "C",
    decided_at   BIGINT,
    key_id       TEXT COLLATE "C"
);
CREATE INDEX device_logins_by_expiry ON device_logins (expires_at);

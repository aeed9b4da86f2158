-- +goose Up
-- How people sign in. A member has a password, passkeys, or neither yet; each belongs to that member of that workspace alone, also where the same
-- email is a member elsewhere.
ALTER TABLE members ADD COLUMN password_hash TEXT; -- argon2id, in PHC form; NULL for none
ALTER TABLE members ADD COLUMN setup_expires_at INTEGER; -- NULL without a setup token
ALTER TABLE members ADD COLUMN last_seen_at INTEGER; -- NULL before the first sign-in
UPDATE members SET setup_expires_at = created_at + 604800000000 WHERE setup_token_hash IS NOT NULL;
CREATE INDEX members_by_email ON members (email);
CREATE UNIQUE INDEX members_by_setup ON members (setup_token_hash);

-- What the browser of each session is to be told next, under a hash of its token. Anybody has one, signed in or not.
CREATE TABLE sessions (
    token      TEXT NOT NULL PRIMARY KEY,
    data       BLOB NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE logins (
    id           TEXT NOT NULL PRIMARY KEY,
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    member_id    TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    method       TEXT NOT NULL,
    device       TEXT NOT NULL,
    address      TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX logins_by_member ON logins (member_id, created_at, id);
CREATE INDEX logins_by_expiry ON logins (expires_at);

CREATE TABLE passkeys (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    member_id    TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    id           TEXT NOT NULL, -- the credential's, in base64url
    name         TEXT NOT NULL,
    credential   BLOB NOT NULL, -- public key, counter and flags, as JSON
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER,
    PRIMARY KEY (workspace_id, member_id, id)
) STRICT;
CREATE INDEX passkeys_of_member ON passkeys (member_id);

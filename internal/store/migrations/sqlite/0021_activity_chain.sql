-- +goose Up
-- From where a change came: by which door, and from which address; NULL where it is not known.
ALTER TABLE activity ADD COLUMN door TEXT;
ALTER TABLE activity ADD COLUMN address TEXT;

-- Entries that are not yet in the chain. A writer adds its row and waits for nobody.
CREATE TABLE activity_pending (
    workspace_id TEXT NOT NULL,
    id           TEXT NOT NULL,
    PRIMARY KEY (workspace_id, id)
) STRICT;

-- The chain: each hash is over the one before and the whole entry, and each seal over the hash under a key from outside the database.
CREATE TABLE activity_chain (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    seq          INTEGER NOT NULL, -- from 1, without gaps
    entry_id     TEXT NOT NULL,
    hash         BLOB NOT NULL,
    seal         BLOB NOT NULL,
    PRIMARY KEY (workspace_id, seq),
    UNIQUE (workspace_id, entry_id)
) STRICT;

-- The end of each chain, which is also the lock for adding to it.
CREATE TABLE activity_heads (
    workspace_id TEXT NOT NULL PRIMARY KEY REFERENCES workspaces (id),
    seq          INTEGER NOT NULL,
    hash         BLOB NOT NULL
) STRICT;

INSERT INTO activity_pending (workspace_id, id) SELECT workspace_id, id FROM activity;

-- +goose StatementBegin
CREATE TRIGGER activity_stays_there BEFORE DELETE ON activity
BEGIN
    SELECT RAISE(ABORT, 'the activity log is never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER activity_chain_stays BEFORE UPDATE ON activity_chain
BEGIN
    SELECT RAISE(ABORT, 'the activity log is never changed');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER activity_chain_stays_there BEFORE DELETE ON activity_chain
BEGIN
    SELECT RAISE(ABORT, 'the activity log is never changed');
END;
-- +goose StatementEnd

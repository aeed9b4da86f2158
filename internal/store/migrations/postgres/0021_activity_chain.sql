-- +goose Up
-- From where a change came: by which door, and from which address; NULL where it is not known.
ALTER TABLE activity ADD COLUMN door TEXT COLLATE "C";
ALTER TABLE activity ADD COLUMN address TEXT COLLATE "C";

-- Entries that are not yet in the chain. A writer adds its row and waits for nobody.
CREATE TABLE activity_pending (
    workspace_id TEXT COLLATE "C" NOT NULL,
    id           TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (workspace_id, id)
);

-- The chain: each hash is over the one before and the whole entry, and each seal over the hash under a key from outside the database.
CREATE TABLE activity_chain (
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    seq          BIGINT NOT NULL, -- from 1, without gaps
    entry_id     TEXT COLLATE "C" NOT NULL,
    hash         BYTEA NOT NULL,
    seal         BYTEA NOT NULL,
    PRIMARY KEY (workspace_id, seq),
    UNIQUE (workspace_id, entry_id)
);

-- The end of each chain, which is also the lock for adding to it.
CREATE TABLE activity_heads (
    workspace_id TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES workspaces (id),
    seq          BIGINT NOT NULL,
    hash         BYTEA NOT NULL
);

INSERT INTO activity_pending (workspace_id, id) SELECT workspace_id, id FROM activity;

CREATE TRIGGER activity_stays_there BEFORE DELETE ON activity FOR EACH ROW EXECUTE FUNCTION activity_stays();
CREATE TRIGGER activity_stays_whole BEFORE TRUNCATE ON activity FOR EACH STATEMENT EXECUTE FUNCTION activity_stays();
CREATE TRIGGER activity_chain_stays BEFORE UPDATE OR DELETE ON activity_chain FOR EACH ROW EXECUTE FUNCTION activity_stays();
CREATE TRIGGER activity_chain_stays_whole BEFORE TRUNCATE ON activity_chain FOR EACH STATEMENT EXECUTE FUNCTION activity_stays();

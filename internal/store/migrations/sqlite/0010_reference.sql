-- +goose Up
-- Reference files of the admins: what each is, and what it has under each key. A file is replaced as a whole.
CREATE TABLE reference_files (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    name         TEXT NOT NULL,
    found_by     TEXT NOT NULL, -- the kind of key
    fields       TEXT NOT NULL, -- names joined by commas
    row_count    INTEGER NOT NULL,
    confidence   REAL NOT NULL, -- 0 to 1
    cost         INTEGER NOT NULL,
    stored_at    INTEGER NOT NULL,
    PRIMARY KEY (workspace_id, name)
) STRICT;

CREATE TABLE reference_rows (
    workspace_id TEXT NOT NULL REFERENCES workspaces (id),
    file         TEXT NOT NULL,
    lookup       TEXT NOT NULL, -- the key, in normal form
    answers      TEXT NOT NULL, -- a JSON object of values by field
    PRIMARY KEY (workspace_id, file, lookup)
) STRICT, WITHOUT ROWID;

-- +goose Up
-- Reference files of the admins: what each is, and what it has under each key. A file is replaced as a whole.
CREATE TABLE reference_files (
    workspace_id text COLLATE "C" NOT NULL REFERENCES workspaces (id),
    name         text COLLATE "C" NOT NULL,
    found_by     text COLLATE "C" NOT NULL, -- the kind of key
    fields       text COLLATE "C" NOT NULL, -- names joined by commas
    row_count    bigint NOT NULL,
    confidence   double precision NOT NULL, -- 0 to 1
    cost         bigint NOT NULL,
    stored_at    bigint NOT NULL,
    PRIMARY KEY (workspace_id, name)
);

CREATE TABLE reference_rows (
    workspace_id text COLLATE "C" NOT NULL REFERENCES workspaces (id),
    file         text COLLATE "C" NOT NULL,
    lookup       text COLLATE "C" NOT NULL, -- the key, in normal form
    answers      text COLLATE "C" NOT NULL, -- a JSON object of values by field
    PRIMARY KEY (workspace_id, file, lookup)
);

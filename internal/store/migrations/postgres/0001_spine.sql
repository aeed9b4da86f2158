-- +goose Up
CREATE TABLE workspaces (
    id                TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    short_id          BIGINT NOT NULL UNIQUE, -- stands before each token of the text index
    slug              TEXT COLLATE "C" NOT NULL UNIQUE,
    name              TEXT COLLATE "C" NOT NULL,
    plan              TEXT COLLATE "C" NOT NULL,
    rate_per_minute   BIGINT NOT NULL,
    burst             BIGINT NOT NULL,
    credits_balance   BIGINT NOT NULL,
    credits_monthly   BIGINT NOT NULL,
    credits_resets_at BIGINT NOT NULL,
    words_version     BIGINT NOT NULL DEFAULT 0, -- grows with the vocabulary
    created_at        BIGINT NOT NULL
);

CREATE TABLE members (
    id               TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    workspace_id     TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    email            TEXT COLLATE "C" NOT NULL,
    role             TEXT COLLATE "C" NOT NULL,
    setup_token_hash BYTEA, -- SHA-256; NULL once the token was used
    created_at       BIGINT NOT NULL,
    UNIQUE (workspace_id, email)
);

CREATE TABLE keys (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY, -- public
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    name         TEXT COLLATE "C" NOT NULL,
    preset       TEXT COLLATE "C" NOT NULL,
    permissions  TEXT COLLATE "C" NOT NULL, -- words joined by commas
    created_at   BIGINT NOT NULL,
    created_by   TEXT COLLATE "C" NOT NULL,
    last_used_at BIGINT,
    expiry       TEXT COLLATE "C" NOT NULL,
    expires_at   BIGINT,
    revoked_at   BIGINT,
    revoked_by   TEXT COLLATE "C",
    mac          BYTEA NOT NULL,
    mac_kid      BIGINT NOT NULL,
    row_tag      BYTEA NOT NULL
);
CREATE INDEX keys_by_workspace ON keys (workspace_id, created_at, id);

CREATE TABLE activity (
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    id           TEXT COLLATE "C" NOT NULL,
    at           BIGINT NOT NULL,
    actor_kind   TEXT COLLATE "C" NOT NULL,
    actor_name   TEXT COLLATE "C" NOT NULL,
    actor_key_id TEXT COLLATE "C" NOT NULL,
    action       TEXT COLLATE "C" NOT NULL,
    object_type  TEXT COLLATE "C" NOT NULL,
    object_id    TEXT COLLATE "C" NOT NULL,
    detail       TEXT COLLATE "C" NOT NULL, -- a JSON object of texts
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX activity_by_time ON activity (workspace_id, at, id);

CREATE TABLE idempotency (
    workspace_id TEXT COLLATE "C" NOT NULL REFERENCES workspaces (id),
    key          TEXT COLLATE "C" NOT NULL,
    request_hash BYTEA NOT NULL,
    created_at   BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL,
    status       BIGINT, -- NULL only within the transaction that claims
    content_type TEXT COLLATE "C",
    body         BYTEA,
    PRIMARY KEY (workspace_id, key)
);
CREATE INDEX idempotency_by_expiry ON idempotency (workspace_id, expires_at);

-- A crash of the database refills at most one burst, so the table need not be logged; half-empty pages keep updates in place.
CREATE UNLOGGED TABLE limiter (
    workspace_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tat_ns       BIGINT NOT NULL -- theoretical arrival time, nanoseconds since 1970
) WITH (fillfactor = 50);

-- +goose StatementBegin
CREATE FUNCTION keys_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'keys are never deleted' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.revoked_at IS NOT NULL AND (NEW.revoked_at IS DISTINCT FROM OLD.revoked_at OR NEW.revoked_by IS DISTINCT FROM OLD.revoked_by) THEN
        RAISE EXCEPTION 'a revocation is final' USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.id, NEW.workspace_id, NEW.name, NEW.preset, NEW.permissions, NEW.created_at, NEW.created_by, NEW.expiry, NEW.expires_at)
        IS DISTINCT FROM (OLD.id, OLD.workspace_id, OLD.name, OLD.preset, OLD.permissions, OLD.created_at, OLD.created_by, OLD.expiry, OLD.expires_at) THEN
        RAISE EXCEPTION 'a key never changes' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd
CREATE TRIGGER keys_stay BEFORE UPDATE OR DELETE ON keys FOR EACH ROW EXECUTE FUNCTION keys_stay();

-- +goose StatementBegin
CREATE FUNCTION activity_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the activity log is never changed' USING ERRCODE = 'check_violation';
END
$$;
-- +goose StatementEnd
CREATE TRIGGER activity_stays BEFORE UPDATE ON activity FOR EACH ROW EXECUTE FUNCTION activity_stays();

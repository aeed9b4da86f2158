-- +goose Up
-- Which key a key was made to replace, so that both can be watched side by side; older rotations are known from the activity log.
ALTER TABLE keys ADD COLUMN replaces TEXT COLLATE "C"; -- the public id of that key; NULL when it replaces none
UPDATE keys SET replaces = (SELECT a.detail::jsonb ->> 'replaces' FROM activity a
    WHERE a.workspace_id = keys.workspace_id AND a.object_type = 'key' AND a.object_id = keys.id AND a.action = 'key.rotated');
-- +goose StatementBegin
CREATE OR REPLACE FUNCTION keys_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'keys are never deleted' USING ERRCODE = 'check_violation';
    END IF;
    IF OLD.revoked_at IS NOT NULL AND (NEW.revoked_at IS DISTINCT FROM OLD.revoked_at OR NEW.revoked_by IS DISTINCT FROM OLD.revoked_by) THEN
        RAISE EXCEPTION 'a revocation is final' USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.id, NEW.workspace_id, NEW.name, NEW.preset, NEW.permissions, NEW.created_at, NEW.created_by, NEW.expiry, NEW.expires_at, NEW.spend_limit, NEW.replaces)
        IS DISTINCT FROM (OLD.id, OLD.workspace_id, OLD.name, OLD.preset, OLD.permissions, OLD.created_at, OLD.created_by, OLD.expiry, OLD.expires_at, OLD.spend_limit, OLD.replaces) THEN
        RAISE EXCEPTION 'a key never changes' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
-- +goose StatementEnd

-- What one key did, for its page.
CREATE INDEX activity_by_key ON activity (workspace_id, actor_key_id, at, id) WHERE actor_key_id <> '';

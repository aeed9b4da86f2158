-- +goose Up
-- Which key a key was made to replace, so that both can be watched side by side; older rotations are known from the activity log.
ALTER TABLE keys ADD COLUMN replaces TEXT; -- the public id of that key; NULL when it replaces none
UPDATE keys SET replaces = (SELECT json_extract(a.detail, '$.replaces') FROM activity a
    WHERE a.workspace_id = keys.workspace_id AND a.object_type = 'key' AND a.object_id = keys.id AND a.action = 'key.rotated');
DROP TRIGGER keys_stay;
-- +goose StatementBegin
CREATE TRIGGER keys_stay BEFORE UPDATE ON keys
WHEN NEW.id IS NOT OLD.id OR NEW.workspace_id IS NOT OLD.workspace_id OR NEW.name IS NOT OLD.name OR NEW.preset IS NOT OLD.preset
    OR NEW.permissions IS NOT OLD.permissions OR NEW.created_at IS NOT OLD.created_at OR NEW.created_by IS NOT OLD.created_by
    OR NEW.expiry IS NOT OLD.expiry OR NEW.expires_at IS NOT OLD.expires_at OR NEW.spend_limit IS NOT OLD.spend_limit
    OR NEW.replaces IS NOT OLD.replaces
BEGIN
    SELECT RAISE(ABORT, 'a key never changes');
END;
-- +goose StatementEnd

-- What one key did, for its page.
CREATE INDEX activity_by_key ON activity (workspace_id, actor_key_id, at, id) WHERE actor_key_id <> '';

package apirun

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/strictjson"
)

func (p *program) keyCommand() *cobra.Command {
	return group("key", "Make, list, rotate and revoke API keys", p.keyCreate(), p.keyList(), p.keyRevoke(), p.keyRotate())
}

func (p *program) keyCreate() *cobra.Command {
	var ws, expiresAt, preset, expires string
	var limit int64
	var r keys.CreateRequest
	c := &cobra.Command{Use: "create --workspace ID --name NAME (--preset PRESET | --permissions A,B)", Args: exactly(0),
		Short: "Make a key and print it, this once"}
	workspaceFlag(c, &ws)
	c.Flags().StringVar(&r.Name, "name", "", "what the key is for (required)")
	c.Flags().StringVar(&preset, "preset", "", "read_only, write_enrichment, write_signals or full")
	c.Flags().StringSliceVar(&r.Permissions, "permissions", nil, "permissions one by one, for example records:read,signals:write")
	c.Flags().StringVar(&expires, "expires", "", "never, 30, 90 or 365 days (default 365)")
	c.Flags().StringVar(&expiresAt, "expires-at", "", "exact time, RFC 3339 with zone")
	c.Flags().Int64Var(&limit, "spend-limit", 0, "credits that the key may spend in a month; without it only the workspace's credits bound it")
	c.Flags().StringVar(&r.By, "by", "", "email of the member said to have made it")
	c.RunE = p.run(func(ctx context.Context, a *App, actor activity.Actor, _ []string) (any, error) {
		w, err := a.workspace(ctx, ws)
		if err != nil {
			return nil, err
		}
		r.WorkspaceID, r.Preset, r.Expiry = w.ID, scope.Preset(preset), keys.Expiry(expires)
		given(c, "spend-limit", &r.SpendLimit, limit)
		if expiresAt != "" {
			if r.ExpiresAt, err = strictjson.ParseTime(expiresAt); err != nil {
				return nil, config.Fail(config.ExitUsage, "--expires-at must be a time such as 2027-01-31T12:00:00Z")
			}
		}
		made, err := a.Keys.Create(ctx, actor, r)
		if err != nil {
			return nil, err
		}
		return made.View(), nil
	})
	return c
}

func (p *program) keyList() *cobra.Command {
	var ws string
	c := &cobra.Command{Use: "list --workspace ID", Short: "List the keys, newest first; never their secrets", Args: exactly(0)}
	workspaceFlag(c, &ws)
	c.RunE = p.run(func(ctx context.Context, a *App, _ activity.Actor, _ []string) (any, error) {
		w, err := a.workspace(ctx, ws)
		if err != nil {
			return nil, err
		}
		list, now, err := a.Keys.List(ctx, w.ID)
		return views(list, func(k keys.Key) keys.View { return keys.ViewOf(k, now) }), err
	})
	return c
}

// onKey is an action on the key named by the only argument. Ids are unique over all workspaces, so that the workspace
// may be left out; when it is given, the key must be in it.
func (p *program) onKey(use, short string, do func(ctx context.Context, a *App, actor activity.Actor, workspaceID, id string) (any, error)) *cobra.Command {
	var ws string
	c := &cobra.Command{Use: use, Short: short, Args: exactly(1)}
	c.Flags().StringVar(&ws, "workspace", "", "id or slug of the key's workspace")
	c.RunE = p.run(func(ctx context.Context, a *App, actor activity.Actor, args []string) (any, error) {
		row, err := a.DB.KeyForAuth(ctx, args[0])
		if err != nil {
			return nil, err
		}
		if ws != "" {
			w, err := a.workspace(ctx, ws)
			if err != nil {
				return nil, err
			}
			if w.ID != row.Key.WorkspaceID {
				return nil, fault.New(fault.NotFound, "The workspace has no such key.")
			}
		}
		return do(ctx, a, actor, row.Key.WorkspaceID, args[0])
	})
	return c
}

func (p *program) keyRevoke() *cobra.Command {
	return p.onKey("revoke ID", "End a key for good, from the next request on", func(ctx context.Context, a *App, actor activity.Actor, ws, id string) (any, error) {
		k, err := a.Keys.Revoke(ctx, actor, ws, id)
		if err != nil {
			return nil, err
		}
		return keys.ViewOf(k, k.RevokedAt), nil
	})
}

func (p *program) keyRotate() *cobra.Command {
	return p.onKey("rotate ID", "Make a key like this one beside it and print it, this once; both work until the old one is revoked",
		func(ctx context.Context, a *App, actor activity.Actor, ws, id string) (any, error) {
			made, err := a.Keys.Rotate(ctx, actor, ws, id)
			if err != nil {
				return nil, err
			}
			return made.View(), nil
		})
}

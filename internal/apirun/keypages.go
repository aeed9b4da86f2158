package apirun

import (
	"context"
	"net/http"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/keypages"
	"github.com/unstuckengine/unstuck/internal/store"
)

// keyPages are the pages of API keys, which browsers reach at base.
func (a *App) keyPages(base string) keypages.Config {
	return keypages.Config{
		Keys: a.Keys, Once: onceIn(a.DB), Clients: a.Usage.Clients, APIURL: base, MCPURL: a.Config.MCPURL,
		Activity: func(ctx context.Context, workspaceID, keyID string, limit int) ([]activity.Entry, error) {
			return a.DB.Workspace(workspaceID).KeyActivity(ctx, keyID, limit)
		},
	}
}

// onceIn keeps which forms made a key among the replies to idempotency keys. What is kept is the key's public id alone.
func onceIn(db *store.DB) func(context.Context, string, string, func(context.Context) (string, error)) (string, bool, error) {
	return func(ctx context.Context, workspaceID, form string, mint func(context.Context) (string, error)) (string, bool, error) {
		reply, again, err := db.Idempotent(ctx, workspaceID, "form:"+form, []byte("form"), func(ctx context.Context) (store.Reply, error) {
			id, err := mint(ctx)
			return store.Reply{Status: http.StatusOK, ContentType: "text/plain", Body: []byte(id)}, err
		})
		return string(reply.Body), again, err
	}
}

package store

import "context"

// FormOnce runs mint for the form at most once within a day and keeps the id that it returns, in the transaction that the context given to mint
// carries. again is true when the form was sent before; id is then what was made at that time. Otherwise it is as Idempotent.
func (db *DB) FormOnce(ctx context.Context, workspaceID, form string, mint func(ctx context.Context) (id string, err error)) (id string, again bool, err error) {
	const name = "form"
	reply, again, err := db.Idempotent(ctx, workspaceID, name+":"+form, []byte(name), func(ctx context.Context) (Reply, error) {
		id, err := mint(ctx)
		return Reply{Status: 200, ContentType: "text/plain", Body: []byte(id)}, err
	})
	return string(reply.Body), again, err
}

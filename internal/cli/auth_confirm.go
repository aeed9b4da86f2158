package cli

import (
	"context"
	"time"

	"github.com/unstuckengine/unstuck/internal/apiclient"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/token"
	"github.com/unstuckengine/unstuck/internal/wire"
)

func (p *program) grantedKey(ctx context.Context, client *apiclient.Client, ask deviceAsk) (token.Secret, wire.Access, error) {
	grant, codes, err := p.askForKey(ctx, client, ask)
	if err != nil {
		return grant.Key, wire.Access{}, err
	}
	access, err := confirm(ctx, client, grant.Key)
	if err != nil {
		err = lost("the key is not kept", err, grant.Key, codes)
	}
	return grant.Key, access, err
}

// confirmFor is how long a key is tried. An interrupt does not end it: a key that was made for us would be lost.
const confirmFor = 20 * time.Second

// confirm asks what the key may do, again where the API does not answer at once.
func confirm(ctx context.Context, client *apiclient.Client, key token.Secret) (wire.Access, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), confirmFor)
	defer cancel()
	access, err := patiently(ctx, func() (wire.Access, error) { return client.Access(ctx, key) })
	if err != nil && asFault(err) == nil {
		err = fault.Wrap(fault.APIUnreachable, err)
	}
	return access, err
}

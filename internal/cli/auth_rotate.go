package cli

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/unstuckengine/unstuck/internal/apiclient"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/credentials"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/token"
	"github.com/unstuckengine/unstuck/internal/wire"
)

func (p *program) rotateCommand() *cobra.Command {
	var noBrowser bool
	c := &cobra.Command{Use: "rotate", Short: "Replace the key of the profile by a new one of the same scope", Args: none,
		Long: "Asks an admin, as `auth login` does, for a new key beside the present one: the same name, scope and choice of expiry. Puts it into the credentials\n" +
			"file in one step, proves that it works, and puts the old one back if it does not. The old key is revoked when the admin ticked that; else it\n" +
			"works until an admin revokes it."}
	c.Flags().BoolVar(&noBrowser, "no-browser", false, "open no browser")
	c.RunE = func(c *cobra.Command, _ []string) error { return p.rotate(c.Context(), noBrowser) }
	return c
}

func (p *program) rotate(ctx context.Context, noBrowser bool) error {
	profile, address, err := p.target("")
	if err != nil {
		return err
	}
	file, err := credentials.In(p.Environ)
	if err != nil {
		return err
	}
	old, err := file.Load(profile)
	if (credentials.IsMissing(err) || err == nil && old.Key.IsZero()) && p.variableCounts() {
		return config.Fail(config.ExitAuth, "the key in UNSTUCK_API_KEY cannot be rotated here: rotate it on the page API keys, or log in with a profile (`unstuck auth login`)")
	}
	if err != nil {
		return err
	}
	client, err := p.client(address)
	if err != nil {
		return err
	}
	if err := replaceable(ctx, client, old.Key); err != nil {
		return err
	}
	grant, codes, err := p.askForKey(ctx, client, deviceAsk{replaces: old.Key.ID(), noBrowser: noBrowser})
	if err != nil {
		return err
	}
	var access wire.Access
	err = file.Swap(profile, old.Key, grant.Key, func() (err error) { access, err = confirm(ctx, client, grant.Key); return err })
	if err != nil {
		return lost("the old key stays in the credentials file", err, grant.Key, codes)
	}
	p.say("rotated; the new key is in %s", file.Path())
	p.warnOfVariable()
	unrevoked := p.revokeOld(ctx, client, grant, codes, old.Key)
	shown := p.printLogin(statusOf(credentials.Login{Key: grant.Key, KeySource: credentials.FromFile, APIURL: client.Address(), Profile: profile}, access))
	return errors.Join(shown, unrevoked)
}

// replaceable says why the key cannot be rotated. One that has expired can.
func replaceable(ctx context.Context, client *apiclient.Client, key token.Secret) error {
	if key.IsZero() {
		return config.Fail(config.ExitAuth, "the profile has no key; run `unstuck auth login`")
	}
	_, err := client.Access(ctx, key)
	switch fault.CodeOf(err) {
	case fault.KeyExpired:
		return nil
	case fault.KeyRevoked, fault.InvalidAPIKey:
		return config.Fail(config.ExitAuth, "the key of this profile is revoked or unknown, so that there is nothing to rotate; run `unstuck auth login`")
	}
	return err
}

// lost says that a key was made which nobody will use, and why.
func lost(what string, cause error, key token.Secret, codes apiclient.DeviceCodes) error {
	detail, code := cause.Error(), config.Code(cause)
	if f := asFault(cause); f != nil {
		code = config.ExitFor(f.Code)
		if detail = f.Detail; detail == "" {
			detail = f.Code.Detail()
		}
		detail = oneSentence(detail)
	}
	return config.Fail(code, "%s: %s; the new key %s can be revoked at %s", what, detail, key, keysPage(codes))
}

// revokeOld has the old key revoked where the admin wanted it, and says where else.
func (p *program) revokeOld(ctx context.Context, client *apiclient.Client, grant apiclient.DeviceGrant, codes apiclient.DeviceCodes, old token.Secret) error {
	if !grant.RevokeOld {
		p.say("the old key %s works until it is revoked, at %s", old, keysPage(codes))
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), confirmFor)
	defer cancel()
	_, err := patiently(ctx, func() (struct{}, error) { return struct{}{}, client.DeviceDone(ctx, grant.Key, codes.DeviceCode) })
	if err != nil {
		return config.Fail(config.ExitError, "the new key is in use, but the old key %s could not be revoked; revoke it at %s", old, keysPage(codes))
	}
	p.say("the old key %s is revoked", old)
	return nil
}

// keysPage is where admins revoke keys, beside the page where they approve.
func keysPage(codes apiclient.DeviceCodes) string {
	return strings.TrimSuffix(codes.URI, "/device") + "/admin/keys"
}

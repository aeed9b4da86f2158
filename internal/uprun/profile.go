package uprun

import (
	"context"
	"errors"
	"fmt"

	"github.com/unstuckengine/unstuck/internal/apiclient"
	"github.com/unstuckengine/unstuck/internal/apirun"
	"github.com/unstuckengine/unstuck/internal/cli"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/credentials"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// maxProfiles bounds the search for a free name.
const maxProfiles = 100

// login is the profile that serves this run.
type login struct {
	profile string
	key     credentials.Profile
	preset  string
}

// login finds the profile of an earlier run, or makes a key and keeps it under a free name. A profile that works is never
// changed but for the port of this very server.
func (p *program) login(ctx context.Context, app *apirun.App, ws workspaces.Workspace, apiURL string) (login, error) {
	file, err := credentials.In(p.Environ)
	if err != nil {
		return login{}, err
	}
	client, err := apiclient.New(apiURL, "unstuck-up/"+cli.Version())
	if err != nil {
		return login{}, err
	}
	defer client.Close()
	for i := range maxProfiles {
		name := p.base()
		if i > 0 {
			name = fmt.Sprintf("%s-%d", name, i+1)
		}
		have, err := file.Load(name)
		if err != nil && !credentials.IsMissing(err) {
			return login{}, err
		}
		if err == nil && !have.Key.IsZero() {
			preset, err := p.serves(ctx, client, have, ws)
			if err == nil {
				have.APIURL = apiURL
				return login{name, have, preset}, file.Save(name, have)
			}
			if !over(err) {
				err = ownRefusal(ctx, client, have)
			}
			if !apiclient.Dead(err) {
				continue
			}
			return p.replaceLogin(ctx, app, ws, file, name, apiURL, have, err)
		}
		return p.newLogin(ctx, app, ws, file, name, apiURL)
	}
	return login{}, config.Fail(config.ExitError, "the profiles %s to %s-%d are all in use; remove some by `unstuck auth logout --profile NAME`", p.base(), p.base(), maxProfiles)
}

// errForeign means that a key works here, but is not the one that this run is for.
var errForeign = errors.New("a key of another workspace or preset")

// serves returns the preset of the profile's key when it is one of the workspace on this server, with the preset asked for.
func (p *program) serves(ctx context.Context, client *apiclient.Client, have credentials.Profile, ws workspaces.Workspace) (preset string, err error) {
	access, err := client.Access(ctx, have.Key)
	switch {
	case err != nil:
		return "", err
	case access.Key == nil || access.Workspace == nil || access.Workspace.ID != ws.ID || p.presetSet && access.Key.Preset != p.preset:
		return "", errForeign
	}
	return access.Key.Preset, nil
}

// over reports whether err says that the key was one of this server and is no more.
func over(err error) bool {
	code := fault.CodeOf(err)
	return code == fault.KeyRevoked || code == fault.KeyExpired
}

// ownRefusal is what the server that the profile names says against its key; nil when it says nothing. One that does not
// answer may come back.
func ownRefusal(ctx context.Context, client *apiclient.Client, have credentials.Profile) error {
	if have.APIURL == "" {
		have.APIURL = credentials.DefaultAPIURL
	}
	its, err := client.At(have.APIURL)
	if err != nil {
		return nil
	}
	_, err = its.Access(ctx, have.Key)
	return err
}

// replaceLogin makes a key in place of a dead one, and says why: somebody may have ended that one on purpose.
func (p *program) replaceLogin(ctx context.Context, app *apirun.App, ws workspaces.Workspace, file credentials.File, name, apiURL string,
	had credentials.Profile, why error) (login, error) {
	l, err := p.newLogin(ctx, app, ws, file, name, apiURL)
	if err == nil {
		p.say("the key %s of profile %s %s; a new one was made", had.Key, name, ended(why))
	}
	return l, err
}

// ended puts into words why a key is of no use.
func ended(why error) string {
	switch fault.CodeOf(why) {
	case fault.KeyRevoked:
		return "was revoked"
	case fault.KeyExpired:
		return "has expired"
	}
	return "cannot be used any more"
}

func (p *program) newLogin(ctx context.Context, app *apirun.App, ws workspaces.Workspace, file credentials.File, name, apiURL string) (login, error) {
	made, err := app.Keys.Create(ctx, operator(), keys.CreateRequest{WorkspaceID: ws.ID, Name: "unstuck up", Preset: scope.Preset(p.preset)})
	if err != nil {
		return login{}, err
	}
	profile := credentials.Profile{Key: made.Secret, APIURL: apiURL}
	if err := file.Save(name, profile); err != nil {
		// The key is nowhere but here: without a profile it would lie about unused and unknown.
		_, _ = app.Keys.Revoke(ctx, operator(), ws.ID, made.Key.ID)
		return login{}, err
	}
	return login{name, profile, p.preset}, nil
}

package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/apiclient"
	"github.com/unstuckengine/unstuck/internal/cli/render"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/scope"
)

// deviceAsk is which key to ask an admin for.
type deviceAsk struct {
	preset, keyName, expires string
	replaces                 string // public id of the key to rotate; then the three above are that key's
	noBrowser                bool
}

func presets() (out []string) {
	for _, p := range scope.Presets() {
		out = append(out, string(p))
	}
	return out
}

// askForKey shows where an admin decides, and waits until one has.
func (p *program) askForKey(ctx context.Context, client *apiclient.Client, ask deviceAsk) (apiclient.DeviceGrant, apiclient.DeviceCodes, error) {
	if ask.replaces == "" && !slices.Contains(presets(), ask.preset) {
		return apiclient.DeviceGrant{}, apiclient.DeviceCodes{}, config.Fail(config.ExitUsage, "--preset must be one of %s", strings.Join(presets(), ", "))
	}
	host, _ := os.Hostname() // no more than a hint for whoever decides
	codes, err := client.DeviceBegin(ctx, apiclient.DeviceAsk{
		Client: "unstuck-cli/" + Version(), Host: host, Preset: ask.preset, KeyName: ask.keyName, Expires: ask.expires, Replaces: ask.replaces,
	})
	if err != nil {
		return apiclient.DeviceGrant{}, codes, asExit(err)
	}
	p.invite(codes, ask.noBrowser)
	grant, err := p.awaitKey(ctx, client, codes)
	return grant, codes, asExit(err)
}

// invite tells what to do. It is no mere message: without it nobody can go on.
func (p *program) invite(codes apiclient.DeviceCodes, noBrowser bool) {
	address := codes.WholeURI
	if address == "" {
		address = codes.URI
	}
	fmt.Fprintf(p.Stderr, "Open this address in a browser, on this machine or any other:\n\n  %s\n\nand approve if it shows the code %s\n\n",
		render.Clean(address), render.Clean(codes.UserCode))
	if !noBrowser {
		p.browse(address)
	}
}

// awaitKey asks until the request is decided, as slowly as the API wants.
func (p *program) awaitKey(ctx context.Context, client *apiclient.Client, codes apiclient.DeviceCodes) (apiclient.DeviceGrant, error) {
	stop := p.showWaiting(time.Now().Add(codes.Life))
	defer stop()
	for wait := codes.Interval; ; {
		select {
		case <-ctx.Done():
			return apiclient.DeviceGrant{}, ctx.Err()
		case <-time.After(wait):
		}
		grant, err := client.DevicePoll(ctx, codes.DeviceCode)
		if err == nil {
			return grant, nil
		}
		if wait, err = nextWait(wait, err); err != nil {
			return grant, err
		}
	}
}

const (
	slowerBy  = 5 * time.Second // RFC 8628, section 3.5
	slowest   = time.Minute
	atLeast   = time.Second
	pendingIs = "authorization_pending"
)

// nextWait returns how long to wait before the next question, or the error when there is to be none.
func nextWait(wait time.Duration, err error) (time.Duration, error) {
	var refused *apiclient.DeviceError
	_, passes := later(err)
	switch {
	case errors.As(err, &refused) && refused.Code == pendingIs:
		return wait, nil
	case errors.As(err, &refused) && refused.Code == "slow_down":
		return wait + slowerBy, nil
	case errors.As(err, &refused) && refused.Code == "temporarily_unavailable":
		return max(wait, min(refused.RetryAfter, slowest), atLeast), nil
	case passes:
		return min(2*max(wait, atLeast), slowest), nil
	}
	return 0, err
}

// asExit words a refusal of the flow; other errors stay.
func asExit(err error) error {
	var refused *apiclient.DeviceError
	if !errors.As(err, &refused) {
		if f := asFault(err); f != nil && (f.Code == fault.NotFound || f.Code == fault.MethodNotAllowed) {
			return config.Fail(config.ExitUsage, "this API cannot log in by a browser; ask an admin for a key and run `unstuck auth login --with-key`")
		}
		return err
	}
	switch refused.Code {
	case "access_denied":
		return config.Fail(config.ExitAuth, "the request was denied; ask an admin of the workspace, then run this again")
	case "expired_token":
		return config.Fail(config.ExitAuth, "nobody approved in time; run this again for a new code")
	case "invalid_grant":
		return config.Fail(config.ExitAuth, "the key was handed over already, but did not arrive here; have an admin revoke it, then run this again")
	case "temporarily_unavailable":
		return config.Fail(config.ExitLimit, "too many logins were begun from here; wait %d s, then run this again", int(max(refused.RetryAfter, time.Second)/time.Second))
	case "invalid_request":
		return config.Fail(config.ExitUsage, "the API refuses what is asked for: %s", refused.Description)
	}
	return config.Fail(config.ExitError, "the API refuses the login: %s (%s)", refused.Description, refused.Code)
}

// showWaiting draws how long is left where there is a terminal, and says it once elsewhere. stop ends it.
func (p *program) showWaiting(until time.Time) (stop func()) {
	if !p.bars() {
		p.say("waiting for approval, until %s", until.Format(time.TimeOnly))
		return func() {}
	}
	done, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for tick := time.NewTicker(time.Second); ; {
			left := max(time.Until(until), 0).Round(time.Second)
			fmt.Fprintf(p.Stderr, "\rWaiting for approval, %d:%02d left ", left/time.Minute, left%time.Minute/time.Second)
			select {
			case <-tick.C:
			case <-done:
				tick.Stop()
				fmt.Fprint(p.Stderr, "\r\x1b[K")
				return
			}
		}
	}()
	return func() { close(done); <-ended }
}

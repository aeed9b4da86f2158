package devicepages

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/devicelogin"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
)

// grantType is the one that RFC 8628 names.
const grantType = "urn:ietf:params:oauth:grant-type:device_code"

// begun is the answer to a request for codes.
type begun struct {
	DeviceCode string `json:"device_code"`
	UserCode   string `json:"user_code"`
	URI        string `json:"verification_uri"`
	WholeURI   string `json:"verification_uri_complete"`
	ExpiresIn  int    `json:"expires_in"` // seconds
	Interval   int    `json:"interval"`   // seconds
}

// grantedKey is the answer that hands a key over.
type grantedKey struct {
	AccessToken string `json:"access_token"` // the key, in clear
	TokenType   string `json:"token_type"`
	Scope       string `json:"scope"`                // the permissions, parted by spaces
	ExpiresIn   int64  `json:"expires_in,omitempty"` // seconds; left out when it never does
	RevokeOld   bool   `json:"revoke_old"`           // whether the replaced key is revoked once the caller posts to /device/done
}

// problem is an answer of RFC 6749, section 5.2.
type problem struct {
	Error       string `json:"error"`
	Description string `json:"error_description,omitempty"`
}

func (p pages) code(r *ui.Request) error {
	b, err := p.Logins.Begin(r.Context(), devicelogin.Asked{
		Client: r.Value("client_id"), Host: r.Value("host"), Source: source(r).String(), Preset: scope.Preset(r.Value("scope")),
		KeyName: r.Value("key_name"), Expiry: keys.Expiry(r.Value("expires")), Replaces: r.Value("replaces"),
	})
	if err != nil {
		return p.fail(r, err)
	}
	uri := strings.TrimRight(p.PublicURL, "/") + path
	return r.JSON(http.StatusOK, begun{b.DeviceCode, b.UserCode, uri, uri + "?user_code=" + url.QueryEscape(b.UserCode),
		int(b.Life.Seconds()), int(b.Interval.Seconds())})
}

func (p pages) token(r *ui.Request) error {
	if r.Value("grant_type") != grantType {
		return r.JSON(http.StatusBadRequest, problem{"unsupported_grant_type", "The grant_type must be " + grantType + "."})
	}
	g, err := p.Logins.Poll(from(r), r.Value("device_code"))
	if err != nil {
		return p.fail(r, err)
	}
	out := grantedKey{AccessToken: g.Secret.Reveal(), TokenType: "Bearer", Scope: strings.ReplaceAll(g.Key.Permissions.String(), ",", " "), RevokeOld: g.RevokeOld}
	if !g.Key.ExpiresAt.IsZero() {
		out.ExpiresIn = int64(g.Key.ExpiresAt.Sub(g.Key.CreatedAt).Seconds())
	}
	return r.JSON(http.StatusOK, out)
}

// done is told by a program that its new key works, which the key in the header proves.
func (p pages) done(r *ui.Request) error {
	who, err := p.Verify(r.Context(), r.Header.Get("Authorization"), source(r))
	if err == nil {
		err = p.Logins.Done(from(r), r.Value("device_code"), who.WorkspaceID, who.KeyID)
	}
	if err != nil {
		return p.fail(r, err)
	}
	return r.JSON(http.StatusOK, map[string]bool{"revoked": true})
}

// from lets the activity log tell where a program asked from.
func from(r *ui.Request) context.Context {
	return activity.WithSource(r.Context(), activity.Source{Door: activity.DoorOf(r.UserAgent()), Address: source(r).String()})
}

// sentences say what the codes mean.
var sentences = map[devicelogin.Refusal]string{
	devicelogin.Pending:      "Nobody has decided yet. Ask again after the interval.",
	devicelogin.SlowDown:     "Wait 5 seconds longer between two questions.",
	devicelogin.Denied:       "An admin denied the request, or may not approve it any more.",
	devicelogin.Expired:      "The request was not approved in time. Begin again.",
	devicelogin.InvalidGrant: "There is no such request, or its key was handed over already. Begin again.",
}

// fail answers a program in the words of the standard. What is our own fault is for the frame to log.
func (p pages) fail(r *ui.Request, err error) error {
	var refusal devicelogin.Refusal
	if errors.As(err, &refusal) {
		return r.JSON(http.StatusBadRequest, problem{string(refusal), sentences[refusal]})
	}
	e := fault.From(err)
	if e.Code.Status() >= http.StatusInternalServerError {
		return err
	}
	out := problem{"invalid_request", e.Detail}
	for _, f := range e.Fields {
		out.Description = strings.TrimSpace(f.Path + " " + f.Message + " " + strings.Join(f.Allowed, ", "))
	}
	if s := e.RetrySeconds(); s > 0 {
		r.Writer().Header().Set("Retry-After", strconv.Itoa(s))
		out.Error = "temporarily_unavailable"
	}
	if e.Code.Status() == http.StatusUnauthorized {
		r.Writer().Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
		out.Error = "invalid_token"
	}
	return r.JSON(e.Code.Status(), out)
}

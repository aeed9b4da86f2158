package apiclient

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/token"
)

// DeviceAsk is what a program tells when it asks for a key without having one (RFC 8628). Empty fields are left to the API.
type DeviceAsk struct {
	Client, Host string // the program with its version, and the machine, for whoever decides
	Preset       string
	KeyName      string
	Expires      string
	Replaces     string // public id of the key to be rotated
}

// DeviceCodes are the two codes of a request, and how to go on with them.
type DeviceCodes struct {
	DeviceCode string // a secret until the request is decided
	UserCode   string // for people to compare
	URI        string // where they decide
	WholeURI   string // the same with the code filled in; "" when the API gives none
	Life       time.Duration
	Interval   time.Duration // between two questions
}

// DeviceGrant is the key that was asked for.
type DeviceGrant struct {
	Key       token.Secret
	RevokeOld bool // whoever approved wants the rotated key revoked by DeviceDone
}

// DeviceError is a refusal in the words of RFC 6749 and RFC 8628, such as authorization_pending.
type DeviceError struct {
	Code, Description string
	RetryAfter        time.Duration // 0 when the API names none
}

// Error implements error.
func (e *DeviceError) Error() string { return e.Code + ": " + e.Description }

const (
	deviceGrantType = "urn:ietf:params:oauth:grant-type:device_code"
	defaultInterval = 5 * time.Second // where the API names none
)

// DeviceBegin asks for a key. Errors are *DeviceError or *fault.Error; not_found when the API knows nothing of such requests.
func (c *Client) DeviceBegin(ctx context.Context, a DeviceAsk) (DeviceCodes, error) {
	var out struct {
		DeviceCode string `json:"device_code"`
		UserCode   string `json:"user_code"`
		URI        string `json:"verification_uri"`
		WholeURI   string `json:"verification_uri_complete"`
		ExpiresIn  int    `json:"expires_in"`
		Interval   *int   `json:"interval"`
	}
	form := url.Values{}
	for name, value := range map[string]string{"client_id": a.Client, "host": a.Host, "scope": a.Preset, "key_name": a.KeyName, "expires": a.Expires, "replaces": a.Replaces} {
		if value != "" {
			form.Set(name, value)
		}
	}
	if err := c.post(ctx, "/device/code", token.Secret{}, form, &out); err != nil {
		return DeviceCodes{}, err
	}
	codes := DeviceCodes{out.DeviceCode, out.UserCode, out.URI, out.WholeURI, time.Duration(out.ExpiresIn) * time.Second, defaultInterval}
	if out.Interval != nil {
		codes.Interval = time.Duration(*out.Interval) * time.Second
	}
	if codes.DeviceCode == "" || codes.UserCode == "" || codes.URI == "" {
		return codes, fault.New(fault.Internal, foreignAnswer)
	}
	return codes, nil
}

// DevicePoll asks whether the request was decided. The key comes once.
func (c *Client) DevicePoll(ctx context.Context, deviceCode string) (DeviceGrant, error) {
	var out struct {
		AccessToken string `json:"access_token"`
		RevokeOld   bool   `json:"revoke_old"`
	}
	form := url.Values{"grant_type": {deviceGrantType}, "device_code": {deviceCode}}
	if err := c.post(ctx, "/device/token", token.Secret{}, form, &out); err != nil {
		return DeviceGrant{}, err
	}
	key, err := token.Parse(out.AccessToken)
	if err != nil {
		return DeviceGrant{}, fault.New(fault.Internal, foreignAnswer)
	}
	return DeviceGrant{key, out.RevokeOld}, nil
}

// DeviceDone tells that the key works, so that the one it replaces is revoked, as whoever approved wanted.
func (c *Client) DeviceDone(ctx context.Context, key token.Secret, deviceCode string) error {
	return c.post(ctx, "/device/done", key, url.Values{"device_code": {deviceCode}}, &struct{}{})
}

func (c *Client) post(ctx context.Context, path string, key token.Secret, form url.Values, out any) error {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return fault.Wrap(fault.Internal, err)
	}
	c.header(req, key, Options{})
	req.Header["Content-Type"] = []string{"application/x-www-form-urlencoded"}
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return unreachable(err)
	}
	defer resp.Body.Close()
	body, err := readAll(resp)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return deviceRefusal(resp, body)
	}
	if err := json.Unmarshal(body, out); err != nil {
		return &fault.Error{Code: fault.Internal, Detail: foreignAnswer, Cause: err}
	}
	return nil
}

func deviceRefusal(resp *http.Response, body []byte) error {
	var out struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	if json.Unmarshal(body, &out) != nil || out.Error == "" {
		return refusal(resp, body)
	}
	wait, _ := strconv.Atoi(resp.Header.Get("Retry-After"))
	return &DeviceError{out.Error, out.Description, time.Duration(wait) * time.Second}
}

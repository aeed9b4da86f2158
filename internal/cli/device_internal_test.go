package cli

import (
	"errors"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/apiclient"
	"github.com/unstuckengine/unstuck/internal/fault"
)

func TestNextWait(t *testing.T) {
	say := func(code string, after time.Duration) error {
		return &apiclient.DeviceError{Code: code, RetryAfter: after}
	}
	for name, c := range map[string]struct {
		wait, want time.Duration
		err        error
		ends       bool
	}{
		"pending":           {5 * time.Second, 5 * time.Second, say("authorization_pending", 0), false},
		"too fast":          {5 * time.Second, 10 * time.Second, say("slow_down", 0), false},
		"too fast again":    {10 * time.Second, 15 * time.Second, say("slow_down", 0), false},
		"throttled":         {5 * time.Second, 30 * time.Second, say("temporarily_unavailable", 30*time.Second), false},
		"an outage":         {5 * time.Second, 10 * time.Second, fault.New(fault.APIUnreachable, ""), false},
		"a long outage":     {50 * time.Second, time.Minute, fault.New(fault.StoreUnavailable, ""), false},
		"denied":            {5 * time.Second, 0, say("access_denied", 0), true},
		"something strange": {5 * time.Second, 0, fault.New(fault.Internal, ""), true},
	} {
		got, err := nextWait(c.wait, c.err)
		if got != c.want || c.ends != (err != nil) || c.ends && !errors.Is(err, c.err) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestABrowserIsOpenedWhereThereIsOne(t *testing.T) {
	for name, c := range map[string]struct {
		system string
		env    map[string]string
		want   []string
	}{
		"a desktop":     {"linux", map[string]string{"DISPLAY": ":0"}, []string{"xdg-open"}},
		"Wayland":       {"freebsd", map[string]string{"WAYLAND_DISPLAY": "w"}, []string{"xdg-open"}},
		"a server":      {"linux", nil, nil},
		"over SSH":      {"linux", map[string]string{"DISPLAY": ":10", "SSH_CONNECTION": "x"}, nil},
		"a Mac":         {"darwin", nil, []string{"open"}},
		"a Mac far off": {"darwin", map[string]string{"SSH_TTY": "/dev/tty"}, nil},
		"Windows":       {"windows", nil, []string{"rundll32", "url.dll,FileProtocolHandler"}},
	} {
		got := opener(c.system, c.env, func(s string) (string, error) { return s, nil })
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
		if got := opener(c.system, c.env, func(string) (string, error) { return "", exec.ErrNotFound }); got != nil {
			t.Errorf("%s: a program that is not there: %v", name, got)
		}
	}
	for address, want := range map[string]bool{
		"https://x.example/device?user_code=A": true, "http://127.0.0.1:1/device": true,
		"file:///etc/passwd": false, "javascript:alert(1)": false, "--help": false, "": false, "https:": false,
	} {
		if isWeb(address) != want {
			t.Errorf("isWeb(%q) = %t", address, !want)
		}
	}
}

package devicelogin

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/text"
	"github.com/unstuckengine/unstuck/internal/token"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

const (
	maxOpen    = 10_000    // requests that may wait at once, over all sources
	kept       = time.Hour // how long an ended request can still be told from an unknown one
	codeDraws  = 5
	maxClaimed = 80 // characters of what a program tells of itself
)

// Keys makes and revokes keys. Its methods must join a transaction that the context carries, as those of *keys.Service do over one store.
type Keys interface {
	Create(ctx context.Context, actor activity.Actor, r keys.CreateRequest) (keys.Created, error)
	Rotate(ctx context.Context, actor activity.Actor, workspaceID, id string) (keys.Created, error)
	Revoke(ctx context.Context, actor activity.Actor, workspaceID, id string) (keys.Key, error)
	Get(ctx context.Context, workspaceID, id string) (keys.Key, time.Time, error)
}

// Config says what a Service works with. All but Rand must be set.
type Config struct {
	Store      Store
	Keys       Keys
	Workspaces keys.Workspaces
	// Take counts one attempt under the name and returns how long to wait when there were too many: exact over all processes.
	Take func(ctx context.Context, name string, perMinute, burst int) (wait time.Duration, err error)
	Now  func(ctx context.Context) (time.Time, error) // the store's clock
	Rand io.Reader                                    // nil = crypto/rand
}

// Service is the life of requests. All methods pass on the errors of Store.
type Service struct{ Config }

// New returns a Service.
func New(c Config) *Service {
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	return &Service{c}
}

// Asked is what a program asks for. Nobody has proved any of it.
type Asked struct {
	Client, Host string
	Source       string // the address that asks, as seen by us
	Preset       scope.Preset
	KeyName      string      // "" = made of program and machine
	Expiry       keys.Expiry // "" = keys.DefaultExpiry
	Replaces     string      // public id of the key to rotate; then the three above are that key's
}

// Begun is what a program is told of its request.
type Begun struct {
	DeviceCode, UserCode string
	Life, Interval       time.Duration
}

// Begin opens a request. validation_failed for what is asked; rate_limited when the source asks too often, or too many requests are open.
func (s *Service) Begin(ctx context.Context, a Asked) (Begun, error) {
	l, err := a.login()
	if err != nil {
		return Begun{}, err
	}
	if err := s.limit(ctx, beginLimit, a.Source); err != nil {
		return Begun{}, err
	}
	now, err := s.now(ctx)
	if err != nil {
		return Begun{}, err
	}
	if n, err := s.Store.CountDeviceLogins(ctx, now); err != nil {
		return Begun{}, err
	} else if n >= maxOpen {
		return Begun{}, tooMany(time.Minute)
	}
	l.CreatedAt, l.ExpiresAt, l.Interval, l.State = now, now.Add(Life), FirstInterval, Open
	return s.insert(ctx, l)
}

// insert draws the codes until the short one is free.
func (s *Service) insert(ctx context.Context, l Login) (Begun, error) {
	code, err := newDeviceCode(s.Rand)
	if err != nil {
		return Begun{}, fault.Wrap(fault.Internal, err)
	}
	l.CodeHash = Hash(code)
	for range codeDraws {
		if l.UserCode, err = newUserCode(s.Rand); err != nil {
			return Begun{}, fault.Wrap(fault.Internal, err)
		}
		if err = s.Store.InsertDeviceLogin(ctx, l); !errors.Is(err, &fault.Error{Code: fault.Conflict}) {
			break
		}
	}
	return Begun{DeviceCode: code, UserCode: l.UserCode, Life: Life, Interval: l.Interval}, err
}

// login returns the request, but for its codes and times.
func (a Asked) login() (Login, error) {
	l := Login{Client: claim(a.Client, "an unnamed program"), Host: claim(a.Host, "an unnamed machine"), Source: a.Source, Replaces: a.Replaces}
	if a.Replaces != "" {
		if !token.ValidID(a.Replaces) {
			return l, fault.Invalid("replaces", "must be the public id of a key: 8 hexadecimal digits")
		}
		return l, nil
	}
	if l.Preset = a.Preset; l.Preset == "" {
		l.Preset = scope.ReadOnly
	}
	if _, known := l.Preset.Set(); !known {
		return l, fault.Invalid("scope", "must be a preset", presetWords()...)
	}
	if l.Expiry = a.Expiry; l.Expiry == "" {
		l.Expiry = keys.DefaultExpiry
	}
	if !l.Expiry.Valid() {
		return l, fault.Invalid("expires", "must be one of the lifetimes", "never", "30", "90", "365")
	}
	if l.KeyName = a.KeyName; l.KeyName == "" {
		l.KeyName = claim(l.Client+" on "+l.Host, "")
	}
	return l, workspaces.CheckName("key_name", l.KeyName)
}

// claim returns what a program told of itself in a form that is fit to be shown.
func claim(told, absent string) string {
	runes := []rune(text.Clean(told))
	if len(runes) == 0 {
		return absent
	}
	return string(runes[:min(len(runes), maxClaimed)])
}

func presetWords() (out []string) {
	for _, p := range scope.Presets() {
		out = append(out, string(p))
	}
	return out
}

func (s *Service) now(ctx context.Context) (time.Time, error) {
	now, err := s.Now(ctx)
	return now.UTC().Truncate(time.Microsecond), err
}

// Purge drops requests that ended a while ago.
func (s *Service) Purge(ctx context.Context) (int64, error) {
	now, err := s.now(ctx)
	if err != nil {
		return 0, err
	}
	return s.Store.PurgeDeviceLogins(ctx, now.Add(-kept))
}

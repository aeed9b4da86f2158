package keys

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"strconv"
	"time"

	"github.com/unstuckengine/unstuck/internal/activity"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/token"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

// idDraws is how often a public id is drawn; 4 bytes clash now and then in a large database, but not so often in a row.
const idDraws = 10

// Workspaces is what the service needs to know of tenants.
type Workspaces interface {
	FindWorkspace(ctx context.Context, ref string) (workspaces.Workspace, error)
	ListMembers(ctx context.Context, workspaceID string) ([]workspaces.Member, error)
}

// ServiceConfig says what a Service works with.
type ServiceConfig struct {
	Store      Store                                        // must be set
	Workspaces Workspaces                                   // must be set
	Ring       *Keyring                                     // must be set
	Rand       io.Reader                                    // nil = crypto/rand
	Now        func(ctx context.Context) (time.Time, error) // the store's clock; must be set
}

// Service makes, lists, rotates and revokes keys, and writes each change into the activity log. No API key may call it,
// whatever its permissions: every change by such an actor is insufficient_scope. That a person is an admin of the
// workspace is for the caller to check. Every workspace argument is an id. All methods pass on the errors of Store.
type Service struct {
	ServiceConfig
}

// NewService returns a Service.
func NewService(c ServiceConfig) *Service {
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	return &Service{c}
}

// Created is a new key, with its secret this once.
type Created struct {
	Key    Key
	Secret token.Secret
}

// Create makes a key. feature_not_allowed when the plan does not include keys, validation_failed for the request,
// not_found for an unknown workspace.
func (s *Service) Create(ctx context.Context, actor activity.Actor, r CreateRequest) (Created, error) {
	w, now, err := s.begin(ctx, actor, r.WorkspaceID)
	if err != nil {
		return Created{}, err
	}
	k, err := r.key(now)
	if err != nil {
		return Created{}, err
	}
	if k.CreatedBy, err = s.creator(ctx, actor, w.ID, r.By); err != nil {
		return Created{}, err
	}
	k.WorkspaceID = w.ID
	return s.insert(ctx, actor, k, activity.KeyCreated, nil)
}

// begin checks who asks and what the workspace may have.
func (s *Service) begin(ctx context.Context, actor activity.Actor, workspaceID string) (w workspaces.Workspace, now time.Time, err error) {
	if err = noKey(actor); err != nil {
		return w, now, err
	}
	if w, err = s.Workspaces.FindWorkspace(ctx, workspaceID); err != nil {
		return w, now, err
	}
	if err = planGate(w.Plan); err != nil {
		return w, now, err
	}
	now, err = s.Now(ctx)
	return w, now.UTC().Truncate(time.Microsecond), err
}

// noKey refuses everyone but people: a key that could make keys would outlive its own revocation.
func noKey(actor activity.Actor) error {
	if actor.Kind == activity.Person || actor.Kind == activity.Operator {
		return nil
	}
	return refusal(fault.InsufficientScope)
}

// creator returns whom the key is said to be made by: the actor, or the member that an operator names.
func (s *Service) creator(ctx context.Context, actor activity.Actor, workspaceID, by string) (string, error) {
	if by == "" {
		return actor.Name, nil
	}
	members, err := s.Workspaces.ListMembers(ctx, workspaceID)
	if err != nil {
		return "", err
	}
	for _, m := range members {
		if m.Is(by) {
			return m.Email, nil
		}
	}
	return "", fault.Invalid("by", "must be the email of a member of the workspace")
}

// insert draws secrets until the public id is free, and adds the row with its entry.
func (s *Service) insert(ctx context.Context, actor activity.Actor, k Key, action activity.Action, detail map[string]string) (Created, error) {
	var err error
	for range idDraws {
		var secret token.Secret
		if secret, err = token.Mint(s.Rand); err != nil {
			return Created{}, fault.Wrap(fault.Internal, err)
		}
		k.ID = secret.ID()
		s.Ring.Seal(&k, secret)
		err = s.Store.InsertKey(ctx, k, entry(actor, k, k.CreatedAt, action, detail))
		if err == nil {
			return Created{Key: k, Secret: secret}, nil
		}
		if !errors.Is(err, &fault.Error{Code: fault.Conflict}) {
			break
		}
	}
	return Created{}, err
}

func entry(actor activity.Actor, k Key, at time.Time, action activity.Action, more map[string]string) activity.Entry {
	detail := map[string]string{"name": k.Name, "preset": string(k.Preset), "permissions": k.Permissions.String(), "expiry": string(k.Expiry)}
	if k.SpendLimit != nil {
		detail["spend_limit"] = strconv.FormatInt(*k.SpendLimit, 10)
	}
	for name, value := range more {
		detail[name] = value
	}
	return activity.New(k.WorkspaceID, at, actor, action, activity.ObjectKey, k.ID, detail)
}

// Rotate makes a key beside the key id, with its name, permissions, spend limit and choice of expiry; both work until the old one is
// revoked or expires. A key that expires at an exact time passes that time on, or, when it is over, a life as long as
// its own was. already_revoked for a revoked key; otherwise as Create.
func (s *Service) Rotate(ctx context.Context, actor activity.Actor, workspaceID, id string) (Created, error) {
	w, now, err := s.begin(ctx, actor, workspaceID)
	if err != nil {
		return Created{}, err
	}
	old, err := s.Store.GetKey(ctx, w.ID, id)
	if err != nil {
		return Created{}, err
	}
	if old.Status(now) == Revoked {
		return Created{}, refusal(fault.AlreadyRevoked)
	}
	k := Key{
		WorkspaceID: w.ID, Name: old.Name, Preset: old.Preset, Permissions: old.Permissions,
		CreatedAt: now, CreatedBy: actor.Name, Expiry: old.Expiry, ExpiresAt: old.Expiry.from(now), SpendLimit: old.SpendLimit, Replaces: old.ID,
	}
	if old.Expiry == ExpiryExact {
		if k.ExpiresAt = old.ExpiresAt; !k.ExpiresAt.After(now) {
			k.ExpiresAt = now.Add(old.ExpiresAt.Sub(old.CreatedAt))
		}
	}
	return s.insert(ctx, actor, k, activity.KeyRotated, map[string]string{"replaces": old.ID})
}

// Revoke ends the key id for good, from the next request on, and returns the row as it then is. Any plan may revoke.
// already_revoked when it was revoked before; not_found when the workspace has no such key.
func (s *Service) Revoke(ctx context.Context, actor activity.Actor, workspaceID, id string) (Key, error) {
	if err := noKey(actor); err != nil {
		return Key{}, err
	}
	k, err := s.Store.GetKey(ctx, workspaceID, id)
	if err != nil {
		return Key{}, err
	}
	now, err := s.Now(ctx)
	if err != nil {
		return Key{}, err
	}
	now = now.UTC().Truncate(time.Microsecond)
	return s.Store.RevokeKey(ctx, workspaceID, id, actor.Name, now, entry(actor, k, now, activity.KeyRevoked, nil))
}

// List returns the workspace's keys, newest first, and the time at which they are to be judged.
func (s *Service) List(ctx context.Context, workspaceID string) ([]Key, time.Time, error) {
	now, err := s.Now(ctx)
	if err != nil {
		return nil, now, err
	}
	list, err := s.Store.ListKeys(ctx, workspaceID)
	return list, now, err
}

// Get returns one key and the time at which it is to be judged. not_found when the workspace has no such key.
func (s *Service) Get(ctx context.Context, workspaceID, id string) (Key, time.Time, error) {
	now, err := s.Now(ctx)
	if err != nil {
		return Key{}, now, err
	}
	k, err := s.Store.GetKey(ctx, workspaceID, id)
	return k, now, err
}

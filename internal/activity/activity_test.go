package activity_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/unstuckengine/unstuck/internal/activity"
)

var at = time.Date(2027, 1, 1, 1, 0, 0, 123456789, time.FixedZone("", 3600))

func TestNew(t *testing.T) {
	a := activity.New("w", at, activity.OperatorActor("root"), activity.KeyCreated, activity.ObjectKey, "a1b2c3d4", nil)
	b := activity.New("w", at, activity.OperatorActor("root"), activity.KeyCreated, activity.ObjectKey, "a1b2c3d4", nil)
	if want := time.Date(2027, 1, 1, 0, 0, 0, 123456000, time.UTC); a.At != want {
		t.Errorf("At = %v, want %v", a.At, want)
	}
	id, err := uuid.Parse(a.ID)
	if err != nil || id.Version() != 7 || a.ID >= b.ID {
		t.Errorf("ids %s and %s, %v; want growing UUIDs of version 7", a.ID, b.ID, err)
	}
}

func TestViews(t *testing.T) {
	for name, c := range map[string]struct {
		actor  activity.Actor
		detail map[string]string
		want   string
	}{
		"person":   {activity.PersonActor("ann@example.com"), map[string]string{"b": "2", "a": "1"}, `"actor":"ann@example.com","actor_kind":"person","action":"key.revoked","object":{"type":"key","id":"o"},"detail":{"a":"1","b":"2"}}`},
		"operator": {activity.OperatorActor("root"), nil, `"actor":"operator:root","actor_kind":"operator","action":"key.revoked","object":{"type":"key","id":"o"},"detail":{}}`},
		"key":      {activity.KeyActor("a1b2c3d4", "bot"), nil, `"actor":"bot","actor_kind":"key","badge":"API key","key_id":"a1b2c3d4","action":"key.revoked","object":{"type":"key","id":"o"},"detail":{}}`},
	} {
		e := activity.New("w", at, c.actor, activity.KeyRevoked, activity.ObjectKey, "o", c.detail)
		e.ID = "e"
		got, err := json.Marshal(e.View())
		if want := `{"id":"e","at":"2027-01-01T00:00:00.123456Z",` + c.want; string(got) != want || err != nil {
			t.Errorf("%s: %s, %v\nwant %s", name, got, err, want)
		}
	}
}

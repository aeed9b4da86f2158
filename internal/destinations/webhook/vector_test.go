package webhook

import (
	"net/http"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/settings"
)

// TestOfficialVector signs the example of the specification.
func TestOfficialVector(t *testing.T) {
	s := New(nil, func() time.Time { return time.Unix(1614265330, 0) })
	h := http.Header{}
	to := destinations.Target{Signing: []settings.Secret{settings.NewSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")}}
	if err := s.sign(h, to, "msg_p5jXN8AQM9LWM0D4loKWxJek", []byte(`{"test": 2432232314}`)); err != nil {
		t.Fatal(err)
	}
	if got := h.Get("Webhook-Signature"); got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" || h.Get("Webhook-Timestamp") != "1614265330" || h.Get("Webhook-Id") != "msg_p5jXN8AQM9LWM0D4loKWxJek" {
		t.Errorf("%v", h)
	}
	if err := s.sign(h, destinations.Target{}, "m", nil); err == nil {
		t.Error("a message is sent without a signature")
	}
}

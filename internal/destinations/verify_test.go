package destinations_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// verify is a receiver's part of Standard Webhooks, written by its specification and by nothing of ours: the message is of the last five minutes, and one
// of the signatures is that of id, time and body under the secret.
func verify(secret string, h http.Header, body []byte, now time.Time) error {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) < 24 || len(key) > 64 {
		return errors.New("the secret has not 24 to 64 bytes")
	}
	at, err := strconv.ParseInt(h.Get("Webhook-Timestamp"), 10, 64)
	if err != nil || now.Sub(time.Unix(at, 0)).Abs() > 5*time.Minute {
		return errors.New("the time is missing or not now")
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(h.Get("Webhook-Id") + "." + h.Get("Webhook-Timestamp") + "."))
	mac.Write(body)
	for _, one := range strings.Fields(h.Get("Webhook-Signature")) {
		version, text, _ := strings.Cut(one, ",")
		given, err := base64.StdEncoding.DecodeString(text)
		if version == "v1" && err == nil && hmac.Equal(given, mac.Sum(nil)) {
			return nil
		}
	}
	return errors.New("no signature is right")
}

// TestVerifierKnowsTheOfficialVector holds the verifier of these tests to the example of the specification.
func TestVerifierKnowsTheOfficialVector(t *testing.T) {
	h := http.Header{"Webhook-Id": {"msg_p5jXN8AQM9LWM0D4loKWxJek"}, "Webhook-Timestamp": {"1614265330"},
		"Webhook-Signature": {"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}}
	now := time.Unix(1614265330, 0)
	const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	if err := verify(secret, h, []byte(`{"test": 2432232314}`), now); err != nil {
		t.Error(err)
	}
	if verify(secret, h, []byte(`{"test": 2432232315}`), now) == nil || verify(secret, h, []byte(`{"test": 2432232314}`), now.Add(6*time.Minute)) == nil {
		t.Error("a changed body or an old message is taken")
	}
}

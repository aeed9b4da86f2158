package keys_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/keys"
	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/token"
)

const vector = "unstuck_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf067pPw_a1b2c3d4"

func mustParse(t testing.TB, text string) token.Secret {
	t.Helper()
	s, err := token.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestMACIsTheDocumentedOne(t *testing.T) {
	ring := mustRing(t, pepper(3))
	derive := hmac.New(sha256.New, pepper(3).Secret)
	derive.Write([]byte("unstuck-derive-v1\x00key-mac"))
	h := hmac.New(sha256.New, derive.Sum(nil))
	h.Write([]byte("unstuck-key-v1\x00" + vector))
	for range 3 { // pooled hashes give the same again
		if got, ok := ring.MAC(3, mustParse(t, vector)); !ok || !bytes.Equal(got[:], h.Sum(nil)) {
			t.Fatalf("MAC = %x, %v", got, ok)
		}
	}
	if _, ok := ring.MAC(4, mustParse(t, vector)); ok {
		t.Error("a MAC under a pepper that the ring lacks")
	}
}

func TestDerivedKeysDiffer(t *testing.T) {
	ring := mustRing(t, pepper(2), pepper(1))
	old, ok := ring.DeriveAt(1, "cursor")
	if !ok || ring.KID() != 2 {
		t.Fatalf("DeriveAt(1) = %v; KID = %d", ok, ring.KID())
	}
	current, _ := ring.DeriveAt(2, "cursor")
	if !bytes.Equal(current, ring.Derive("cursor")) {
		t.Error("Derive does not use the newest pepper")
	}
	seen := map[string]bool{string(old): true}
	for _, label := range []string{"cursor", "seal", "key-mac", "row-tag", ""} {
		k := string(ring.Derive(label))
		if len(k) != 32 || seen[k] {
			t.Errorf("label %q: a key of %d bytes, seen before: %v", label, len(k), seen[k])
		}
		seen[k] = true
	}
	if _, ok := ring.DeriveAt(9, "cursor"); ok {
		t.Error("a key from a pepper that the ring lacks")
	}
}

func TestParseKeyring(t *testing.T) {
	raw := pepper(1).Secret
	b64, hx := base64.StdEncoding.EncodeToString(raw), hex.EncodeToString(raw)
	url := base64.RawURLEncoding.EncodeToString(bytes.Repeat([]byte{0xfb, 0xff}, 20))
	drawn, err := keys.NewKeyringText(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text string
		kid  int // 0 = refused
	}{
		"base64": {b64, 1}, "hexadecimal": {hx, 1}, "URL form": {url, 1}, "named": {"7:" + b64, 7},
		"lines":      {"# a comment, with a comma\n\n2:" + b64 + "\r\n 1:" + hx + "\n", 2},
		"commas":     {"2:" + b64 + ", 1:" + hx, 2},
		"made by us": {drawn, 1},
		"empty":      {"", 0}, "comment alone": {"# " + b64, 0}, "short": {hx[:62], 0}, "short base64": {base64.StdEncoding.EncodeToString(raw[:31]), 0},
		"password": {"correct horse battery staple correct horse", 0}, "odd": {"?" + b64, 0}, "two without ids": {b64 + "\n" + hx, 0},
		"id twice": {"1:" + b64 + ",1:" + hx, 0}, "id 0": {"0:" + b64, 0}, "id no number": {"new:" + b64, 0}, "id too high": {"2147483648:" + b64, 0},
		"trailing comma": {b64 + ",", 0},
	} {
		ring, err := keys.ParseKeyring(c.text)
		switch {
		case c.kid == 0 && err == nil:
			t.Errorf("%s: accepted", name)
		case c.kid == 0 && len(c.text) > 20 && strings.Contains(err.Error(), c.text[len(c.text)-10:]):
			t.Errorf("%s: the error holds the text: %v", name, err)
		case c.kid != 0 && (err != nil || ring.KID() != c.kid):
			t.Errorf("%s: %v, %v; want id %d", name, ring, err, c.kid)
		}
	}
}

func TestBothSpellingsAreOnePepper(t *testing.T) {
	raw := pepper(1).Secret
	a, _ := keys.ParseKeyring(base64.StdEncoding.EncodeToString(raw))
	b, _ := keys.ParseKeyring("1:" + hex.EncodeToString(raw))
	if x, y := a.Derive("x"), b.Derive("x"); !bytes.Equal(x, y) || !bytes.Equal(x, mustRing(t, pepper(1)).Derive("x")) {
		t.Error("the same pepper in two spellings derives two keys")
	}
}

func TestKeyringIsNotPrinted(t *testing.T) {
	p := keys.Pepper{KID: 1, Secret: bytes.Repeat([]byte("pepper!!"), 4)}
	ring := mustRing(t, p)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%d"} {
		if out := fmt.Sprintf(verb, ring); strings.Contains(out, "pepper!!") || strings.Contains(out, hex.EncodeToString(p.Secret[:8])) || strings.Contains(out, "112 101") {
			t.Errorf("%s shows a pepper: %s", verb, out)
		}
	}
}

func TestRowTagCoversWhatAKeyMayDo(t *testing.T) {
	ring := mustRing(t, pepper(2), pepper(1))
	k := keys.Key{ID: "a1b2c3d4", WorkspaceID: "w", Name: "n", Preset: scope.Custom, Permissions: scope.Of(scope.RecordsRead), ExpiresAt: start}
	want, _ := ring.RowTag(2, k)
	for name, change := range map[string]func(*keys.Key){
		"id":          func(k *keys.Key) { k.ID = "a1b2c3d5" },
		"workspace":   func(k *keys.Key) { k.WorkspaceID = "v" },
		"preset":      func(k *keys.Key) { k.Preset = scope.Full },
		"permissions": func(k *keys.Key) { k.Permissions = scope.Of(scope.SettingsWrite) },
		"expiry":      func(k *keys.Key) { k.ExpiresAt = start.Add(time.Microsecond) },
		"no expiry":   func(k *keys.Key) { k.ExpiresAt = time.Time{} },
		"parts moved": func(k *keys.Key) { k.ID, k.WorkspaceID = "a1b2c3d", "4w" },
		"a limit":     func(k *keys.Key) { k.SpendLimit = new(int64) },
	} {
		other := k
		change(&other)
		if got, _ := ring.RowTag(2, other); got == want {
			t.Errorf("%s: the tag stays", name)
		}
	}
	if got, _ := ring.RowTag(1, k); got == want {
		t.Error("two peppers give one tag")
	}
	if a, b := limitTag(ring, k, 5), limitTag(ring, k, 6); a == b {
		t.Error("two limits give one tag")
	}
	k.Name, k.LastUsedAt = "m", start
	if got, _ := ring.RowTag(2, k); got != want {
		t.Error("the tag depends on more")
	}
	if _, ok := ring.RowTag(9, k); ok {
		t.Error("a tag under a pepper that the ring lacks")
	}
}

func limitTag(ring *keys.Keyring, k keys.Key, limit int64) [32]byte {
	k.SpendLimit = &limit
	tag, _ := ring.RowTag(2, k)
	return tag
}

// TestRowTagIsTheDocumentedOne pins the bytes of keys without a limit, which rows had before there were limits.
func TestRowTagIsTheDocumentedOne(t *testing.T) {
	ring := mustRing(t, pepper(3))
	k := keys.Key{ID: "a1b2c3d4", WorkspaceID: "w", Preset: scope.Custom, Permissions: scope.Of(scope.RecordsRead), ExpiresAt: start}
	expires := binary.BigEndian.AppendUint64(nil, uint64(start.UnixMicro()))
	parts := []string{"a1b2c3d4", "w", "custom", "records:read", string(expires)}
	for _, limited := range []bool{false, true} {
		if limited {
			limit := int64(7)
			k.SpendLimit = &limit
			parts = append(parts, "\x00\x00\x00\x00\x00\x00\x00\x07")
		}
		derive := hmac.New(sha256.New, pepper(3).Secret)
		derive.Write([]byte("unstuck-derive-v1\x00row-tag"))
		h := hmac.New(sha256.New, derive.Sum(nil))
		for _, p := range parts {
			h.Write(binary.BigEndian.AppendUint32(nil, uint32(len(p))))
			h.Write([]byte(p))
		}
		if got, ok := ring.RowTag(3, k); !ok || !bytes.Equal(got[:], h.Sum(nil)) {
			t.Errorf("limited %t: tag = %x, %v", limited, got, ok)
		}
	}
}

func BenchmarkParseAndMAC(b *testing.B) {
	ring, text := mustRing(b, pepper(1)), vector
	b.ReportAllocs()
	for b.Loop() {
		s, _ := token.Parse(text)
		ring.MAC(1, s)
	}
}

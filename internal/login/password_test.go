package login_test

import (
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/login"
)

func TestCheckPassword(t *testing.T) {
	for password, ok := range map[string]bool{
		"four words are fine": true, "Grüße aus Köln!": true, "パスワードは長い方がよい": true, strings.Repeat("ab7 ", 50): true, "kq83jd0x2m": true,
		"short": false, "ninechars": false, strings.Repeat("ab7 ", 50) + "x": false, "": false, "bad \xff utf8": false,
		"password123": false, "Password1234": false, "  QWERTYUIOP  ": false, "1234567890": false, "aaaaaaaaaaaa": false, "abababababab": false,
		"bcdefghijklmn": false, "unstuck2026": false, "margaret@example.com": false, "Margaret2026!": false, "correct horse battery staple": false,
	} {
		if err := login.CheckPassword(password, "margaret@example.com"); (err == nil) != ok || !ok && fault.CodeOf(err) != fault.ValidationFailed {
			t.Errorf("CheckPassword(%q) = %v, want ok %t", password, err, ok)
		}
	}
}

// FuzzPHC holds that nothing is read but what would be written the same, and that no row can ask for the whole machine.
func FuzzPHC(f *testing.F) {
	good := "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$" + strings.Repeat("A", 43)
	for _, seed := range []string{
		good, "", "$", "$$$$$", strings.Replace(good, "19456", "019456", 1), strings.Replace(good, "argon2id", "argon2i", 1), strings.Replace(good, "v=19", "v=16", 1),
		strings.Replace(good, "t=2", "t=0", 1), strings.Replace(good, "m=19456", "m=4294967295", 1), strings.Replace(good, "p=1", "p=255", 1), good + "=", good[:len(good)-1] + "B",
	} {
		f.Add(seed)
	}
	if again, ok := login.Reads(good); !ok || again != good {
		f.Fatalf("the good one: %t %s", ok, again)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if again, ok := login.Reads(text); ok && again != text {
			t.Errorf("read %q, wrote %q", text, again)
		}
	})
}

func TestBadHashesAreRefused(t *testing.T) {
	good := "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$" + strings.Repeat("A", 43)
	for _, c := range [][2]string{{"19456", "019456"}, {"argon2id", "argon2i"}, {"v=19", "v=16"}, {"t=2", "t=0"}, {"m=19456", "m=4194304"}, {"p=1", "p=255"}, {"p=1", "p=0"}, {"$c29", "$ c29"}} {
		if _, ok := login.Reads(strings.Replace(good, c[0], c[1], 1)); ok {
			t.Errorf("%s in place of %s is read", c[1], c[0])
		}
	}
}

func TestDevice(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                     "Firefox on Windows",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0":        "Edge on Windows",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15":                "Safari on Mac",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604": "Chrome on iPhone",
		"Mozilla/5.0 (Linux; Android 15; Pixel) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36":                  "Chrome on Android",
		"curl/8.5.0": "curl", "Something (X11; Linux x86_64)": "A program on Linux", "": "Unknown device", "<script>alert(1)</script>": "Unknown device",
	} {
		if got := login.Device(agent); got != want {
			t.Errorf("%s: %q, want %q", agent, got, want)
		}
	}
}

func TestSource(t *testing.T) {
	for address, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "2001:db8:1:2:3::4": "2001:db8:1:2::/64", "2001:db8:1:2:ffff::9": "2001:db8:1:2::/64", "fe80::1%eth0": "fe80::/64", "odd": "odd",
	} {
		if got := login.Source(address); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}

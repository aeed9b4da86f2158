package outbound_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/unstuckengine/unstuck/internal/outbound"
	"github.com/unstuckengine/unstuck/internal/testkit/internet"
)

// special are the prefixes of the IANA special-purpose registries for IPv4 and IPv6 that are no place of the internet, with those for
// multicast and for what was never assigned.
var special = []string{
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24",
	"192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",
	"240.0.0.0/4", "255.255.255.255/32",
	"::/128", "::1/128", "::ffff:0:0/96", "::/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "100:0:0:1::/64", "2001::/32", "2001:1::1/128", "2001:1::2/128",
	"2001:2::/48", "2001:3::/32", "2001:4:112::/48", "2001:10::/28", "2001:20::/28", "2001:30::/28", "2001::/23", "2001:db8::/32", "2002::/16",
	"2620:4f:8000::/48", "3fff::/20", "5f00::/16", "4000::/3", "fc00::/7", "fd00::/8", "fe80::/10", "fec0::/10", "ff00::/8",
}

// inside are addresses within, by IPv4, that the forms of translation are made for; the first stands for a cloud's metadata.
var inside = []string{"169.254.169.254", "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "172.31.255.254", "192.168.1.1", "100.64.0.1", "0.0.0.0", "0.0.0.1",
	"100.100.100.200", "168.63.129.16"} // where Alibaba and Azure keep theirs; the last is in no special prefix

// forbidden returns the first and last address of each special prefix, and every form in which IPv6 carries an inside address of IPv4.
func forbidden(t *testing.T) (list []string) {
	t.Helper()
	for _, s := range special {
		p := netip.MustParsePrefix(s)
		raw := p.Addr().AsSlice()
		for bit := p.Bits(); bit < len(raw)*8; bit++ {
			raw[bit/8] |= 0x80 >> (bit % 8)
		}
		last, ok := netip.AddrFromSlice(raw)
		if !ok {
			t.Fatal(s)
		}
		list = append(list, p.Addr().String(), last.String())
	}
	for _, s := range inside {
		b := netip.MustParseAddr(s).As4()
		hex := fmt.Sprintf("%02x%02x:%02x%02x", b[0], b[1], b[2], b[3])
		list = append(list, s, "::ffff:"+s, "::"+hex, "64:ff9b::"+hex, "64:ff9b:1::"+hex, "2002:"+hex+"::1", "::ffff:0:"+hex,
			fmt.Sprintf("2001:0:808:808:0:0:%02x%02x:%02x%02x", ^b[0], ^b[1], ^b[2], ^b[3]))
	}
	return list
}

// spellings are other ways to write this machine's own address as the host of a URL.
var spellings = []string{
	"2130706433", "0x7f000001", "0x7f.0x0.0x0.0x1", "017700000001", "0177.0.0.1", "127.1", "127.0.1", "127.0.0.1.", "0", "0.0.0.0", "00000000177.0.0.1",
	"localhost", "localhost.", "LOCALHOST", "sub.localhost", "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
	"[::ffff:0:127.0.0.1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::1%25lo]", "[::1%25eth0]", "[fe80::1%25lo]", "[::ffff:127.0.0.1%25lo]",
	"\uff11\uff12\uff17.0.0.1", "127\u30020\u30020\u30021", "①②⑦.⓪.⓪.①", "127.0.0.1.nip.test", "7f000001.nip.test", "loop.nip.test",
}

// watch is an internet in which the way to every other address is open too, so that only the client's own judgement keeps it from there.
type watch struct {
	*internet.Net
	went    atomic.Int64 // connections that were begun to other addresses than those of sites
	reached atomic.Int64 // connections that listeners inside took
	ports   []string
}

func newWatch(t *testing.T) *watch {
	t.Helper()
	w := &watch{Net: internet.New(t)}
	for _, at := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", at)
		if err != nil {
			t.Logf("no listener on %s: %v", at, err)
			continue
		}
		_, port, _ := net.SplitHostPort(l.Addr().String())
		w.ports = append(w.ports, port)
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				conn, err := l.Accept()
				if err != nil {
					return
				}
				w.reached.Add(1)
				_, _ = conn.Read(make([]byte, 1000))                       // an answer that comes before the request is none;
				_, _ = conn.Write([]byte("HTTP/1.0 200 OK\r\n\r\ninside")) // who asked may have left
				_ = conn.Close()
			}
		}()
		t.Cleanup(func() { _ = l.Close(); <-done })
	}
	return w
}

// dial leads to the sites, and really to everywhere else.
func (w *watch) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if strings.HasPrefix(address, "11.0.") {
		return w.Dial(ctx, network, address)
	}
	w.went.Add(1)
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

func get(c *outbound.Client, url string) (*outbound.Answer, error) {
	req, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		return nil, err // no URL: nothing is asked
	}
	return c.Do(context.Background(), req, outbound.Limit{})
}

// TestNothingInsideIsReached tries every forbidden address as it is, by a name, and by a redirect of each kind; every spelling of this
// machine, on the usual ports and on those where something listens; and names whose addresses change or are mixed.
func TestNothingInsideIsReached(t *testing.T) {
	w := newWatch(t)
	c := w.Client(t, outbound.Config{Dial: w.dial, Allow: []netip.Prefix{netip.MustParsePrefix("10.99.0.0/16"), netip.MustParsePrefix("64:ff9b::/96")}})
	tried := 0
	refuse := func(url string) {
		t.Helper()
		tried++
		if _, err := get(c, url); !errors.Is(err, outbound.ErrForbidden) {
			t.Errorf("%s: %v", url, err)
		}
	}
	var to string
	var status int
	w.Site("open.test", http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.Header().Set("Location", to); rw.WriteHeader(status) }))
	for i, address := range forbidden(t) {
		host := address
		if strings.Contains(address, ":") {
			host = "[" + address + "]"
		}
		name := fmt.Sprintf("h%d.hostile.test", i)
		w.A(name, address)
		for _, scheme := range []string{"http", "https"} {
			refuse(scheme + "://" + host + "/")
			refuse(scheme + "://" + name + "/")
		}
		for _, status = range []int{301, 302, 303, 307, 308} {
			to = "https://" + host + "/"
			refuse("https://open.test/")
			to = "http://" + name + "/"
			refuse("http://open.test/")
		}
	}
	for _, name := range []string{"127.0.0.1.nip.test", "7f000001.nip.test", "loop.nip.test"} {
		w.A(name, "127.0.0.1", "::1")
	}
	for _, host := range spellings {
		for _, port := range append([]string{"80", "443"}, w.ports...) {
			tried++
			if answer, err := get(c, "http://"+host+":"+port+"/"); err == nil { // forbidden, or no name, or no URL at all
				t.Errorf("%s on port %s: status %d", host, port, answer.Status)
			}
		}
	}
	if n, m := w.went.Load(), w.reached.Load(); n != 0 || m != 0 {
		t.Errorf("%d connections begun, %d taken", n, m)
	}
	t.Logf("forbidden targets tried %d, connections %d", tried, w.went.Load())
	if tried < 1500 {
		t.Errorf("only %d targets tried", tried)
	}
}

// TestTheListenersWork shows that the count above can be other than 0.
func TestTheListenersWork(t *testing.T) {
	w := newWatch(t)
	c := outbound.New(outbound.Config{Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}})
	defer c.Close()
	answer, err := get(c, "http://127.0.0.1:"+w.ports[0]+"/")
	if err != nil || string(answer.Body) != "inside" || w.reached.Load() != 1 {
		t.Errorf("%v, %d connections", err, w.reached.Load())
	}
}

// TestTheKernelsAddressIsJudged takes away the judgement before the dial: what the dialer's Control says is enough.
func TestTheKernelsAddressIsJudged(t *testing.T) {
	c := outbound.New(outbound.Config{})
	for _, address := range forbidden(t) {
		if err := outbound.Control(c, "tcp", net.JoinHostPort(address, "443")); !errors.Is(err, outbound.ErrForbidden) {
			t.Errorf("%s: %v", address, err)
		}
	}
	for _, bad := range [][2]string{{"udp", "1.1.1.1:443"}, {"tcp4", "1.1.1.1:22"}, {"tcp4", "1.1.1.1"}, {"unix", "/run/x"}} {
		if err := outbound.Control(c, bad[0], bad[1]); !errors.Is(err, outbound.ErrForbidden) {
			t.Errorf("%v: %v", bad, err)
		}
	}
	for _, good := range []string{"1.1.1.1:443", "[2606:4700::1]:80", "[::ffff:1.1.1.1]:443"} {
		if err := outbound.Control(c, "tcp", good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
}

// TestAnAddressIsJudgedWhereItIsUsed lets a name change its address after it was found harmless.
func TestAnAddressIsJudgedWhereItIsUsed(t *testing.T) {
	w := newWatch(t)
	w.Page("rebind.test", "<p>public</p>")
	w.Change("rebind.test", func(n int) []string {
		if n == 0 {
			return []string{"11.0.0.1"}
		}
		return []string{"127.0.0.1"}
	})
	c := w.Client(t, outbound.Config{Dial: w.dial})
	if _, err := get(c, "http://rebind.test/"); err != nil || w.Asked("rebind.test") != 1 {
		t.Fatalf("%v, asked %d times for one connection", err, w.Asked("rebind.test"))
	}
	c.Close()
	if _, err := get(c, "http://rebind.test/"); !errors.Is(err, outbound.ErrForbidden) {
		t.Error(err)
	}
	if n := w.went.Load(); n != 0 {
		t.Errorf("%d connections", n)
	}
}

// TestOfMixedAddressesThePublicOneIsUsed holds for a name that has inside addresses too.
func TestOfMixedAddressesThePublicOneIsUsed(t *testing.T) {
	w := newWatch(t)
	w.Page("mixed.test", "<p>public</p>")
	w.Change("mixed.test", func(int) []string { return []string{"127.0.0.1", "::1", "11.0.0.1", "169.254.169.254"} })
	if _, err := get(w.Client(t, outbound.Config{Dial: w.dial}), "https://mixed.test/"); err != nil || w.went.Load() != 0 {
		t.Errorf("%v, %d connections", err, w.went.Load())
	}
}

// TestURLsThatAreNotAsked are refused before a name is looked up.
func TestURLsThatAreNotAsked(t *testing.T) {
	w := newWatch(t)
	w.Page("good.test", "")
	c := w.Client(t, outbound.Config{})
	for _, url := range []string{"ftp://good.test/", "file:///etc/passwd", "gopher://good.test/", "//good.test/", "http:///x", "http://u@good.test/", "https://u:p@good.test/",
		"http://good.test:22/", "https://good.test:8443/", "http://good.test:6379/"} {
		if _, err := get(c, url); !errors.Is(err, outbound.ErrForbidden) {
			t.Errorf("%s: %v", url, err)
		}
	}
	if d := w.Dialed(); len(d) > 0 {
		t.Errorf("dialled %v", d)
	}
}

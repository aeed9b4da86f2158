package destinations_test

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
)

var hostilePeople = flag.Int("hostile", 8, "how many people TestHostileReceivers sends to each receiver")

// spoiled is how often a hostile receiver misbehaves at each message before it takes it.
const spoiled = 2

// villain is a receiver that misbehaves, and what it was sent.
type villain struct {
	host   string
	secret string
	id     string // of its destination
	hides  bool   // its name leads elsewhere at first

	mu       sync.Mutex
	tries    map[string]int  // by the id of the message
	records  map[string]bool // by record and id of the message, so that an id that changed its content is seen
	taken    map[string]bool // messages that it took, or seemed to
	requests int
	forged   int // requests whose signature does not hold
}

// note keeps a request, and reports whether this time it is to be taken.
func (v *villain) note(h http.Header, body []byte) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.requests++
	if verify(v.secret, h, body, time.Now()) != nil {
		v.forged++
	}
	id := h.Get("Webhook-Id")
	v.tries[id]++
	v.records[id+string(body)] = true
	if v.tries[id] > spoiled {
		v.taken[id] = true
		return true
	}
	return false
}

// takes is noted where the receiver has said 200, whatever it says then.
func (v *villain) takes(id string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.taken[id] = true
}

// site is a villain behind an HTTP server.
func (v *villain) site(spoil func(w http.ResponseWriter, r *http.Request, n int)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if v.note(r.Header, body) {
			w.WriteHeader(http.StatusOK)
			return
		}
		v.mu.Lock()
		n := v.requests
		v.mu.Unlock()
		spoil(w, r, n)
	})
}

// raw is a villain that writes to the connection itself.
func (v *villain) raw(spoil func(c net.Conn)) func(net.Conn) {
	return func(c net.Conn) {
		in := bufio.NewReader(c)
		for {
			r, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			body, _ := io.ReadAll(r.Body)
			if !v.note(r.Header, body) {
				spoil(c)
				return
			}
			if _, err := io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n"); err != nil {
				return
			}
		}
	}
}

// slowly writes a text a byte at a time, until nobody listens any more.
func slowly(c net.Conn, text string) {
	for _, b := range []byte(text) {
		if _, err := c.Write([]byte{b}); err != nil {
			return
		}
		time.Sleep(40 * time.Millisecond)
	}
}

func says(text string) func(net.Conn) {
	return func(c net.Conn) { _, _ = io.WriteString(c, text) }
}

// forbidden are addresses to which nothing may ever be sent.
var forbidden = []string{"127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1", "fe80::1", "fd00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"}

// gallery starts every villain.
func (d *depot) gallery(t *testing.T, round *atomic.Int64) (all []*villain, elsewhere *atomic.Int64) {
	elsewhere = &atomic.Int64{}
	d.net.Site("elsewhere.test", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	d.net.A("inside.test", "10.0.0.1")
	add := func(host string) *villain {
		v := &villain{host: host, tries: map[string]int{}, records: map[string]bool{}, taken: map[string]bool{}}
		all = append(all, v)
		return v
	}
	site := func(host string, spoil func(v *villain, w http.ResponseWriter, r *http.Request, n int)) {
		v := add(host)
		d.net.Site(host, v.site(func(w http.ResponseWriter, r *http.Request, n int) { spoil(v, w, r, n) }))
	}
	raw := func(host string, spoil func(net.Conn)) { d.net.Raw(t, host, add(host).raw(spoil)) }

	site("fails.test", func(_ *villain, w http.ResponseWriter, _ *http.Request, n int) {
		w.WriteHeader([]int{500, 503, 404, 400, 301, 429}[n%6])
	})
	site("stalls.test", func(_ *villain, _ http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done() })
	inward := []string{"https://127.0.0.1/", "http://169.254.169.254/latest/meta-data/", "https://[::1]/", "https://inside.test/", "https://localhost/", "http://elsewhere.test/", "//inside.test/", "/again"}
	site("leads-inside.test", func(_ *villain, w http.ResponseWriter, _ *http.Request, n int) {
		w.Header().Set("Location", inward[n%len(inward)])
		w.WriteHeader([]int{301, 302, 303, 307, 308}[n%5])
	})
	site("leads-elsewhere.test", func(_ *villain, w http.ResponseWriter, r *http.Request, n int) {
		http.Redirect(w, r, "https://elsewhere.test/in", []int{301, 302, 303, 307, 308}[n%5])
	})
	site("waits-forever.test", func(_ *villain, w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header().Set("Retry-After", "99999999999999999999")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	// These say 200 and misbehave after that: what they say then is not waited for.
	site("stalls-after.test", func(v *villain, w http.ResponseWriter, r *http.Request, _ int) {
		v.takes(r.Header.Get("Webhook-Id"))
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	site("never-ends.test", func(v *villain, w http.ResponseWriter, r *http.Request, _ int) {
		v.takes(r.Header.Get("Webhook-Id"))
		for chunk := bytes.Repeat([]byte("x"), 64<<10); ; {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	})
	site("lies-about-length.test", func(v *villain, w http.ResponseWriter, r *http.Request, _ int) {
		v.takes(r.Header.Get("Webhook-Id"))
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, "short")
	})
	raw("closes.test", func(net.Conn) {})
	raw("breaks-off.test", says("HTTP/1.1 200 OK\r\nContent-Len"))
	raw("drips.test", func(c net.Conn) { slowly(c, "HTTP/1.1 200 OK\r\nX-A: "+strings.Repeat("a", 200)) })
	raw("no-http.test", says("\x00\x16\x03 220 smtp ready\r\n\r\n"))
	raw("no-status.test", says("HTTP/1.1 999999 OK\r\n\r\n"))
	raw("only-hints.test", says(strings.Repeat("HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n", 100)))
	raw("huge-head.test", func(c net.Conn) { says("HTTP/1.1 200 OK\r\nX-A: " + strings.Repeat("a", 1<<20) + "\r\n\r\n")(c) })

	d.unsteady(add("rebinds.test"), round, func(n int64) []string { return []string{forbidden[int(n)%len(forbidden)]} })
	d.unsteady(add("mixes.test"), round, func(n int64) []string { return append(slices.Clone(forbidden[:4]), "::1") })
	d.unsteady(add("vanishes.test"), round, func(int64) []string { return nil })
	return all, elsewhere
}

// unsteady is a villain whose name leads elsewhere in the first rounds after it was saved.
func (d *depot) unsteady(v *villain, round *atomic.Int64, addresses func(round int64) []string) {
	v.hides = true
	d.net.Site(v.host, v.site(func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(http.StatusBadGateway) }))
	d.net.Change(v.host, func(int) []string {
		if n := round.Load(); n > 0 && n <= spoiled {
			return addresses(n)
		}
		return []string{"11.0.9.9"}
	})
}

// TestHostileReceivers sends to receivers that fail, stall, drip, redirect, lie, and change where they lead: each message arrives at each of them, under
// one id and rightly signed, and nothing goes where it must not.
func TestHostileReceivers(t *testing.T) {
	people := *hostilePeople
	d, round := newDepot(t, store.Config{DataDir: t.TempDir()}), &atomic.Int64{}
	d.service.Timeout = 400 * time.Millisecond
	all, elsewhere := d.gallery(t, round)
	var told []audiences.Attached
	for _, v := range all {
		to, secret := d.hook(t, v.host)
		v.id, v.secret = to.ID, secret
		told = append(told, audiences.Attached{DestinationID: to.ID})
	}
	a, ids := d.audience(t, people, told...)
	d.changed(t, d.events(a, audiences.Added, ids...)...)
	d.workThrough(t, round)

	requests, delivered := 0, 0
	for _, v := range all {
		v.mu.Lock()
		requests += v.requests
		delivered += len(v.taken)
		log := d.log(t, v.id, "delivered")
		if len(log) != people || len(v.taken) != people || v.forged > 0 || len(v.records) != len(v.tries) {
			t.Errorf("%s: %d delivered by the log and %d taken, want %d; %d forged, %d ids for %d messages", v.host, len(log), len(v.taken), people, v.forged, len(v.tries), len(v.records))
		}
		attempts, came := int64(0), 0
		for _, one := range log {
			attempts, came = attempts+one.Attempts, came+v.tries[one.ID]
			if !v.taken[one.ID] {
				t.Errorf("%s never took %s", v.host, one.ID)
			}
		}
		if v.hides && attempts <= int64(came) {
			t.Errorf("%s never led elsewhere: %d attempts, of which %d came", v.host, attempts, came)
		}
		v.mu.Unlock()
	}
	inside := 0
	for _, at := range d.net.Dialed() {
		if to := netip.MustParseAddrPort(at); !strings.HasPrefix(to.Addr().String(), "11.") || to.Port() != 443 {
			inside++
		}
	}
	if inside > 0 || elsewhere.Load() > 0 {
		t.Errorf("%d connections to forbidden addresses, %d requests to where a redirect led", inside, elsewhere.Load())
	}
	t.Logf("receivers %d, eligible %d, delivered %d, requests %d in %d rounds, connections %d, to forbidden addresses %d, followed redirects %d",
		len(all), len(all)*people, delivered, requests, round.Load(), len(d.net.Dialed()), inside, elsewhere.Load())
}

// workThrough works off the queue with many workers at once, and lets as much time pass as what is left asks for, until nothing is left.
func (d *depot) workThrough(t *testing.T, round *atomic.Int64) {
	t.Helper()
	for list := d.queue.take(); len(list) > 0; list = d.queue.take() {
		if round.Add(1) > 2000 {
			t.Fatalf("%d deliveries are left after 2000 rounds", len(list))
		}
		var workers sync.WaitGroup
		var again sync.Map
		slots := make(chan struct{}, 32)
		for i, j := range list {
			workers.Go(func() {
				slots <- struct{}{}
				defer func() { <-slots }()
				err := d.service.Work(context.Background(), nil, j.args)
				if later, put := err.(interface{ RunAfter() time.Duration }); put {
					again.Store(i, later.RunAfter())
				} else if err != nil {
					t.Error(err)
				}
			})
		}
		workers.Wait()
		wait := time.Duration(0)
		again.Range(func(i, after any) bool {
			_ = d.queue.Enqueue(context.Background(), destinations.DeliveryKind, list[i.(int)].args)
			wait = max(wait, after.(time.Duration))
			return true
		})
		d.clock.pass(wait)
	}
}

// TestNamesThatLeadInsideAreNotSaved refuses at once what leads to a forbidden address, and connects to none.
func TestNamesThatLeadInsideAreNotSaved(t *testing.T) {
	d := newDepot(t, store.Config{DataDir: t.TempDir()})
	hosts := []string{"localhost", "127.1", "2130706433", "0x7f000001", "127.0.0.1.", "unknown.test"}
	for i, address := range forbidden {
		name := "inside" + string(rune('a'+i)) + ".test"
		d.net.A(name, strings.TrimPrefix(address, "::ffff:"))
		hosts = append(hosts, name)
		if strings.Contains(address, ":") {
			address = "[" + address + "]"
		}
		hosts = append(hosts, address)
	}
	for _, host := range hosts {
		_, err := d.service.Save(context.Background(), d.admin, wire.SaveDestination{Name: host, Kind: "webhook", URL: "https://" + host + "/"})
		if err == nil || !strings.Contains(err.Error(), "url") {
			t.Errorf("%s: %v", host, err)
		}
	}
	if dialed := d.net.Dialed(); len(dialed) > 0 {
		t.Error(dialed)
	}
	if list, err := d.service.List(context.Background(), d.ws); err != nil || len(list) > 0 {
		t.Error(list, err)
	}
	t.Logf("%d addresses and names refused, 0 connections", len(hosts))
}

// TestNamesInsideAreNotTold: who saves a destination does not learn which names there are inside.
func TestNamesInsideAreNotTold(t *testing.T) {
	d := newDepot(t, store.Config{DataDir: t.TempDir()})
	d.net.A("inside.example", "192.168.1.4")
	told := map[string]bool{}
	for _, host := range []string{"inside.example", "nowhere.example", "10.0.0.8", "168.63.129.16"} {
		_, err := d.service.Save(context.Background(), d.admin, wire.SaveDestination{Name: "x", Kind: "webhook", URL: "https://" + host + "/"})
		told[fmt.Sprint(fault.From(err).Fields)] = true
	}
	if len(told) != 1 || told["[]"] {
		t.Errorf("the hosts are told apart: %v", told)
	}
}

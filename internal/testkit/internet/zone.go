package internet

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/miekg/dns"

	"github.com/unstuckengine/unstuck/internal/outbound"
)

// Zone is a DNS server that knows all names there are. It is safe for concurrent use.
type Zone struct {
	address string
	mu      sync.Mutex
	records map[string][]dns.RR             // by lower-case name with the last dot
	broken  map[string]int                  // names for which the answer is a failure, by its code
	hostile map[string]func(n int) []string // answers that change: addresses by how often the name was asked for
	asked   map[string]int
}

// NewZone returns an empty zone, which ends with the test.
func NewZone(t testing.TB) *Zone {
	t.Helper()
	z := &Zone{records: map[string][]dns.RR{}, broken: map[string]int{}, hostile: map[string]func(int) []string{}, asked: map[string]int{}}
	udp, tcp, err := onePort()
	for range 20 { // another process may have the second of the two already
		if err == nil {
			break
		}
		udp, tcp, err = onePort()
	}
	if err != nil {
		t.Fatal(err)
	}
	z.address = udp.LocalAddr().String()
	for _, s := range []*dns.Server{{PacketConn: udp, Handler: dns.HandlerFunc(z.answer)}, {Listener: tcp, Handler: dns.HandlerFunc(z.answer)}} {
		started, done := make(chan struct{}), make(chan struct{})
		s.NotifyStartedFunc = func() { close(started) }
		go func() { defer close(done); _ = s.ActivateAndServe() }() // ends with Shutdown
		<-started
		t.Cleanup(func() { _ = s.Shutdown(); <-done })
	}
	return z
}

// onePort listens on one port of both transports.
func onePort() (net.PacketConn, net.Listener, error) {
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return nil, nil, err
	}
	tcp, err := net.Listen("tcp", udp.LocalAddr().String())
	if err != nil {
		_ = udp.Close()
	}
	return udp, tcp, err
}

// Address returns host:port of the server.
func (z *Zone) Address() string { return z.address }

// Resolver returns a resolver that asks this server.
func (z *Zone) Resolver() *net.Resolver { return outbound.NewResolver(z.address) }

// Add adds records as they stand in a zone file, such as "acme.test. 60 IN MX 10 mx.acme.test.". It panics on what is none.
func (z *Zone) Add(lines ...string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	for _, line := range lines {
		rr, err := dns.NewRR(line)
		if err != nil {
			panic(err)
		}
		name := strings.ToLower(rr.Header().Name)
		z.records[name] = append(z.records[name], rr)
	}
}

// A gives a host addresses of either version.
func (z *Zone) A(host string, addresses ...string) {
	for _, rr := range addressRecords(host+".", addresses) {
		z.Add(rr.String())
	}
}

// Fail makes every answer about a name a failure, by the code of the DNS; -1 is silence.
func (z *Zone) Fail(host string, code int) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.broken[host+"."] = code
}

// Change makes the addresses of a host depend on how often it was asked for one before.
func (z *Zone) Change(host string, addresses func(n int) []string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.hostile[host+"."] = addresses
}

// Asked returns how often the IPv4 addresses of a host were asked for.
func (z *Zone) Asked(host string) int {
	z.mu.Lock()
	defer z.mu.Unlock()
	return z.asked[host+"."]
}

func (z *Zone) answer(w dns.ResponseWriter, r *dns.Msg) {
	q := r.Question[0]
	name := strings.ToLower(q.Name)
	m := new(dns.Msg)
	m.SetReply(r)
	m.RecursionAvailable = true // without it, an answer that says that there is nothing counts as a referral
	z.mu.Lock()
	records, known := z.records[name]
	code, broken := z.broken[name]
	if change := z.hostile[name]; change != nil {
		known, records = true, addressRecords(name, change(z.asked[name]))
	}
	if q.Qtype == dns.TypeA {
		z.asked[name]++
	}
	z.mu.Unlock()
	if broken && code < 0 {
		return
	}
	for _, rr := range records {
		if rr.Header().Rrtype == q.Qtype {
			m.Answer = append(m.Answer, rr)
		}
	}
	if broken {
		m.Rcode = code
	} else if !known {
		m.Rcode = dns.RcodeNameError
	}
	if _, udp := w.RemoteAddr().(*net.UDPAddr); udp {
		m.Truncate(dns.MinMsgSize)
	}
	_ = w.WriteMsg(m) // who asked may have left
}

// addressRecords returns the records of a name for addresses of either version.
func addressRecords(name string, addresses []string) (list []dns.RR) {
	for _, a := range addresses {
		kind := "A"
		if strings.Contains(a, ":") {
			kind = "AAAA"
		}
		rr, err := dns.NewRR(fmt.Sprintf("%s 0 IN %s %s", name, kind, a))
		if err != nil {
			panic(err)
		}
		list = append(list, rr)
	}
	return list
}

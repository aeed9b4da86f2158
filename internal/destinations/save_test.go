package destinations_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/audiences"
	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/store"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// refusals are inputs that name the fields at fault, and keep nothing.
var refusals = map[string]struct {
	in     string
	fields []string
}{
	"nothing":             {`{}`, []string{"kind", "name"}},
	"an unknown kind":     {`{"name":"x","kind":"smtp"}`, []string{"kind"}},
	"no URL":              {`{"name":"x","kind":"webhook"}`, []string{"url"}},
	"http":                {`{"name":"x","kind":"webhook","url":"http://hooks.example/"}`, []string{"url"}},
	"credentials":         {`{"name":"x","kind":"webhook","url":"https://u:p@hooks.example/"}`, []string{"url"}},
	"a fragment":          {`{"name":"x","kind":"webhook","url":"https://hooks.example/#x"}`, []string{"url"}},
	"a file":              {`{"name":"x","kind":"webhook","url":"file:///etc/passwd"}`, []string{"url"}},
	"loopback":            {`{"name":"x","kind":"webhook","url":"https://127.0.0.1/"}`, []string{"url"}},
	"loopback, odd":       {`{"name":"x","kind":"webhook","url":"https://[::ffff:7f00:1]/"}`, []string{"url"}},
	"metadata":            {`{"name":"x","kind":"webhook","url":"https://169.254.169.254/latest"}`, []string{"url"}},
	"private":             {`{"name":"x","kind":"webhook","url":"https://10.0.0.8/"}`, []string{"url"}},
	"a port":              {`{"name":"x","kind":"webhook","url":"https://hooks.example:22/"}`, []string{"url"}},
	"a name inside":       {`{"name":"x","kind":"webhook","url":"https://inside.example/"}`, []string{"url"}},
	"a name half inside":  {`{"name":"x","kind":"webhook","url":"https://half.example/"}`, []string{"url"}},
	"no such name":        {`{"name":"x","kind":"webhook","url":"https://nowhere.example/"}`, []string{"url"}},
	"a reserved header":   {`{"name":"x","kind":"webhook","url":"https://hooks.example/","headers":[{"name":"Webhook-Signature","value":"v1,x"}]}`, []string{"headers[0].name"}},
	"Host":                {`{"name":"x","kind":"webhook","url":"https://hooks.example/","headers":[{"name":"host","value":"x"}]}`, []string{"headers[0].name"}},
	"a split header":      {`{"name":"x","kind":"webhook","url":"https://hooks.example/","headers":[{"name":"X-A","value":"a\r\nX-B: b"}]}`, []string{"headers[0].value"}},
	"a public secret":     {`{"name":"x","kind":"webhook","url":"https://hooks.example/","headers":[{"name":"Authorization","value":"x"}]}`, []string{"headers[0].secret"}},
	"a secret without":    {`{"name":"x","kind":"webhook","url":"https://hooks.example/","headers":[{"name":"X-A","secret":true}]}`, []string{"headers[0].value"}},
	"the same twice":      {`{"name":"x","kind":"webhook","url":"https://hooks.example/","headers":[{"name":"X-A","value":"1"},{"name":"x-a","value":"2"}]}`, []string{"headers[1].name"}},
	"eleven headers":      {`{"name":"x","kind":"webhook","url":"https://hooks.example/","headers":[` + headers(11) + `]}`, []string{"headers"}},
	"a long header":       {`{"name":"x","kind":"webhook","url":"https://hooks.example/","headers":[{"name":"X-A","value":"` + strings.Repeat("a", 1025) + `"}]}`, []string{"headers[0].value"}},
	"an unknown path":     {`{"name":"x","kind":"csv","mapping":{"leads":{"Mail":"emial"}}}`, []string{"mapping.leads.Mail"}},
	"a column, a formula": {`{"name":"x","kind":"csv","mapping":{"leads":{"=Mail":"work_email"}}}`, []string{`mapping.leads["=Mail"]`}},
	"a URL of a file":     {`{"name":"x","kind":"csv","url":"https://hooks.example/"}`, []string{"url"}},
	"a secret of a file":  {`{"name":"x","kind":"csv","secrets":{"token":"t"}}`, []string{"secrets.token"}},
	"an option of a hook": {`{"name":"x","kind":"webhook","url":"https://hooks.example/","options":{"a":"b"}}`, []string{"options.a"}},
	"a key for a name":    {`{"name":"unstuck_0123456789012345678901234567890123456789012345678_0123abcd","kind":"csv"}`, []string{"name"}},
	"a name of spaces":    {`{"name":"  ","kind":"csv"}`, []string{"name"}},
	"a taken name":        {`{"name":"TAKEN","kind":"csv"}`, []string{"name"}},
}

func headers(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"name":"X-%d","value":"v"}`, i))
	}
	return strings.Join(list, ",")
}

func TestBadDestinationsAreRefused(t *testing.T) {
	engines(t, func(t *testing.T, c store.Config) {
		ctx, d := context.Background(), newDepot(t, c)
		d.net.Site("hooks.example", &inbox{})
		d.net.A("inside.example", "192.168.1.4")
		d.net.A("half.example", "11.0.9.9", "10.0.0.1")
		d.save(t, wire.SaveDestination{Name: "Taken", Kind: "csv"})
		for name, c := range refusals {
			var in wire.SaveDestination
			if err := json.Unmarshal([]byte(c.in), &in); err != nil {
				t.Fatal(name, err)
			}
			err := in.Validate()
			if err == nil {
				_, err = d.service.Save(ctx, d.admin, in)
			}
			var got []string
			for _, f := range fault.From(err).Fields {
				got = append(got, f.Path)
			}
			slices.Sort(got)
			code := fault.ValidationFailed
			if name == "a taken name" {
				code = fault.Conflict
			}
			if fault.CodeOf(err) != code || !slices.Equal(got, c.fields) {
				t.Errorf("%s: %v %v, want %v", name, fault.CodeOf(err), got, c.fields)
			}
		}
		if list, err := d.service.List(ctx, d.ws); err != nil || len(list) != 1 {
			t.Errorf("%d destinations, %v", len(list), err)
		}
		if len(d.net.Dialed()) != 0 {
			t.Errorf("saving connected to %v", d.net.Dialed())
		}
	})
}

// TestSecretsStayInside makes a destination with every sort of secret and looks for them in what is answered, logged and stored.
func TestSecretsStayInside(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	d := newDepot(t, store.Config{DataDir: dir})
	box := &inbox{}
	d.net.Site("hooks.example", box)
	saved, err := d.service.Save(ctx, d.admin, wire.SaveDestination{Name: "Hook", Kind: "webhook", URL: "https://hooks.example/in?key=querysecret",
		Headers: &[]wire.DestinationHeader{{Name: "X-Auth", Value: "headersecret", Secret: true}, {Name: "X-Open", Value: "open"}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.service.Test(ctx, d.admin, saved.Destination.ID); err != nil {
		t.Fatal(err)
	}
	if r := box.all()[0]; r.header.Get("X-Auth") != "headersecret" || r.header.Get("X-Open") != "open" || r.uri != "/in?key=querysecret" {
		t.Errorf("%+v", r)
	}
	list, err := d.service.List(ctx, d.ws)
	if err != nil {
		t.Fatal(err)
	}
	shown, _ := json.Marshal([]any{saved.Destination, list, d.log(t, saved.Destination.ID, "")})
	text := string(shown) + fmt.Sprintf("%+v", saved) + dump(t, d.db)
	for _, secret := range []string{"querysecret", "headersecret", strings.TrimPrefix(saved.Secret.Reveal(), "whsec_")} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is shown", secret)
		}
	}
	// an edit keeps a secret header that is sent without its value, unless the host changes
	keep := []wire.DestinationHeader{{Name: "x-auth", Secret: true}}
	d.save(t, wire.SaveDestination{ID: saved.Destination.ID, Headers: &keep})
	if _, err := d.service.Test(ctx, d.admin, saved.Destination.ID); err != nil || box.all()[1].header.Get("X-Auth") != "headersecret" {
		t.Errorf("%v, %+v", err, box.all()[1])
	}
	d.net.Site("other.example", box)
	for _, in := range []wire.SaveDestination{{URL: "https://other.example/"}, {URL: "https://other.example/", Headers: &keep}} {
		in.ID = saved.Destination.ID
		if _, err := d.service.Save(ctx, d.admin, in); fault.CodeOf(err) != fault.ValidationFailed {
			t.Errorf("a secret went along to another host: %v", err)
		}
	}
}

// dump returns the texts of the tables and of the activity log.
func dump(t testing.TB, db *store.DB) string {
	t.Helper()
	var all strings.Builder
	err := db.View(context.Background(), func(ctx context.Context, q store.Q) error {
		for _, sql := range []string{`SELECT url || headers || options || mapping || created_by FROM destinations`, `SELECT hex(sealed) || sealed FROM destination_secrets`,
			`SELECT detail FROM activity`, `SELECT error || field FROM deliveries`} {
			rows, err := q.Query(ctx, sql)
			if err != nil {
				return err
			}
			for rows.Next() {
				var text string
				if err := rows.Scan(&text); err != nil {
					return err
				}
				all.WriteString(text)
			}
			rows.Close()
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// TestCheckAttached judges what an audience attaches.
func TestCheckAttached(t *testing.T) {
	d := newDepot(t, store.Config{DataDir: t.TempDir()})
	to := d.save(t, wire.SaveDestination{Name: "File", Kind: "csv"})
	wrong, err := d.service.CheckAttached(context.Background(), d.ws, filter.Leads, []audiences.Attached{
		{DestinationID: to.ID, Mapping: map[string]string{"Mail": "work_email", "Bad": "no.such"}}, {DestinationID: "other"}}, "destinations")
	if err != nil || len(wrong) != 2 || wrong[0].Path != "destinations[0].mapping.Bad" || wrong[1].Path != "destinations[1].id" {
		t.Errorf("%+v, %v", wrong, err)
	}
}

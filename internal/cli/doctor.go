package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/unstuckengine/unstuck/internal/apiclient"
	"github.com/unstuckengine/unstuck/internal/cli/render"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/credentials"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// finding is what one check of the doctor found.
type finding struct {
	Check    string `json:"check"`
	Status   string `json:"status"`
	Detail   string `json:"detail"`
	NextStep string `json:"next_step,omitempty"`
}

const (
	good = "ok"
	warn = "warning"
	bad  = "failed"
)

// maxSkew is the difference of clocks from which expiry and time windows begin to look wrong.
const maxSkew = 30 * time.Second

// doctor gathers findings; exit is the code of the first that failed.
type doctor struct {
	*program
	found []finding
	exit  int
}

func (p *program) doctorCommand() *cobra.Command {
	return &cobra.Command{Use: "doctor", Short: "Check key, file, clock and connection, and what each client would get", Args: none,
		RunE: func(c *cobra.Command, _ []string) error {
			d := &doctor{program: p}
			if err := d.examine(c.Context()); err != nil {
				return err
			}
			return d.show()
		}}
}

func (d *doctor) examine(ctx context.Context) error {
	login, err := credentials.Resolve(d.environment(), d.profile)
	if err != nil {
		return err
	}
	d.checkKey(login)
	d.checkFile()
	d.checkPrecedence(login)
	client, err := d.client(login.APIURL)
	if err != nil {
		return err
	}
	if d.checkReach(ctx, client.Address()) && login.Err == nil {
		d.checkAccess(ctx, client, login)
	}
	d.checkClients(ctx)
	return nil
}

func (d *doctor) add(check, status, detail, next string) {
	d.found = append(d.found, finding{check, status, safeLine(detail), safeLine(next)})
}

func (d *doctor) fail(check string, exit int, line string) {
	what, next, _ := strings.Cut(line, "; ")
	d.add(check, bad, what, next)
	if d.exit == 0 {
		d.exit = exit
	}
}

func (d *doctor) failFault(check string, err error) {
	f := asFault(err)
	if f == nil {
		d.fail(check, config.Code(err), err.Error())
		return
	}
	d.fail(check, config.ExitFor(f.Code), refusal(f, &cobra.Command{}))
}

func (d *doctor) checkKey(l credentials.Login) {
	if l.Err != nil {
		d.failFault("key", l.Err)
		return
	}
	where := "UNSTUCK_API_KEY"
	if l.KeySource == credentials.FromFile {
		where = "profile " + l.Profile
	}
	d.add("key", good, l.Key.String()+" from "+where, "")
}

func (d *doctor) checkFile() {
	file, err := credentials.In(d.Environ)
	if err != nil {
		d.add("credentials file", warn, err.Error(), "")
		return
	}
	info, err := os.Lstat(file.Path())
	if errors.Is(err, fs.ErrNotExist) {
		d.add("credentials file", good, file.Path()+" does not exist", "")
		return
	}
	names, nerr := file.Names()
	if nerr != nil {
		d.failFault("credentials file", nerr)
		return
	}
	if err == nil {
		d.add("credentials file", good, fmt.Sprintf("%s, mode %04o, %d profiles", file.Path(), info.Mode().Perm(), len(names)), "")
	}
}

func (d *doctor) checkPrecedence(l credentials.Login) {
	env := config.Environ(d.Environ)
	detail := fmt.Sprintf("API %s from %s", l.APIURL, l.URLSource)
	if l.URLSource == credentials.FromFile {
		detail = fmt.Sprintf("API %s from profile %s", l.APIURL, l.Profile)
	}
	if file, err := credentials.In(d.Environ); err == nil && env["UNSTUCK_API_KEY"] != "" {
		if p, err := file.Load(l.Profile); err == nil && !p.Key.IsZero() && l.KeySource == credentials.FromEnvironment {
			d.add("precedence", warn, detail+"; UNSTUCK_API_KEY beats the key of profile "+l.Profile, "unset UNSTUCK_API_KEY to use the profile, or name it with --profile")
			return
		}
	}
	d.add("precedence", good, detail, "")
}

// checkReach asks the API for a sign of life, without the key, and compares the clocks.
func (d *doctor) checkReach(ctx context.Context, address string) bool {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/livez", nil)
	if err != nil {
		d.fail("connection", config.ExitError, err.Error())
		return false
	}
	begun := time.Now()
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		d.fail("connection", config.ExitUnavailable, address+" cannot be reached; check UNSTUCK_API_URL and that the API runs")
		return false
	}
	resp.Body.Close()
	took := time.Since(begun)
	if resp.StatusCode != http.StatusOK {
		d.fail("connection", config.ExitUnavailable, fmt.Sprintf("%s answers with status %d; check UNSTUCK_API_URL", address, resp.StatusCode))
		return false
	}
	d.add("connection", good, fmt.Sprintf("%s answers in %d ms", address, took.Milliseconds()), "")
	d.checkClock(resp.Header.Get("Date"), begun.Add(took/2))
	return true
}

func (d *doctor) checkClock(date string, now time.Time) {
	server, err := http.ParseTime(date)
	if err != nil {
		d.add("clock", warn, "the API does not tell its time", "")
		return
	}
	skew := now.Sub(server.Add(time.Second / 2)).Round(time.Second) // the header has whole seconds, cut off
	if skew.Abs() > maxSkew {
		d.add("clock", warn, fmt.Sprintf("this machine's clock differs by %s from that of the API", skew), "set this machine's clock")
		return
	}
	d.add("clock", good, fmt.Sprintf("differs by %s from that of the API", skew.Abs()), "")
}

func (d *doctor) checkAccess(ctx context.Context, client *apiclient.Client, login credentials.Login) {
	access, err := client.Access(ctx, login.Key)
	if err != nil {
		d.failFault("access", err)
		return
	}
	s := statusOf(login, access)
	expires := "never expires"
	if s.ExpiresAt != nil {
		expires = "expires " + s.ExpiresAt.Format(time.DateOnly)
	}
	d.add("access", good, fmt.Sprintf("workspace %s, plan %s, preset %s, %s", s.Workspace, access.Plan, s.Preset, expires), "")
	d.add("tools", good, strings.Join(access.Tools, ", "), "")
	if len(access.Missing) > 0 {
		d.add("tools missing", good, missingLine(access.Missing), "")
	}
}

func missingLine(missing []wire.MissingTool) string {
	var parts []string
	for _, m := range missing {
		parts = append(parts, m.Tool+" ("+m.Preset+")")
	}
	return strings.Join(parts, ", ")
}

// show prints the findings and ends with the exit code of the first failure.
func (d *doctor) show() error {
	body, err := json.Marshal(map[string]any{"checks": d.found})
	if err != nil {
		return err
	}
	if err := d.print(body, render.Layout{Rows: "checks", Table: render.Columns("check", "status", "detail", "next_step")}); err != nil {
		return err
	}
	for _, f := range d.found {
		if f.Status == bad {
			line := f.Check + ": " + f.Detail
			if f.NextStep != "" {
				line += "; " + f.NextStep
			}
			return config.Fail(d.exit, "%s", line)
		}
	}
	return nil
}

package apirun

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/credits"
	"github.com/unstuckengine/unstuck/internal/keys"
)

func parsed[T any](t *testing.T, text string) (out T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return out
}

func (d desk) credits(args ...string) credits.View {
	d.t.Helper()
	out, _ := d.do(0, append([]string{"credits"}, args...)...)
	return parsed[credits.View](d.t, out)
}

func TestAdminCredits(t *testing.T) {
	d := newDesk(t)
	if v := d.credits("show", "--workspace", "acme"); v.Balance != 50_000 || v.Monthly != 50_000 || v.Overage != credits.TopUpOnly || v.KeyLimit != nil {
		t.Errorf("new: %+v", v)
	}
	d.do(0, "workspace", "set", "acme", "--credits", "70")
	if v := d.credits("topup", "--workspace", "acme", "--amount", "30"); v.Balance != 100 || v.Bucket != 70 || v.TopUp != 30 {
		t.Errorf("topped up: %+v", v)
	}
	out, _ := d.do(0, "credits", "ledger", "--workspace", "acme")
	rows := parsed[[]credits.EntryView](t, out)
	var amounts []int64
	for _, r := range rows {
		amounts = append(amounts, r.Amount)
	}
	if len(rows) != 3 || rows[0].Kind != credits.ToppedUp || amounts[0]+amounts[1]+amounts[2] != 100 {
		t.Errorf("ledger = %s", out)
	}
	if out, _ := d.do(0, "credits", "ledger", "--workspace", "acme", "--kind", "grant", "--limit", "1"); len(parsed[[]credits.EntryView](t, out)) != 1 {
		t.Errorf("grants = %s", out)
	}
	var table bytes.Buffer
	environ := []string{"HOME=" + d.dir, "UNSTUCK_DATA_DIR=" + filepath.Join(d.dir, "data"), "UNSTUCK_METRICS_ADDR="}
	if err := Main(context.Background(), []string{"admin", "credits", "ledger", "--workspace", "acme"}, environ, &table, io.Discard); err != nil {
		t.Fatal(err)
	}
	if text := table.String(); !strings.HasPrefix(text, "AT ") || strings.Contains(text, "opening") || strings.Count(text, "\n") != 4 {
		t.Errorf("ledger for people:\n%s", text)
	}
	out, _ = d.do(0, "activity", "--workspace", "acme", "--action", "credits.topped_up")
	if !strings.Contains(out, `"detail":{"amount":"30","topup":"30"}`) {
		t.Errorf("activity = %s", out)
	}
	for _, bad := range [][]string{{"topup", "--workspace", "acme"}, {"topup", "--workspace", "acme", "--amount", "-1"}, {"ledger", "--workspace", "acme", "--kind", "gift"}} {
		if _, line := d.do(2, append([]string{"credits"}, bad...)...); !strings.HasPrefix(line, "validation_failed: ") {
			t.Errorf("%v: %s", bad, line)
		}
	}
}

func TestAdminSpendLimit(t *testing.T) {
	d := newDesk(t)
	out, _ := d.do(0, "key", "create", "--workspace", "acme", "--name", "bot", "--preset", "write_enrichment", "--spend-limit", "25")
	made := parsed[keys.CreatedView](t, out)
	out, _ = d.do(0, "key", "rotate", made.ID)
	rotated := parsed[keys.CreatedView](t, out)
	d.do(0, "key", "create", "--workspace", "acme", "--name", "free", "--preset", "read_only")
	out, _ = d.do(0, "key", "list", "--workspace", "acme")
	list := parsed[[]keys.View](t, out)
	if len(list) != 3 || list[0].SpendLimit != nil || *list[1].SpendLimit != 25 || *list[2].SpendLimit != 25 || *rotated.SpendLimit != 25 {
		t.Errorf("keys = %s", out)
	}
	if v := d.credits("show", "--workspace", "acme", "--key", made.ID); v.KeyLimit == nil || *v.KeyLimit != 25 || *v.KeyLeft != 25 {
		t.Errorf("of the key: %+v", v)
	}
	if _, line := d.do(2, "key", "create", "--workspace", "acme", "--name", "bot", "--preset", "full", "--spend-limit", "-1"); !strings.Contains(line, "spend_limit") {
		t.Errorf("negative limit: %s", line)
	}
}

package forms_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/unstuckengine/unstuck/internal/adminui/forms"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/fault"
)

// TestOf sees that each refused field stands somewhere: beside its own input, or in the sentence above the form.
func TestOf(t *testing.T) {
	refused := fault.InvalidFields(
		fault.Field{Path: "section.order.phone[1]", Message: "stands twice"}, fault.Field{Path: "section.order.phone[2]", Message: "must be one", Allowed: []string{"a", "b"}},
		fault.Field{Path: "section.order.phones", Message: "is unknown"}, fault.Field{Path: "other", Message: "is wrong"})
	p, err := forms.Of(refused, "section.", "order.phone", "url")
	if err != nil || p.Status != http.StatusUnprocessableEntity {
		t.Fatal(p, err)
	}
	if d := cmp.Diff(map[string]string{"order.phone": "stands twice; must be one: a, b"}, p.Fields); d != "" {
		t.Error(d)
	}
	for _, text := range []string{"section.order.phones is unknown", "other is wrong"} {
		if !strings.Contains(p.Alert, text) {
			t.Errorf("%q lacks %q", p.Alert, text)
		}
	}
	if p, err = forms.Of(fault.Invalid("url", "is none"), "", "url"); err != nil || p.Fields["url"] != "is none" || p.Alert == "" {
		t.Errorf("%+v, %v", p, err)
	}
	if p, err = forms.Of(fault.New(fault.Conflict, "Taken."), ""); err != nil || p.Alert != "Taken." || p.Status != http.StatusConflict {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestOtherErrors(t *testing.T) {
	var page *ui.Refusal
	if _, err := forms.Of(fault.New(fault.InsufficientScope, "Ask an Admin."), ""); !errors.As(err, &page) || page.Status != http.StatusForbidden || page.Sentence != "Ask an Admin." {
		t.Errorf("want of power: %v", err)
	}
	gone := fault.New(fault.StoreUnavailable, "")
	if _, err := forms.Of(gone, ""); err != gone {
		t.Errorf("another error: %v", err)
	}
}

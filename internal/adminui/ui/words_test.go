package ui_test

import (
	"testing"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/workspaces"
)

func TestNumber(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -123: "-123", -1234: "-1,234", 100000: "100,000"} {
		if got := ui.Number(n); got != want {
			t.Errorf("Number(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestTitle(t *testing.T) {
	for name, want := range map[workspaces.Role]string{workspaces.Admin: "Admin", workspaces.Viewer: "Viewer", "": ""} {
		if got := ui.Title(name); got != want {
			t.Errorf("Title(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestWords(t *testing.T) {
	for name, want := range map[string]string{"work_email": "Work email", "linkedin_url": "LinkedIn URL", "id": "ID", "external_id": "External ID", "total_raised_usd": "Total raised USD", "": "", "ünknown": "ünknown"} {
		if got := ui.Words(name); got != want {
			t.Errorf("Words(%q) = %q, want %q", name, got, want)
		}
	}
}

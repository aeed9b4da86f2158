package keypages_test

import (
	"testing"

	"github.com/unstuckengine/unstuck/internal/adminui/keypages"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
)

func TestStories(t *testing.T) {
	if _, err := ui.NewStorybook([]ui.Area{keypages.New(keypages.Config{})}); err != nil {
		t.Error(err)
	}
}

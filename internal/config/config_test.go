package config_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/unstuckengine/unstuck/internal/config"
)

type settings struct {
	Count int    `env:"UNSTUCK_SOME_COUNT" envDefault:"3"`
	Name  string `env:"UNSTUCK_NAME"`
	On    bool   `env:"UNSTUCK_ON"`
}

func TestLoadNamesTheVariableAndNotItsValue(t *testing.T) {
	var s settings
	if err := config.Load(&s, []string{"UNSTUCK_NAME=x=y", "OTHER=1"}); err != nil || s.Count != 3 || s.Name != "x=y" {
		t.Errorf("%+v, %v", s, err)
	}
	err := config.Load(&s, []string{"UNSTUCK_SOME_COUNT=hunter2"})
	if config.Code(err) != config.ExitUsage || !strings.Contains(err.Error(), "UNSTUCK_SOME_COUNT") || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("error = %v, code %d", err, config.Code(err))
	}
}

func TestCodes(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{{nil, 0}, {errors.New("x"), 1}, {config.Fail(config.ExitAuth, "no"), 4}, {fmt.Errorf("deeper: %w", config.Fail(7, "away")), 7}} {
		if got := config.Code(c.err); got != c.want {
			t.Errorf("Code(%v) = %d, want %d", c.err, got, c.want)
		}
	}
	cause := errors.New("cause")
	if !errors.Is(config.Fail(1, "%w", cause), cause) {
		t.Error("the cause is lost")
	}
}

func TestLogger(t *testing.T) {
	var out bytes.Buffer
	log, err := config.Logger(&out, "warn", "")
	if err != nil {
		t.Fatal(err)
	}
	log.Info().Msg("quiet")
	log.Warn().Msg("loud")
	if got := out.String(); strings.Contains(got, "quiet") || !strings.HasPrefix(got, `{"level":"warn"`) {
		t.Errorf("log = %q", got)
	}
	for _, c := range [][2]string{{"loud", "json"}, {"", "json"}, {"info", "xml"}} {
		if _, err := config.Logger(&out, c[0], c[1]); config.Code(err) != config.ExitUsage || !strings.Contains(err.Error(), "UNSTUCK_LOG_") {
			t.Errorf("level %q, format %q: %v", c[0], c[1], err)
		}
	}
}

package cli

import (
	"cmp"
	"encoding/json"
	"fmt"

	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/tools"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// changed is the answer to a change of settings with what was changed alone: the sections of the patch, and of the signal types those that it names.
func changed(patch, body []byte) ([]byte, error) {
	in, err := tools.UpdateSettings.Read(patch)
	if err != nil {
		return nil, err
	}
	var all wire.Settings
	if err := json.Unmarshal(body, &all); err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	var sections []wire.SettingsSection
	for _, s := range wire.SettingsSections() {
		if len(in.Patch(s)) > 0 {
			sections = append(sections, s)
		}
	}
	named := map[string]wire.SignalTypeSettings{}
	strictjson.Members(in.SignalTypes, func(text, _ []byte) {
		if t, there := all.SignalTypes[string(text)]; there {
			named[string(text)] = t
		}
	})
	out := all.Only(sections...)
	out.SignalTypes = named
	return json.Marshal(out)
}

// undelivered is the error of a test that did not arrive; the delivery itself was printed.
func undelivered(body []byte) error {
	var d wire.Delivery
	if err := json.Unmarshal(body, &d); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if d.State == "delivered" {
		return nil
	}
	return config.Fail(config.ExitError, "the ping was not delivered (%s); see `unstuck destinations deliveries`", safeLine(cmp.Or(d.Error, d.State)))
}

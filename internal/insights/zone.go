package insights

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"fmt"
	"io/fs"
	"sync"
	"time"
)

// zoneFile is the IANA database as Go ships it, in lib/time/zoneinfo.zip of its root, whence it is copied to bring it up to date. What the machine
// knows of zones is never asked, since answers must not depend on where they are made.
//
//go:embed zoneinfo.zip
var zoneFile []byte

var openZones = sync.OnceValues(func() (*zip.Reader, error) { return zip.NewReader(bytes.NewReader(zoneFile), int64(len(zoneFile))) })

var zones sync.Map // name -> *time.Location; there are 600

// Zone returns the time zone of an IANA name, spelt as the database spells it; "" is UTC.
func Zone(name string) (*time.Location, error) {
	if name == "" || name == "UTC" {
		return time.UTC, nil
	}
	if known, ok := zones.Load(name); ok {
		return known.(*time.Location), nil
	}
	all, err := openZones()
	if err != nil {
		return nil, fmt.Errorf("insights: open the time zones: %w", err)
	}
	rules, err := fs.ReadFile(all, name)
	if err != nil {
		return nil, fmt.Errorf("insights: no such time zone: %w", err)
	}
	zone, err := time.LoadLocationFromTZData(name, rules)
	if err == nil {
		zones.Store(name, zone)
	}
	return zone, err
}

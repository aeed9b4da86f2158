package insights

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // for machines without a database of zones
)

var zones sync.Map // name -> *time.Location; there are 600

// zoneName matches how the IANA database spells its zones. File systems that take any case would let other spellings through, and the directories
// of a database hold more than zones: posixrules, right/Europe/Berlin.
var zoneName = regexp.MustCompile(`^[A-Z][A-Za-z0-9_+-]*(/[A-Z][A-Za-z0-9_+-]*)*$`)

// Zone returns the time zone of an IANA name; "" is UTC. The rules are those of the machine's database, else those that came with the program.
func Zone(name string) (*time.Location, error) {
	if name == "" || name == "UTC" {
		return time.UTC, nil
	}
	if known, ok := zones.Load(name); ok {
		return known.(*time.Location), nil
	}
	if !zoneName.MatchString(name) || name == "Local" || strings.HasPrefix(name, "SystemV/") {
		return nil, fmt.Errorf("insights: %q is not spelt as a time zone is", name)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("insights: no such time zone: %w", err)
	}
	zones.Store(name, zone)
	return zone, nil
}

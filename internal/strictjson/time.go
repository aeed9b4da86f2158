package strictjson

import (
	"errors"
	"regexp"
	"time"
)

var (
	errTimeForm = errors.New("expected " + expected[kindTime])
	errTimeSpan = errors.New("expected a time after 0001-01-01T00:00:00Z and before 10000-01-01T00:00:00Z, in UTC")

	// timeForm is what time.Parse is too lenient about: digits of the hour, the fraction's mark and the bounds of an offset.
	timeForm = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$`)
)

// ParseTime reads an RFC 3339 time, in the offset that it has: a point before the fraction, an offset of at most 23:59, and an instant that
// TimeInSpan takes. The error is plain, with a fixed text.
func ParseTime(s string) (time.Time, error) {
	if !timeForm.MatchString(s) {
		return time.Time{}, errTimeForm
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	switch {
	case err != nil:
		return time.Time{}, errTimeForm
	case !TimeInSpan(t):
		return time.Time{}, errTimeSpan
	}
	return t, nil
}

// TimeInSpan reports whether t has a four-digit year from 0001 in UTC, so that it can be written as RFC 3339. The first instant of year 0001
// is out, because it is Go's zero time, which stands for none.
func TimeInSpan(t time.Time) bool {
	year := t.UTC().Year()
	return year >= 1 && year <= 9999 && !t.IsZero()
}

package usage

import "time"

// BurnDays is over how many days the burn of credits is measured.
const BurnDays = 7

// Forecast is where the credits of a workspace go if they go on as in the last days.
type Forecast struct {
	PerDay  float64   // credits
	AtReset int64     // what is left when the next grant comes
	Empty   time.Time // when nothing is left, if that is before; zero otherwise
}

// Project returns the forecast of a workspace that has credits left and spent some in the last BurnDays.
func Project(left, spent int64, now, resetsAt time.Time) Forecast {
	const window = BurnDays * 24 * time.Hour
	f := Forecast{PerDay: float64(spent) / BurnDays, AtReset: left}
	if spent <= 0 || !now.Before(resetsAt) {
		return f
	}
	gone := float64(spent) * float64(resetsAt.Sub(now)) / float64(window)
	if gone < float64(left) {
		f.AtReset -= int64(gone)
		return f
	}
	f.AtReset = 0
	f.Empty = now.Add(time.Duration(float64(left) / float64(spent) * float64(window)))
	return f
}

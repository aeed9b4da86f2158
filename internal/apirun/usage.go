package apirun

import keyusage "github.com/unstuckengine/unstuck/internal/usage"

// newCounter returns what counts the requests that this process answers.
func (a *App) newCounter() *keyusage.Counter {
	return keyusage.NewCounter(a.DB, 0, func(err error) {
		a.Log.Error().Err(err).Msg("requests were not counted; what there is room for is kept for the next time")
	})
}

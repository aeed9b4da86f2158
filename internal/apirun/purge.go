package apirun

import (
	"context"
	"time"
)

// purgeEvery is how often is dropped what is kept for a time that is over.
const purgeEvery = 10 * time.Minute

// purges returns what drops such rows, by what they are called in the log.
func (a *App) purges() map[string]func(context.Context) error {
	counted := func(drop func(context.Context) (int64, error)) func(context.Context) error {
		return func(ctx context.Context) error { _, err := drop(ctx); return err }
	}
	return map[string]func(context.Context) error{
		"idempotency keys": counted(a.DB.PurgeIdempotency),
		"sessions":         a.DB.PurgeSessions,
		"device logins":    counted(a.Devices.Purge),
		"counts of usage":  counted(a.DB.PurgeUsage),
		"bulk jobs":        counted(a.DB.PurgeJobs),
		"qualifications":   counted(a.DB.PurgeQualificationJobs),
		"deliveries":       counted(a.DB.PurgeDeliveries),
	}
}

func (a *App) purge(ctx context.Context) {
	for tick := time.NewTicker(purgeEvery); ; {
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
			for what, drop := range a.purges() {
				if err := drop(ctx); err != nil {
					a.Log.Warn().Err(err).Msg("old " + what + " were not dropped; it is tried again")
				}
			}
		}
	}
}

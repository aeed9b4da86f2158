package config

import "github.com/unstuckengine/unstuck/internal/fault"

// exits gives a refusal its exit code. A code that is not listed is ExitError.
var exits = map[fault.Code]int{
	fault.InvalidJSON: ExitUsage, fault.InvalidRequest: ExitUsage, fault.ValidationFailed: ExitUsage,
	fault.BodyTooLarge: ExitUsage, fault.URITooLong: ExitUsage, fault.HeadersTooLarge: ExitUsage,
	fault.NotFound:      ExitNotFound,
	fault.MissingAPIKey: ExitAuth, fault.InvalidAPIKey: ExitAuth, fault.KeyRevoked: ExitAuth, fault.KeyExpired: ExitAuth,
	fault.FeatureNotAllowed: ExitAuth, fault.InsufficientScope: ExitAuth, fault.OriginNotAllowed: ExitAuth, fault.HostNotAllowed: ExitAuth,
	fault.Conflict: ExitConflict, fault.AlreadyRevoked: ExitConflict, fault.IdempotencyInFlight: ExitConflict,
	fault.IdempotencyKeyReused: ExitConflict, fault.SecretNotReplayable: ExitConflict,
	fault.RateLimited: ExitLimit, fault.AuthThrottled: ExitLimit, fault.TooManyStreams: ExitLimit, fault.CreditsExhausted: ExitLimit,
	fault.StoreUnavailable: ExitUnavailable, fault.StorageFull: ExitUnavailable, fault.ShuttingDown: ExitUnavailable,
	fault.APIUnreachable: ExitUnavailable, fault.RequestTimeout: ExitUnavailable,
}

// ExitFor returns the exit code for a refusal with that code, the same in every program.
func ExitFor(code fault.Code) int {
	if exit, listed := exits[code]; listed {
		return exit
	}
	return ExitError
}

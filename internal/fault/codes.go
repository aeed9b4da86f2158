package fault

import "net/http"

// The codes, as the contract lists them.
const (
	InvalidJSON          Code = "invalid_json"
	InvalidRequest       Code = "invalid_request"
	MissingAPIKey        Code = "missing_api_key"
	InvalidAPIKey        Code = "invalid_api_key"
	KeyRevoked           Code = "key_revoked"
	KeyExpired           Code = "key_expired"
	CreditsExhausted     Code = "credits_exhausted"
	FeatureNotAllowed    Code = "feature_not_allowed"
	InsufficientScope    Code = "insufficient_scope"
	OriginNotAllowed     Code = "origin_not_allowed"
	HostNotAllowed       Code = "host_not_allowed"
	NotFound             Code = "not_found"
	MethodNotAllowed     Code = "method_not_allowed"
	NotAcceptable        Code = "not_acceptable"
	RequestTimeout       Code = "request_timeout"
	LengthRequired       Code = "length_required"
	BodyTooLarge         Code = "body_too_large"
	URITooLong           Code = "uri_too_long"
	UnsupportedMediaType Code = "unsupported_media_type"
	HeadersTooLarge      Code = "headers_too_large"
	IdempotencyInFlight  Code = "idempotency_in_flight"
	SecretNotReplayable  Code = "secret_not_replayable"
	AlreadyRevoked       Code = "already_revoked"
	Conflict             Code = "conflict"
	ValidationFailed     Code = "validation_failed"
	IdempotencyKeyReused Code = "idempotency_key_reused"
	RateLimited          Code = "rate_limited"
	AuthThrottled        Code = "auth_throttled"
	TooManyStreams       Code = "too_many_streams"
	StoreUnavailable     Code = "store_unavailable"
	StorageFull          Code = "storage_full"
	ShuttingDown         Code = "shutting_down"
	Internal             Code = "internal"
	// APIUnreachable is used by clients alone: no answer came from the API. It is never sent by the API itself.
	APIUnreachable Code = "api_unreachable"
)

type entry struct {
	status int
	title  string
	detail string
}

var table = map[Code]entry{
	InvalidJSON:          {400, "Invalid JSON", "The body is not one strict JSON value. Send UTF-8 JSON without duplicate keys."},
	InvalidRequest:       {400, "Invalid request", "A header, cursor or parameter cannot be read. Correct it and send the request again."},
	MissingAPIKey:        {401, "Missing API key", "Send the key as `Authorization: Bearer unstuck_...`."},
	InvalidAPIKey:        {401, "Invalid API key", "The API key is not valid. Check that it was copied whole, or ask an admin for a new one."},
	KeyRevoked:           {401, "API key revoked", "This API key was revoked. Ask an admin for a new one."},
	KeyExpired:           {401, "API key expired", "This API key has expired. Ask an admin for a new one."},
	CreditsExhausted:     {402, "Credits exhausted", "The workspace has too few credits for this call; nothing was charged. Ask an admin to top up."},
	FeatureNotAllowed:    {403, "Plan does not include API keys", "The workspace's plan does not include API keys. Ask an admin to move to Pro or Team; the key then works again."},
	InsufficientScope:    {403, "Insufficient scope", "This API key lacks the permission for this call. Ask an admin for a key that has it."},
	OriginNotAllowed:     {403, "Origin not allowed", "Requests from this Origin are not allowed. Add it to UNSTUCK_ALLOWED_ORIGINS if it is yours."},
	HostNotAllowed:       {403, "Host not allowed", "This Host is not served here. Add it to UNSTUCK_ALLOWED_HOSTS if it is yours."},
	NotFound:             {404, "Not found", "There is nothing there. Check the path, id or hint, or search with find_accounts or find_leads."},
	MethodNotAllowed:     {405, "Method not allowed", "This method is not available here; the Allow header lists those that are."},
	NotAcceptable:        {406, "Not acceptable", "Answers are application/json; the Accept header excludes it."},
	RequestTimeout:       {408, "Request timeout", "The request took too long to arrive. Send it again."},
	Conflict:             {409, "Conflict", "The resource already exists or changed meanwhile. Read it and try again."},
	IdempotencyInFlight:  {409, "Request in flight", "A request with this idempotency key is still running. Wait and send it again."},
	SecretNotReplayable:  {409, "Secret not replayable", "The key was made by the first request and is shown once only. Revoke it and make another if it was lost."},
	AlreadyRevoked:       {409, "Already revoked", "The key is revoked already; nothing was changed."},
	LengthRequired:       {411, "Length required", "Send a Content-Length."},
	BodyTooLarge:         {413, "Body too large", "The body is larger than 1 MiB. Send less at a time."},
	URITooLong:           {414, "URI too long", "The URI is longer than 8 KiB. Use the POST form of this route."},
	UnsupportedMediaType: {415, "Unsupported media type", "Send the body as application/json."},
	HeadersTooLarge:      {431, "Headers too large", "The headers are larger than 16 KiB."},
	ValidationFailed:     {422, "Validation failed", "The input does not fit the schema. Correct the fields named in errors and send it again."},
	IdempotencyKeyReused: {422, "Idempotency key reused", "This idempotency key was used for another request. Use a new one."},
	RateLimited:          {429, "Rate limited", "The workspace's rate limit is used up. Wait for Retry-After seconds."},
	AuthThrottled:        {429, "Too many failed authentications", "Too many requests with invalid keys came from this address. Wait for Retry-After seconds."},
	TooManyStreams:       {429, "Too many streams", "Too many open streams. Close one and try again."},
	StoreUnavailable:     {503, "Store unavailable", "The store cannot be reached. Try again shortly."},
	StorageFull:          {503, "Storage full", "The storage is full; nothing was changed. Ask the operator to free space."},
	ShuttingDown:         {503, "Shutting down", "The server is shutting down. Try again shortly."},
	APIUnreachable:       {503, "API unreachable", "The API cannot be reached. Check UNSTUCK_API_URL and that the API is running."},
	Internal:             {500, "Internal error", "Something went wrong on our side. Quote the request id when you report it."},
}

// Known reports whether c is one of the contract's codes.
func (c Code) Known() bool { _, ok := table[c]; return ok }

// Status returns the HTTP status of the code; 500 for an unknown one.
func (c Code) Status() int {
	if e, ok := table[c]; ok {
		return e.status
	}
	return http.StatusInternalServerError
}

// Title returns the short fixed name of the code.
func (c Code) Title() string { return table[c].title }

// Detail returns the default public sentence of the code.
func (c Code) Detail() string { return table[c].detail }

// Codes returns every code; the order is not defined.
func Codes() []Code {
	out := make([]Code, 0, len(table))
	for c := range table {
		out = append(out, c)
	}
	return out
}

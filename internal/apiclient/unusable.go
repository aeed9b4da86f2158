package apiclient

import (
	"strings"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// words puts a code that makes a key unusable into what happened and what to do.
var words = map[fault.Code][2]string{
	fault.MissingAPIKey:     {"No API key is set.", "Run `unstuck auth login`, or set UNSTUCK_API_KEY, then call get_access_status again."},
	fault.InvalidAPIKey:     {"The API key is not valid.", "Check that it was copied whole and belongs to this API, or ask a workspace admin for a new one."},
	fault.KeyRevoked:        {"The API key was revoked.", "Run `unstuck auth login`, or ask a workspace admin for a new key."},
	fault.KeyExpired:        {"The API key has expired.", "Run `unstuck auth login`, or ask a workspace admin for a new key."},
	fault.FeatureNotAllowed: {"The workspace's plan does not include API keys.", "Ask a workspace admin to move to Pro or Team; this key then works again."},
	fault.AuthThrottled:     {"Too many failed attempts came from this address.", "Wait a minute, correct the key and try again."},
	fault.StoreUnavailable:  {"The API cannot reach its store.", "Try again shortly; nothing is wrong with the key."},
	fault.ShuttingDown:      {"The API is restarting.", "Try again shortly; nothing is wrong with the key."},
	fault.APIUnreachable:    {"The API cannot be reached.", "Check UNSTUCK_API_URL and that the API is running, then try again."},
}

// Unusable words err, which must not be nil, as the answer about a key that cannot be used.
func Unusable(err error) wire.Access {
	e := fault.From(err)
	text, known := words[e.Code]
	if !known {
		text = [2]string{"The key could not be checked.", "Try again shortly; if it stays so, tell the operator of the API."}
	}
	if e.Detail != "" && e.Detail != e.Code.Detail() { // a more exact reason, such as which file is at fault
		reason, step := parted(e.Detail)
		if step != "" && reason != text[0] {
			text[1] = step
		}
		text[0] = reason
	}
	usable := false
	return wire.Access{Usable: &usable, Code: string(e.Code), Reason: text[0], NextStep: text[1]}
}

// parted cuts a detail into what happened, its first sentence, and the advice that may follow.
func parted(detail string) (reason, advice string) {
	reason, advice, more := strings.Cut(detail, ". ")
	if more {
		reason += "."
	}
	return reason, advice
}

package cli

import (
	"regexp"
	"strings"

	"github.com/unstuckengine/unstuck/internal/tools"
)

// positional is what the words after a command mean.
type positional struct {
	use string
	set func(a *arguments, words string) error
}

// positionalOf returns what words the command takes: the query of a search, the hint of a look-up, the kind that figures are over, or none.
func positionalOf(spec *tools.Spec) *positional {
	if spec == tools.GetRecord.Spec {
		return &positional{"[HINT]", func(a *arguments, words string) error { return a.set(GuessHint(words), words) }}
	}
	if spec == tools.GetInsights.Spec {
		return &positional{"[OVER]", func(a *arguments, words string) error { return a.set("over", words) }}
	}
	switch spec {
	case tools.EnrichRecord.Spec:
		return &positional{"[HINT]", func(a *arguments, words string) error { return a.set("identity_hint."+guessIdentity(words), words) }}
	case tools.EnrichAccount.Spec:
		return &positional{"[DOMAIN]", func(a *arguments, words string) error { return a.set("company_domain", words) }}
	case tools.GetEnrichmentJob.Spec, tools.CancelEnrichmentJob.Spec, tools.GetQualificationJob.Spec, tools.ListSubscribers.Spec, tools.CreateSubscriber.Spec,
		tools.GetAudience.Spec, tools.ListAudienceMembers.Spec, tools.ListAudienceEvents.Spec, tools.DeleteAudience.Spec,
		tools.GetDestination.Spec, tools.TestDestination.Spec, tools.SyncAudience.Spec, tools.DeleteDestination.Spec, tools.ListDeliveries.Spec:
		return &positional{"[ID]", func(a *arguments, words string) error { return a.set("id", words) }}
	}
	if _, searches := spec.Input().Properties["query"]; searches {
		return &positional{"[QUERY]", func(a *arguments, words string) error { return a.set("query", words) }}
	}
	return nil
}

var (
	uuid     = regexp.MustCompile(`^(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	linkedIn = regexp.MustCompile(`^(?i)(https?://)?([a-z]+\.)?linkedin\.com/`)
	service  = regexp.MustCompile(`^[a-z]+:[^/]`)
)

// guessIdentity returns the field of an identity hint that a text most probably is meant as.
func guessIdentity(text string) string {
	switch hint := GuessHint(text); hint {
	case "email", "linkedin_url":
		return hint
	}
	return "company_domain"
}

// GuessHint returns the field of get_record that a text most probably is meant as: id, linkedin_url, email, handle,
// domain or external_id.
func GuessHint(text string) string {
	switch {
	case uuid.MatchString(text):
		return "id"
	case linkedIn.MatchString(text):
		return "linkedin_url"
	case strings.HasPrefix(text, "@"), service.MatchString(text):
		return "handle"
	case strings.Contains(text, "@"):
		return "email"
	case strings.Contains(text, "."), strings.Contains(text, "://"):
		return "domain"
	case strings.Contains(text, "_"):
		return "external_id" // of an import, such as co_1a2b; a handle with an underscore needs --handle
	}
	return "handle"
}

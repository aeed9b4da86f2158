package destinationpages

import (
	"cmp"
	"net/url"

	"github.com/unstuckengine/unstuck/internal/adminui/ui"
	"github.com/unstuckengine/unstuck/internal/destinations"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// kindWords are what people call the kinds.
var kindWords = map[destinations.Kind]string{destinations.Webhook: "Webhook", destinations.CSV: "CSV file", destinations.HubSpot: "HubSpot", destinations.Salesforce: "Salesforce"}

func kindWord(kind string) string { return cmp.Or(kindWords[destinations.Kind(kind)], ui.Words(kind)) }

// kindLeads say what a kind does.
var kindLeads = map[destinations.Kind]string{
	destinations.Webhook:    "A server of yours that is told of each change, by a signed request.",
	destinations.CSV:        "A file with the members of an audience, made whenever it is fetched.",
	destinations.HubSpot:    "Contacts and companies of a HubSpot account, kept up to date.",
	destinations.Salesforce: "Leads or contacts, and accounts, of a Salesforce organisation, kept up to date.",
}

// statusWord says whether the destination is sent anything, and how to mark it.
func statusWord(status string) (word, tone string) {
	switch destinations.Status(status) {
	case destinations.Pending:
		return "Waits for an Admin", "warn"
	case destinations.Active:
		return "Active", "good"
	case destinations.Paused:
		return "Paused", ""
	}
	return "Disabled", "bad"
}

// leads says where a destination leads: the whole address for those who set it, its host alone for the others, since a path may hold a secret.
func leads(d wire.Destination, whole bool) string {
	switch u, err := url.Parse(d.URL); {
	case d.URL == "" && d.Kind == string(destinations.HubSpot):
		return "api.hubapi.com"
	case d.URL == "":
		return "nowhere by itself"
	case whole:
		return d.URL
	case err == nil:
		return u.Host
	}
	return ""
}

// stateWord says what became of a delivery, and how to mark it.
func stateWord(d wire.Delivery) (word, tone string) {
	switch destinations.State(d.State) {
	case destinations.Queued:
		if d.Attempts > 0 && d.Error != "" {
			return "Tried, and again later", "warn"
		}
		return "Waiting", ""
	case destinations.Held:
		return "Held", ""
	case destinations.Delivered:
		return "Delivered", "good"
	case destinations.Skipped:
		return "Nothing to send", ""
	}
	return "Failed", "bad"
}

// typeWords say what a message is about.
var typeWords = map[destinations.Type]string{
	destinations.MemberAdded: "Added", destinations.MemberRemoved: "Removed", destinations.MemberReranked: "Moved in rank", destinations.Ping: "Test", destinations.TypeFile: "File fetched",
}

func typeWord(t string) string { return cmp.Or(typeWords[destinations.Type(t)], ui.Words(t)) }

// classWords say why an attempt failed, with what to do about it.
var classWords = map[destinations.Class]string{
	destinations.ClassForbidden:   "The address leads into a private network, or is no https.",
	destinations.ClassRedirect:    "The receiver redirects, which is not followed. Give its final address.",
	destinations.ClassUnreachable: "The receiver could not be reached, or broke off.",
	destinations.ClassNoSuchName:  "There is no such host name.",
	destinations.ClassCertificate: "The receiver's certificate does not hold.",
	destinations.ClassTimeout:     "The receiver took too long.",
	destinations.ClassStatus:      "The receiver did not take it.",
	destinations.ClassGone:        "The receiver said that it is gone for good, by status 410.",
	destinations.ClassRateLimited: "The receiver asks for fewer requests; it is asked again when it said.",
	destinations.ClassCredentials: "The receiver does not accept the credentials, or they lack a permission there.",
	destinations.ClassField:       "The receiver has no such field, or does not take its value:",
	destinations.ClassAnswer:      "The receiver's answer is not what it should be.",
	destinations.ClassSecret:      "A secret of this destination cannot be opened any more. Type it again.",
}

// reason says why the last attempt failed; "" when it did not.
func reason(d wire.Delivery) string {
	if d.Error == "" {
		return ""
	}
	text := cmp.Or(classWords[destinations.Class(d.Error)], ui.Words(d.Error)+".")
	if d.Field != "" {
		text += " " + d.Field
	}
	return text
}

// secretWords are what people call the secrets of a kind.
var secretWords = map[string]string{"token": "Access token", "client_secret": "Consumer secret", "signing": "Signing secret"}

func secretWord(name string) string { return cmp.Or(secretWords[name], ui.Words(name)) }

// overWord is what people call a kind of record.
func overWord(over string) string {
	if over == string(wire.OverAccounts) {
		return "companies"
	}
	return "people"
}

// signing is the name of a webhook's own secret.
const signing = "signing"

// optionWords are what people call the options of a kind.
var optionWords = map[string]string{"client_id": "Consumer key", "people": "People become"}

func optionWord(name string) string { return cmp.Or(optionWords[name], ui.Words(name)) }

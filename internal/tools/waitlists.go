package tools

import (
	"net/http"

	"github.com/unstuckengine/unstuck/internal/scope"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// ListSubscribers reads a page of a waitlist.
var ListSubscribers = define[wire.ListSubscribers, wire.Subscribers](Spec{
	Name: "list_subscribers", Title: "List waitlist subscribers",
	Description: "A page of a waitlist (id: wl_...) by present position, 25 or limit up to 200 a page. q: part of an email, or a referral code.",
	Permission:  scope.SubscribersRead, Effect: Read,
	Route:     Route{http.MethodGet, "/v1/waitlists/{id}/subscribers"},
	Command:   []string{"subscribers", "list"},
	Untrusted: []string{"items[].email"},
})

// CreateSubscriber signs a person up for a waitlist.
var CreateSubscriber = define[wire.CreateSubscriber, wire.Subscriber](Spec{
	Name: "create_subscriber", Title: "Add a waitlist subscriber",
	Description: "Signs an email up for a waitlist (id: wl_...); referral_code credits who referred it, ip is the visitor's. " +
		"An email that is there is answered like a new one, and nothing changes.",
	Permission: scope.SubscribersWrite, Effect: Write, Idempotent: true,
	Route:     Route{http.MethodPost, "/v1/waitlists/{id}/subscribers"},
	Command:   []string{"subscribers", "add"},
	Untrusted: []string{"email"},
})

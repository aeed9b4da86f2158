package salesforce

import (
	"encoding/json"

	"github.com/unstuckengine/unstuck/internal/destinations/mapping"
)

// room is how many characters the standard fields hold that hold more or less than the usual. Email is not among them: what a record is found by is never cut.
var room = map[string]int{"FirstName": 40, "LastName": 80, "Title": 128, "Phone": 40, "MobilePhone": 40, "City": 40, "State": 80, "Country": 80, "Industry": 40,
	"BillingCity": 40, "BillingState": 80, "BillingCountry": 80, "MailingCity": 40, "MailingState": 80, "MailingCountry": 80, "Description": 4000}

// usual is how many characters a text field holds.
const usual = 255

// valueOf is a value as Salesforce takes it: numbers and booleans as they are, all else as a text that has room in the field.
func valueOf(v mapping.Value) any {
	if len(v.JSON) == 0 || string(v.JSON) == "null" {
		return nil
	}
	switch v.JSON[0] {
	case '"', '[', '{':
	default:
		return json.RawMessage(v.JSON)
	}
	limit, known := room[v.Field]
	if !known {
		limit = usual
	}
	return mapping.Text(v.JSON, ";", limit)
}

// Package phonecheck brings telephone numbers into one spelling by the numbering plans of the world.
package phonecheck

import (
	"errors"

	"github.com/nyaruka/phonenumbers"
)

// ErrPhone says that a text is no telephone number that a person has.
var ErrPhone = errors.New("must be a telephone number in international form such as +14155550123, or the country must be known")

// maxText bounds what is taken for a number, with all its spaces and brackets.
const maxText = 60

// E164 returns the number in the form +14155550123. A number without a country's prefix is read as one of the country (ISO 3166 alpha-2, "" when it
// is unknown). It must be one that the country's plan gives out, and none that costs the caller extra; an extension is dropped. The error is ErrPhone.
func E164(s, country string) (string, error) {
	if len(s) > maxText {
		return "", ErrPhone
	}
	n, err := phonenumbers.Parse(s, country)
	if err != nil || !phonenumbers.IsValidNumber(n) {
		return "", ErrPhone
	}
	switch phonenumbers.GetNumberType(n) {
	case phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST, phonenumbers.VOICEMAIL, phonenumbers.PAGER:
		return "", ErrPhone
	}
	return phonenumbers.Format(n, phonenumbers.E164), nil
}

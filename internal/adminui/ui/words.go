package ui

import "cmp"

func orText(kind string) string    { return cmp.Or(kind, "text") }
func orOff(complete string) string { return cmp.Or(complete, "off") }

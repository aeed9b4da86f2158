package identity

import (
	"strings"
	"testing"
)

func TestCountryCode(t *testing.T) {
	for code, names := range map[string]string{
		"US": "us|US|USA|usa|U.S.|U.S.A.|United States|United States of America|the united states|America", "GB": "GB|UK|U.K.|GBR|United Kingdom|Great Britain|England",
		"KR": "South Korea|Korea, South|Republic of Korea|Korea, Republic of|korea (south)", "KP": "North Korea|DPRK", "CZ": "Czech Republic|Czechia", "RU": "Russia|Russian Federation",
		"VN": "Vietnam|Viet Nam", "TW": "Taiwan", "HK": "Hong Kong|Hong Kong SAR", "MO": "Macau|Macao", "TR": "Turkey|Türkiye|TURKIYE", "CI": "Ivory Coast|Côte d'Ivoire|Cote d’Ivoire",
		"CD": "DR Congo|Democratic Republic of the Congo", "CG": "Congo|Republic of the Congo", "NL": "Netherlands|The Netherlands|Holland", "AE": "UAE|United Arab Emirates", "XK": "Kosovo",
		"TT": "Trinidad and Tobago|Trinidad & Tobago", "VG": "British Virgin Islands", "VI": "US Virgin Islands|U.S. Virgin Islands", "BO": "Bolivia", "TZ": "Tanzania", "MM": "Myanmar|Burma",
		"SZ": "Eswatini|Swaziland", "MK": "North Macedonia|Macedonia", "LC": "St. Lucia|Saint Lucia|St Lucia", "CW": "Curacao|Curaçao", "AX": "Aland Islands", "GE": "Georgia", "JE": "Jersey",
		"GG": "Guernsey", "IM": "Isle of Man", "GI": "Gibraltar", "KY": "Cayman Islands", "BM": "Bermuda", "AI": "Anguilla", "GL": "Greenland", "IN": "India|IND", "IS": "is|Iceland", "ST": "st|São Tomé and Príncipe",
		"DE": "de|DEU| Germany ", "MC": "Monaco", "GN": "Guinea", "GW": "Guinea-Bissau", "NE": "Niger", "NG": "Nigeria", "SS": "South Sudan", "SD": "Sudan", "WS": "Samoa", "AS": "American Samoa",
	} {
		for name := range strings.SplitSeq(names, "|") {
			if got, ok := CountryCode(name); !ok || got != code {
				t.Errorf("CountryCode(%q) = %q, %v, want %q", name, got, ok, code)
			}
		}
	}
	for _, name := range []string{"", " ", "ZZ", "EU", "Europe", "Atlantis", "U", "united", "\xff", "-", strings.Repeat("a", 1000)} {
		if got, ok := CountryCode(name); ok || got != "" {
			t.Errorf("CountryCode(%q) = %q, want none", name, got)
		}
	}
}

func TestCountryTable(t *testing.T) {
	seen := map[string]string{}
	lines := strings.Split(strings.TrimSpace(countries), "\n")[1:]
	if len(lines) != 250 {
		t.Errorf("%d countries, want the 249 of ISO 3166-1 and XK", len(lines))
	}
	for _, line := range lines {
		fields := strings.Split(line, "|")
		code := fields[0]
		for _, f := range fields {
			if other, ok := seen[nameKey(f)]; ok && other != code {
				t.Errorf("%q stands for %s and %s", f, other, code)
			}
			seen[nameKey(f)] = code
			if got, ok := CountryCode(strings.ToLower(f)); !ok || got != code {
				t.Errorf("CountryCode(%q) = %q, want %s", f, got, code)
			}
		}
		if name, ok := CountryName(code); !ok || name != fields[2] || len(fields[1]) != 3 {
			t.Errorf("%s: name %q, alpha-3 %q", code, name, fields[1])
		}
	}
}

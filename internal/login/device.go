package login

import "strings"

// named pairs what stands in a User-Agent with what people call it; the first found counts, since browsers claim to be their elders.
type named struct{ mark, name string }

var (
	browsers = []named{
		{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Vivaldi/", "Vivaldi"}, {"SamsungBrowser/", "Samsung Internet"}, {"FxiOS/", "Firefox"}, {"Firefox/", "Firefox"},
		{"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"},
	}
	systems = []named{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"CrOS", "ChromeOS"}, {"Windows", "Windows"}, {"Mac OS X", "Mac"}, {"Linux", "Linux"},
	}
)

// Device names the device that sent a User-Agent, in words for people, such as "Firefox on Windows". None of the header's own text is taken over.
func Device(userAgent string) string {
	browser, system := first(browsers, userAgent), first(systems, userAgent)
	switch {
	case browser == "" && system == "":
		return "Unknown device"
	case system == "":
		return browser
	case browser == "":
		return "A program on " + system
	}
	return browser + " on " + system
}

func first(of []named, text string) string {
	for _, n := range of {
		if strings.Contains(text, n.mark) {
			return n.name
		}
	}
	return ""
}

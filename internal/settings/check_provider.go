package settings

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/itchyny/gojq"

	"github.com/unstuckengine/unstuck/internal/enrich"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// The bounds of a provider's description.
const (
	maxURL        = 2000
	maxHeaders    = 10
	maxHeader     = 1024
	maxPrefix     = 64
	maxProgram    = 8 << 10
	maxCost       = 1000
	minTimeoutMS  = 100
	maxTimeoutMS  = 30_000
	timeoutMS     = 10_000 // when left out
	confidence    = 0.5    // when left out: a value that nobody vouches for
	kindHTTP      = "http"
	defaultMethod = "GET"
)

var (
	headerName  = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$")
	queryName   = regexp.MustCompile(`^[A-Za-z0-9_.\[\]-]{1,100}$`)
	placeholder = regexp.MustCompile(`\{([a-z_]*)\}`)
)

// Placeholders returns the names that a URL template may hold in braces.
func Placeholders() []string {
	return []string{"first_name", "last_name", "domain", "email", "linkedin_url"}
}

// reservedHeaders are written by the client alone, or would carry secrets in clear.
var reservedHeaders = []string{"host", "connection", "content-length", "content-type", "transfer-encoding", "te", "trailer", "upgrade", "keep-alive",
	"proxy-authorization", "proxy-connection", "accept-encoding"}

var secretHeaders = []string{"authorization", "cookie"}

// completeProviders puts the defaults in, so that what is stored says all.
func completeProviders(providers map[string]wire.ProviderSettings) {
	for name, p := range providers {
		if p.Enabled == nil {
			p.Enabled = ptr(true)
		}
		if p.Method == "" {
			p.Method = defaultMethod
		}
		if p.Confidence == nil {
			p.Confidence = ptr(confidence)
		}
		if p.TimeoutMS == nil {
			p.TimeoutMS = ptr(int64(timeoutMS))
		}
		providers[name] = p
	}
}

func ptr[T any](v T) *T { return &v }

func (c *checker) provider(name string, p wire.ProviderSettings, held holders) {
	base := providerPath(name)
	at := func(field string) string { return strictjson.Join(base, field) }
	builtin := slices.Contains(Builtins(), name)
	c.refuse(!providerName.MatchString(name) || builtin, base, "must be named by 1 to 40 of a-z, 0-9 and _, and not as one that is built in")
	c.refuse(p.Kind != kindHTTP, at("kind"), "must be a kind of provider", kindHTTP)
	problem, allowed := checkURL(p.URL)
	c.refuse(problem != "", at("url"), problem, allowed...)
	c.refuse(p.Method != "" && p.Method != "GET" && p.Method != "POST", at("method"), "must be a method", "GET", "POST")
	c.headers(at("headers"), p.Headers)
	c.secret(at, p, held.has(name))
	c.refuse(p.Request != "" && p.Method != "POST", at("request"), "makes a body, which needs method POST")
	c.program(at("request"), p.Request, false)
	c.program(at("response"), p.Response, true)
	c.serves(at("fields"), p.Fields)
	c.refuse(p.Cost == nil || *p.Cost < 0 || *p.Cost > maxCost, at("cost"), "must be given: 0 to "+strconv.Itoa(maxCost)+" credits for each value")
	c.refuse(p.Confidence != nil && (*p.Confidence < 0 || *p.Confidence > 1), at("confidence"), "must be 0 to 1")
	c.refuse(p.TimeoutMS != nil && (*p.TimeoutMS < minTimeoutMS || *p.TimeoutMS > maxTimeoutMS), at("timeout_ms"),
		"must be "+strconv.Itoa(minTimeoutMS)+" to "+strconv.Itoa(maxTimeoutMS))
}

// checkURL returns what is wrong with a template, "" for nothing, and what is allowed in braces where that is it.
func checkURL(template string) (problem string, allowed []string) {
	for _, m := range placeholder.FindAllStringSubmatch(template, -1) {
		if !slices.Contains(Placeholders(), m[1]) {
			return "may hold these names alone in braces", Placeholders()
		}
	}
	filled := placeholder.ReplaceAllString(template, "0")
	u, err := url.Parse(filled)
	switch {
	case err != nil || !visible(template, 1, maxURL) || strings.ContainsAny(filled, "{}"):
		return "must be an https URL of at most " + strconv.Itoa(maxURL) + " characters, with these names alone in braces", Placeholders()
	case u.Scheme != "https" || u.Hostname() == "":
		return "must be an https URL with a host", nil
	case u.User != nil || strings.Contains(template, "#"):
		return "must have neither user name, password nor fragment; secrets go into secret", nil
	case !strings.HasPrefix(template, "https://"+u.Host):
		return "must name its host without braces", nil
	case u.Port() != "" && !isPort(u.Port()):
		return "must have a port from 1 to 65535, or none", nil
	}
	return "", nil
}

func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0
}

// hostOf returns host and port of a template that passed, in lower case.
func hostOf(template string) string {
	u, err := url.Parse(placeholder.ReplaceAllString(template, "0"))
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Host)
}

func (c *checker) headers(path string, headers map[string]string) {
	c.refuse(len(headers) > maxHeaders, path, "at most "+strconv.Itoa(maxHeaders)+" headers")
	seen := map[string]bool{}
	for name, value := range headers {
		at, folded := strictjson.Join(path, strictjson.Name(name)), strings.ToLower(name)
		switch {
		case slices.Contains(secretHeaders, folded):
			c.refuse(true, at, "carries secrets; use secret with secret_header")
		case !headerName.MatchString(name) || slices.Contains(reservedHeaders, folded) || seen[folded]:
			c.refuse(true, at, "must be the name of a header that is not reserved, once")
		default:
			c.refuse(!headerText(value, maxHeader), at, "must be at most "+strconv.Itoa(maxHeader)+" ASCII characters in one line")
		}
		seen[folded] = true
	}
}

// headerText reports whether the text may stand in a header.
func headerText(text string, most int) bool {
	return len(text) <= most && !strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' })
}

func (c *checker) secret(at func(string) string, p wire.ProviderSettings, has bool) {
	c.refuse(p.SecretHeader != "" && (!headerName.MatchString(p.SecretHeader) || slices.Contains(reservedHeaders, strings.ToLower(p.SecretHeader))),
		at("secret_header"), "must be the name of a header that is not reserved")
	c.refuse(p.SecretQuery != "" && !queryName.MatchString(p.SecretQuery), at("secret_query"), "must be the name of a query parameter")
	c.refuse(p.SecretHeader != "" && p.SecretQuery != "", at("secret_query"), "give either secret_header or secret_query")
	c.refuse(has && p.SecretHeader == "" && p.SecretQuery == "", at("secret_header"), "must be given with a secret, or else secret_query")
	c.refuse(p.SecretPrefix != "" && (p.SecretHeader == "" || !headerText(p.SecretPrefix, maxPrefix)), at("secret_prefix"),
		"belongs to secret_header; at most "+strconv.Itoa(maxPrefix)+" ASCII characters")
}

func (c *checker) program(path, text string, needed bool) {
	switch {
	case text == "":
		c.refuse(needed, path, "must be a jq program")
	case len(text) > maxProgram:
		c.refuse(true, path, "must be at most "+strconv.Itoa(maxProgram)+" bytes")
	default:
		query, err := gojq.Parse(text)
		if err == nil {
			_, err = gojq.Compile(query)
		}
		c.refuse(err != nil, path, "is not a jq program that runs here: a syntax error, or a function or variable that does not exist")
	}
}

func (c *checker) serves(path string, fields []string) {
	known := fieldNames(append(enrich.ChannelFields(), enrich.AccountFields()...))
	c.refuse(len(fields) == 0, path, "must name at least one field", known...)
	for i, f := range fields {
		at := path + "[" + strconv.Itoa(i) + "]"
		c.refuse(!slices.Contains(known, f), at, "must be a field", known...)
		c.refuse(slices.Index(fields, f) != i, at, "stands twice")
	}
}

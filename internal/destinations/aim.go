package destinations

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// url takes a URL apart: its query may hold a secret.
func (e *edit) url() error {
	if e.in.URL == "" {
		return nil
	}
	d := &e.after
	u, err := url.Parse(e.in.URL)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" {
		e.refuse(true, "url", "must be an https URL")
		return nil
	}
	e.refuse(u.User != nil, "url", "must hold neither user name nor password; give a secret header")
	e.refuse(strings.Contains(e.in.URL, "#"), "url", "must have no fragment")
	e.refuse(strings.ContainsFunc(e.in.URL, func(r rune) bool { return r <= ' ' || r > '~' }), "url", "must be of visible ASCII characters")
	query := u.RawQuery
	kept, _ := e.service.open(*d, querySecret) // one that cannot be opened any more is another one
	u.RawQuery, u.ForceQuery = "", false
	plain := u.String()
	if plain == d.URL && query == kept.Reveal() {
		return nil
	}
	e.aimed = true
	e.detail["url"] = "set"
	e.note("host", hostOf(d.URL), u.Host)
	e.guard(hostOf(d.URL), u.Host)
	d.URL = plain
	delete(d.Sealed, querySecret)
	if query == "" {
		return nil
	}
	return e.service.put(d, querySecret, query, time.Time{})
}

func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil {
		return ""
	}
	return u.Host
}

// guard keeps secrets from a host that they were not meant for: they must be given again.
func (e *edit) guard(before, after string) {
	if before == after {
		return
	}
	for name := range e.after.Sealed {
		if own, ok := strings.CutPrefix(name, kindSecret); ok && e.in.Secrets[own] == "" {
			e.refuse(true, "secrets."+own, "must be given again when the host of url changes, so that it is never sent where it was not meant to go")
		}
	}
	if e.in.Headers == nil {
		for i, h := range e.after.Headers {
			e.refuse(h.Secret, headerPath(i), "must be given again when the host of url changes, so that it is never sent where it was not meant to go")
		}
	}
}

func headerPath(i int) string { return "headers[" + strconv.Itoa(i) + "].value" }

// headers replaces the headers; a secret one without a value keeps what is set, unless the host changed.
func (e *edit) headers() error {
	if e.in.Headers == nil {
		return nil
	}
	d := &e.after
	e.refuse(d.Kind != Webhook && len(*e.in.Headers) > 0, "headers", "belong to webhooks alone")
	moved := hostOf(e.before.URL) != hostOf(d.URL)
	var list []Header
	kept := map[string]bool{}
	for i, h := range *e.in.Headers {
		name := headerSecret + strings.ToLower(h.Name)
		if !h.Secret {
			list = append(list, Header(h))
			continue
		}
		list, kept[name] = append(list, Header{Name: h.Name, Secret: true}), true
		_, set := d.Sealed[name]
		e.refuse(h.Value == "" && (!set || moved), headerPath(i), "must be given: there is none for this host yet")
		if h.Value != "" {
			e.aimed = true
			e.detail["header "+strings.ToLower(h.Name)] = "set"
			if err := e.service.put(d, name, h.Value, time.Time{}); err != nil {
				return err
			}
		}
	}
	for name := range d.Sealed {
		if strings.HasPrefix(name, headerSecret) && !kept[name] {
			delete(d.Sealed, name)
		}
	}
	if !slices.Equal(d.Headers, list) {
		e.aimed, e.detail["headers"] = true, strconv.Itoa(len(list))
	}
	d.Headers = list
	return nil
}

// secrets seals those that are given.
func (e *edit) secrets() error {
	for name, plain := range e.in.Secrets {
		e.aimed = true
		e.detail["secret "+name] = "set"
		if err := e.service.put(&e.after, kindSecret+name, plain, time.Time{}); err != nil {
			return err
		}
	}
	return nil
}

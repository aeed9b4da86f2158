package settings

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/unstuckengine/unstuck/internal/filter"
	"github.com/unstuckengine/unstuck/internal/qualify"
	"github.com/unstuckengine/unstuck/internal/strictjson"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// The bounds of ICPs. Their text is bounded as a whole, since every version is kept.
const (
	maxICPs       = 20
	maxPersonas   = 10
	maxParameters = 30
	maxICPBytes   = 256 << 10
	maxRelated    = 100 // conditions that look at signals, leads or accounts, in all: they cost the most
)

var code = regexp.MustCompile(`^[a-z0-9_-]{1,40}$`)

func (c *checker) icps(set map[string]wire.ICPSettings) {
	c.refuse(len(set) > maxICPs, ICPsSection, fmt.Sprintf("at most %d ICPs", maxICPs))
	text, err := json.Marshal(set)
	if err != nil || len(text) > maxICPBytes {
		c.refuse(true, ICPsSection, fmt.Sprintf("at most %d KiB of JSON", maxICPBytes>>10))
		return
	}
	for _, name := range slices.Sorted(maps.Keys(set)) {
		icp, path := set[name], strictjson.Join(ICPsSection, strictjson.Name(name))
		c.target(path, name, icp.Name, filter.Accounts, icp.Parameters)
		path = strictjson.Join(path, "personas")
		c.refuse(len(icp.Personas) > maxPersonas, path, fmt.Sprintf("at most %d personas", maxPersonas))
		for _, name := range slices.Sorted(maps.Keys(icp.Personas)) {
			p := icp.Personas[name]
			c.target(strictjson.Join(path, strictjson.Name(name)), name, p.Name, filter.Leads, p.Parameters)
		}
	}
}

// target checks what ICPs and personas have alike.
func (c *checker) target(path, named, name string, over filter.Kind, parameters []wire.ParameterSettings) {
	c.refuse(!code.MatchString(named), path, "must have a code of 1 to 40 of a-z, 0-9, _ and -")
	c.name(strictjson.Join(path, "name"), name)
	path = strictjson.Join(path, "parameters")
	selects := slices.ContainsFunc(parameters, func(p wire.ParameterSettings) bool { return p.Mode == wire.ModeFilter || p.Mode == wire.ModeScore })
	c.refuse(!selects || len(parameters) > maxParameters, path, fmt.Sprintf("must be 1 to %d, at least one of mode filter or score", maxParameters))
	seen := map[string]bool{}
	for i, p := range parameters {
		at := path + "[" + strconv.Itoa(i) + "]"
		c.parameter(at, over, p)
		c.refuse(seen[p.Name], strictjson.Join(at, "name"), "stands twice")
		seen[p.Name] = true
	}
}

func (c *checker) parameter(path string, over filter.Kind, p wire.ParameterSettings) {
	c.name(strictjson.Join(path, "name"), p.Name)
	modes := []string{wire.ModeFilter, wire.ModeScore, wire.ModeExclude}
	c.refuse(!slices.Contains(modes, p.Mode), strictjson.Join(path, "mode"), "must be a mode", modes...)
	weight := strictjson.Join(path, "weight")
	c.refuse(p.Mode == wire.ModeScore && p.Weight == nil, weight, "must be given with mode score: 1 to 100")
	c.refuse(p.Mode != wire.ModeScore && p.Weight != nil, weight, "belongs to mode score alone")
	c.number(weight, p.Weight, 1, maxWeight)
	path = strictjson.Join(path, "condition")
	node, err := qualify.Condition(path, over, p.Condition, time.Unix(0, 0))
	c.failed(err)
	if err == nil {
		before := c.related
		c.related += filter.Related(node)
		c.refuse(before <= maxRelated && c.related > maxRelated, path,
			fmt.Sprintf("is one too many: at most %d conditions on signals, leads and account., over all ICPs and personas", maxRelated))
	}
}

// completeICPs says of each whether it is enabled.
func completeICPs(set map[string]wire.ICPSettings) {
	for name, icp := range set {
		enabled(&icp.Enabled)
		for name, p := range icp.Personas {
			enabled(&p.Enabled)
			icp.Personas[name] = p
		}
		set[name] = icp
	}
}

func enabled(flag **bool) {
	if *flag == nil {
		*flag = ptr(true)
	}
}

func shownICPs(set map[string]wire.ICPSettings) map[string]wire.ICPSettings {
	if set == nil {
		return map[string]wire.ICPSettings{}
	}
	return set
}

// icpsOf returns those that are enabled, with their enabled personas, by code.
func icpsOf(set map[string]wire.ICPSettings) (out []qualify.ICP) {
	for _, name := range slices.Sorted(maps.Keys(set)) {
		s := set[name]
		if !*s.Enabled {
			continue
		}
		icp := qualify.ICP{Code: name, Name: s.Name, Parameters: parametersOf(s.Parameters)}
		for _, name := range slices.Sorted(maps.Keys(s.Personas)) {
			if p := s.Personas[name]; *p.Enabled {
				icp.Personas = append(icp.Personas, qualify.Persona{Code: name, Name: p.Name, Parameters: parametersOf(p.Parameters)})
			}
		}
		out = append(out, icp)
	}
	return out
}

func parametersOf(set []wire.ParameterSettings) (out []qualify.Parameter) {
	for _, p := range set {
		q := qualify.Parameter{Name: p.Name, Mode: p.Mode, Condition: p.Condition}
		if p.Weight != nil {
			q.Weight = *p.Weight
		}
		out = append(out, q)
	}
	return out
}

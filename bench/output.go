package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// report is the whole run as it is written to --json.
type report struct {
	Go      string   `json:"go"`
	System  string   `json:"system"`
	CPUs    int      `json:"cpus"`
	Rounds  int      `json:"rounds"`
	Results []result `json:"results"`
}

func newReport(rounds int, results []result) report {
	return report{Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH, CPUs: runtime.NumCPU(), Rounds: rounds, Results: results}
}

func (r report) writeJSON(file string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o600)
}

func (r report) writeMarkdown(file string) error {
	var b strings.Builder
	r.table(&b)
	return os.WriteFile(file, []byte(b.String()), 0o600)
}

// table prints the run as Markdown.
func (r report) table(w io.Writer) {
	fmt.Fprintf(w, "%s, %s, %d CPUs, %d rounds, medians. The ratio is ours / reference, with its lowest and highest round.\n\n", r.Go, r.System, r.CPUs, r.Rounds)
	fmt.Fprintln(w, "| # | what | unit | ours | reference | | ratio | must | |")
	fmt.Fprintln(w, "|---|---|---|---:|---:|---|---:|---:|---|")
	for _, x := range r.Results {
		fmt.Fprintln(w, x.line())
	}
}

func (r result) line() string {
	if r.Verdict == failed {
		return fmt.Sprintf("| %s | %s | %s | | | %s | | %s | not measured: %s |", r.ID, r.What, r.Unit, r.Reference, r.limit(), strings.ReplaceAll(r.Error, "\n", " "))
	}
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %s | %.2f (%.2f-%.2f) | %s | %s |", r.ID, r.What, r.Unit,
		figure(median(r.Ours)), figure(median(r.Theirs)), r.Reference, r.Ratio, r.Lowest, r.Highest, r.limit(), r.Verdict)
}

func (r result) limit() string {
	sign := map[direction]string{lower: "≤ ", higher: "≥ "}[r.Better]
	out := sign + strconv.FormatFloat(r.Must, 'g', 4, 64)
	if r.Stretch != 0 {
		out += " (" + strconv.FormatFloat(r.Stretch, 'g', 3, 64) + ")"
	}
	return out
}

// figure prints three significant digits, whole numbers from 100 on.
func figure(v float64) string {
	if v >= 100 {
		return strconv.FormatFloat(v, 'f', 0, 64)
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

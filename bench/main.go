// Command bench measures this project beside the limits that it should approach, which it builds itself.
//
// Every figure is a ratio within one run on one machine; absolute times are printed but never judged by themselves. Only
// what a model reads of the tools (G4) and the size of the MCP server's binary (G6) make the command fail.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

type options struct {
	rounds         int
	quick          bool
	only           string
	json, markdown string
	data           string
	sizes          sizes
}

func parse(args []string) (options, error) {
	o := options{sizes: sizes{10_000, 100_000}}
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.IntVar(&o.rounds, "rounds", 0, "rounds of each row (default 5, with --quick 2)")
	f.BoolVar(&o.quick, "quick", false, "short samples and few rounds, to see that every row runs")
	f.StringVar(&o.only, "only", "", "rows to run, for example G1,G7 (default all)")
	f.StringVar(&o.json, "json", "", "write the figures to this file")
	f.StringVar(&o.markdown, "markdown", "", "write the table to this file")
	f.StringVar(&o.data, "data", os.Getenv("UNSTUCK_DATA"), "folder with companies.jsonl, people.jsonl, signals.jsonl; made-up data when empty")
	f.Var(&o.sizes, "sizes", "numbers of accounts of G22, each with 10 signals; a million needs 10 GB and a quarter of an hour")
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if o.rounds == 0 {
		o.rounds = map[bool]int{false: 5, true: 2}[o.quick]
	}
	if f.NArg() > 0 || o.rounds < 1 {
		return o, errors.New("bench takes flags only, and at least one round")
	}
	return o, nil
}

// choose returns the rows named by only, all when it is empty.
func choose(all []row, only string) ([]row, error) {
	if only == "" {
		return all, nil
	}
	names := strings.Split(strings.ToUpper(only), ",")
	chosen := slices.DeleteFunc(slices.Clone(all), func(r row) bool { return !slices.Contains(names, r.id) })
	for _, n := range names {
		if !slices.ContainsFunc(chosen, func(r row) bool { return r.id == n }) {
			return nil, fmt.Errorf("there is no row %s", n)
		}
	}
	return chosen, nil
}

func main() {
	code, err := run(os.Args[1:])
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench: "+err.Error())
		code = 2
	}
	os.Exit(code)
}

func run(args []string) (int, error) {
	o, err := parse(args)
	if err != nil {
		return 0, err
	}
	rows, err := choose(slices.Concat(table, growth(o.sizes), keeping(o.sizes)), o.only)
	if err != nil {
		return 0, err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	l, err := newLab(o)
	if err != nil {
		return 0, err
	}
	defer l.close()
	r := newReport(o.rounds, runAll(ctx, l, rows))
	r.table(os.Stdout)
	return exitCode(r.Results), errors.Join(ctx.Err(), write(o.json, r.writeJSON), write(o.markdown, r.writeMarkdown))
}

func write(file string, how func(string) error) error {
	if file == "" {
		return nil
	}
	return how(file)
}

func runAll(ctx context.Context, l *lab, rows []row) (results []result) {
	for _, r := range rows {
		if ctx.Err() != nil {
			break
		}
		begun := time.Now()
		x := measure(ctx, l, r)
		fmt.Fprintf(os.Stderr, "%-4s %-8s %6.1f s  %s\n", x.ID, x.Verdict, time.Since(begun).Seconds(), x.What)
		results = append(results, x)
	}
	return results
}

package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/unstuckengine/unstuck/internal/apiclient"
	"github.com/unstuckengine/unstuck/internal/cli/render"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/credentials"
	"github.com/unstuckengine/unstuck/internal/wire"
)

// source is one file to import.
type source struct {
	name string
	kind wire.ImportKind
	csv  bool
	size int64 // 0 when it is not known
	r    *bufio.Reader
	done func() error
}

// importer sends files in parts and adds up what became of them.
type importer struct {
	*program
	login         credentials.Login
	client        *apiclient.Client
	registerTypes bool
	report        wire.ImportReport
	bar           *progressbar.ProgressBar
}

func (p *program) importCommand() *cobra.Command {
	given := map[wire.ImportKind]*[]string{}
	im := &importer{program: p, report: wire.ImportReport{Report: []wire.LineError{}}}
	c := &cobra.Command{Use: "import [FILE...]", Short: "Import accounts, leads and signals from JSON Lines or CSV",
		Long: "Sends files in parts and prints what became of every line that did not go in whole. What a file holds is told by a flag, else by its name, else by its first line. " +
			"Running it again changes nothing, so an import that was interrupted is simply started again. Rejected lines are reported and do not fail the import.",
		Example: "  unstuck import accounts.jsonl people.csv signals.jsonl\n  unstuck import --leads export.csv\n  zcat signals.jsonl.gz | unstuck import --signals -"}
	for _, kind := range kinds {
		given[kind] = c.Flags().StringArray(string(kind), nil, "`file` of "+string(kind)+", or - for stdin")
	}
	c.Flags().BoolVar(&im.registerTypes, "register-types", false, "enable custom signal types that are new")
	c.RunE = func(c *cobra.Command, args []string) error {
		sources, err := p.openAll(given, args)
		defer closeAll(sources)
		if err != nil {
			return err
		}
		if im.login, im.client, err = p.connect(); err != nil {
			return err
		}
		return im.run(c.Context(), sources)
	}
	return c
}

func (p *program) openAll(given map[wire.ImportKind]*[]string, guessed []string) ([]*source, error) {
	byKind := map[wire.ImportKind][]*source{}
	var all []*source
	open := func(name string, kind wire.ImportKind) error {
		s, err := p.open(name, kind)
		if err == nil {
			all = append(all, s)
			byKind[s.kind] = append(byKind[s.kind], s)
		}
		return err
	}
	for _, kind := range kinds {
		for _, name := range *given[kind] {
			if err := open(name, kind); err != nil {
				return all, err
			}
		}
	}
	for _, name := range guessed {
		if err := open(name, ""); err != nil {
			return all, err
		}
	}
	if len(all) == 0 {
		return nil, config.Fail(config.ExitUsage, "name a file to import; see `unstuck import --help`")
	}
	var inOrder []*source
	for _, kind := range kinds {
		inOrder = append(inOrder, byKind[kind]...)
	}
	return inOrder, nil
}

func (p *program) open(name string, kind wire.ImportKind) (*source, error) {
	s := &source{name: filepath.Base(name), kind: kind, done: func() error { return nil }}
	var r io.Reader = p.Stdin
	if name == "-" {
		s.name = "stdin"
	} else {
		f, err := os.Open(name)
		if err != nil {
			return nil, config.Fail(config.ExitError, "cannot read the file: %w", err)
		}
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			s.size = info.Size()
		}
		r, s.done = f, f.Close
	}
	s.r = bufio.NewReaderSize(r, 64<<10)
	line := peekLine(s.r)
	s.csv = isCSV(name, line)
	if s.kind == "" {
		s.kind = guessKind(name, line)
	}
	if s.kind == "" {
		_ = s.done()
		return nil, config.Fail(config.ExitUsage, "cannot tell what %s holds; name it with --accounts, --leads or --signals", s.name)
	}
	return s, nil
}

func closeAll(sources []*source) {
	for _, s := range sources {
		_ = s.done()
	}
}

func (im *importer) run(ctx context.Context, sources []*source) error {
	for _, s := range sources {
		at, err := im.send(ctx, s)
		if err != nil {
			im.say("stopped at line %d of %s; start the same import again to go on, what went in is not doubled", at, s.name)
			return errors.Join(err, im.show())
		}
	}
	if err := im.show(); err != nil {
		return err
	}
	if n := im.report.Rejected; n > 0 {
		im.say("%d of %d lines were rejected; the report says why", n, im.report.Read)
	}
	return nil
}

// send sends one file and returns the line at which it stopped.
func (im *importer) send(ctx context.Context, s *source) (int, error) {
	im.start(s)
	defer im.finish()
	in := wire.ImportRecords{Kind: s.kind, File: s.name, RegisterTypes: im.registerTypes}
	contentType := apiclient.JSONLines
	if s.csv {
		contentType = apiclient.CSV
	}
	for split := newSplitter(s.r, s.csv); ; {
		p, err := split.next()
		if errors.Is(err, io.EOF) {
			return split.line, nil
		}
		if err != nil {
			return split.line, config.Fail(config.ExitError, "cannot read %s: %w", s.name, err)
		}
		in.FirstLine = p.firstLine
		report, err := patiently(ctx, func() (wire.ImportReport, error) { // a part that goes in twice changes nothing
			return im.client.Import(ctx, im.login.Key, in, contentType, bytes.NewReader(p.body))
		})
		if err != nil {
			return p.firstLine, err
		}
		im.add(report)
		if im.bar != nil {
			_ = im.bar.Add(len(p.body))
		}
	}
}

func (im *importer) add(r wire.ImportReport) {
	t := &im.report
	t.Read += r.Read
	t.Created += r.Created
	t.Updated += r.Updated
	t.Unchanged += r.Unchanged
	t.Rejected += r.Rejected
	t.Report = append(t.Report, r.Report...)
}

func (im *importer) start(s *source) {
	if !im.bars() {
		return
	}
	total := s.size
	if total == 0 {
		total = -1
	}
	im.bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(im.Stderr), progressbar.OptionSetDescription(render.Clean(s.name)),
		progressbar.OptionShowBytes(true), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionFullWidth(), progressbar.OptionClearOnFinish())
}

func (im *importer) finish() {
	if im.bar != nil {
		_ = im.bar.Finish()
		im.bar = nil
	}
}

// show prints the report: whole as JSON, else its lines, with the sums as a message.
func (im *importer) show() error {
	r := im.report
	im.say("%d lines: %d created, %d updated, %d unchanged, %d rejected", r.Read, r.Created, r.Updated, r.Unchanged, r.Rejected)
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return im.print(body, render.Layout{Rows: "report", Table: render.Columns("file", "line", "code", "field", "message")})
}

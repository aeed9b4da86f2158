package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/unstuckengine/unstuck/internal/demo"
	"github.com/unstuckengine/unstuck/internal/search"
)

// imported are the tables that an import fills, but for the text index.
var imported = []string{"accounts", "account_tags", "leads", "signals", "settings", "words"}

// importing is G21: lines a second of a whole import into a new SQLite file, the program's start included, beside the
// same rows, those of the text index included, by bare transactions of 500.
func importing(ctx context.Context, s *stage) (pair, error) {
	files, err := s.sampleFiles()
	if err != nil {
		return pair{}, err
	}
	first, lines, err := s.importFiles(ctx, files)
	if err != nil {
		return pair{}, err
	}
	all, err := s.readImported(ctx, first.file)
	if err != nil {
		return pair{}, err
	}
	perSecond := func(how func(context.Context) (time.Duration, error)) sample {
		return func(ctx context.Context) (float64, error) {
			took, err := how(ctx)
			return float64(lines) / took.Seconds(), err
		}
	}
	return pair{
		perSecond(func(ctx context.Context) (time.Duration, error) {
			d, _, err := s.importFiles(ctx, files)
			return d.took, err
		}),
		perSecond(func(ctx context.Context) (time.Duration, error) { return s.replay(ctx, all) }),
	}, nil
}

// sampleFiles are the flags of an import of the sample data, or of that of the demonstration.
func (s *stage) sampleFiles() ([]string, error) {
	if s.data != "" {
		in := func(name string) string { return filepath.Join(s.data, name+".jsonl") }
		_, err := os.Stat(in("companies"))
		return []string{"--accounts", in("companies"), "--leads", in("people"), "--signals", in("signals")}, err
	}
	now := time.Now()
	accounts, err1 := s.demo("accounts", demo.Accounts(now))
	leads, err2 := s.demo("leads", demo.Leads(now))
	signals, err3 := s.demo("signals", demo.Signals(now))
	return []string{"--accounts", accounts, "--leads", leads, "--signals", signals}, errors.Join(err1, err2, err3)
}

// finished is a database after an import.
type finished struct {
	database
	took time.Duration
}

func (s *stage) importFiles(ctx context.Context, files []string) (finished, int, error) {
	d, err := s.database(ctx, sqlite)
	if err != nil {
		return finished{}, 0, err
	}
	workspace, _, err := s.tenant(ctx, d)
	if err != nil {
		return finished{}, 0, err
	}
	bin, err := s.binary(ctx, "cmd/api")
	if err != nil {
		return finished{}, 0, err
	}
	var report struct{ Read, Created int }
	args := slices.Concat([]string{"admin", "import", "--workspace", workspace, "--register-types", "-o", "json"}, files)
	begun := time.Now()
	err = s.command(ctx, &report, bin, d.env, args...)
	took := time.Since(begun)
	if err == nil && report.Created == 0 {
		err = errors.New("the import created nothing")
	}
	return finished{d, took}, report.Read, err
}

// readImported returns all rows that an import wrote. The text index keeps no text, so its rows are made again.
func (s *stage) readImported(ctx context.Context, file string) ([]rows, error) {
	db, err := s.lite(file)
	if err != nil {
		return nil, err
	}
	var all []rows
	for _, table := range imported {
		r, err := read(ctx, db, table, 0)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	for _, kind := range []struct{ table, text string }{
		{"accounts_fts", "SELECT a.doc, w.short_id, a.name, a.aliases, a.domain, a.description FROM accounts a JOIN workspaces w ON w.id = a.workspace_id"},
		{"leads_fts", "SELECT l.doc, w.short_id, l.name, NULL, l.title, l.company FROM leads l JOIN workspaces w ON w.id = l.workspace_id"},
	} {
		r, err := indexed(ctx, db, kind.table, kind.text)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, nil
}

func indexed(ctx context.Context, db *sql.DB, table, text string) (rows, error) {
	found, err := db.QueryContext(ctx, text)
	if err != nil {
		return rows{}, err
	}
	defer found.Close()
	r := rows{table: table, columns: []string{"rowid", "tokens"}}
	for found.Next() {
		var doc, short int64
		var a, list, b, c sql.NullString
		if err := found.Scan(&doc, &short, &a, &list, &b, &c); err != nil {
			return r, err
		}
		words := search.LeadDoc(a.String, b.String, c.String)
		if table == "accounts_fts" {
			var aliases []string
			if list.Valid {
				if err := json.Unmarshal([]byte(list.String), &aliases); err != nil {
					return r, err
				}
			}
			words = search.AccountDoc(a.String, aliases, b.String, c.String)
		}
		r.values = append(r.values, []any{doc, strings.Join(words.Tokens(short), " ")})
	}
	return r, found.Err()
}

// replay writes the rows into a new file with the same schema and returns how long that took.
func (s *stage) replay(ctx context.Context, all []rows) (time.Duration, error) {
	d, err := s.database(ctx, sqlite)
	if err != nil {
		return 0, err
	}
	if _, err := s.open(ctx, d); err != nil { // migrates
		return 0, err
	}
	db, err := s.lite(d.file)
	if err != nil {
		return 0, err
	}
	begun := time.Now()
	for _, r := range all {
		for part := range slices.Chunk(r.values, batchSize) {
			if err := r.write(ctx, db, part); err != nil {
				return 0, fmt.Errorf("replay: %w", err)
			}
		}
	}
	return time.Since(begun), nil
}

package main

import (
	"context"
	"fmt"
	"net/url"

	"github.com/jackc/pgx/v5"

	"github.com/unstuckengine/unstuck/internal/pgtest"
)

// postgres makes an empty database on the private server, which ends with this command, and returns its URL.
func (s *stage) postgres(ctx context.Context) (string, error) {
	admin, err := pgtest.Start()
	if err != nil {
		return "", fmt.Errorf("PostgreSQL: %w", err)
	}
	name := fmt.Sprintf("unstuck_bench_%d", s.next())
	if err := statement(ctx, admin, `DROP DATABASE IF EXISTS `+name+` WITH (FORCE)`, `CREATE DATABASE `+name); err != nil {
		return "", fmt.Errorf("make a database: %w", err)
	}
	s.onEnd(func() error {
		return statement(context.WithoutCancel(ctx), admin, `DROP DATABASE `+name+` WITH (FORCE)`)
	})
	u, err := url.Parse(admin)
	if err != nil {
		return "", fmt.Errorf("PostgreSQL: %s is no URL", pgtest.Variable)
	}
	u.Path = "/" + name
	return u.String(), nil
}

func statement(ctx context.Context, url string, texts ...string) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, text := range texts {
		if _, err := conn.Exec(ctx, text); err != nil {
			return err
		}
	}
	return nil
}

package apirun

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/unstuckengine/unstuck/internal/config"
)

func (p *program) migrateCommand() *cobra.Command {
	return &cobra.Command{Use: "migrate", Short: "Bring the database up to date and print its version", Args: exactly(0), RunE: func(c *cobra.Command, _ []string) error {
		if err := p.configure(func(*Config) {}); err != nil {
			return err
		}
		log, err := config.Logger(p.stderr, p.config.LogLevel, p.config.LogFormat)
		if err != nil {
			return err
		}
		a, err := Open(c.Context(), p.config, log, false)
		if err != nil {
			return err
		}
		defer a.Close()
		version, err := a.DB.Version(c.Context())
		if err != nil {
			return refused(err)
		}
		_, err = fmt.Fprintf(p.stdout, "{\"engine\":%q,\"version\":%d}\n", a.DB.Engine(), version)
		return err
	}}
}

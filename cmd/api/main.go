// Command api serves the Unstuck API and carries its operator's commands.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/unstuckengine/unstuck/internal/apirun"
	"github.com/unstuckengine/unstuck/internal/config"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := apirun.Main(ctx, os.Args[1:], os.Environ(), os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "api: "+err.Error())
	}
	os.Exit(config.Code(err))
}

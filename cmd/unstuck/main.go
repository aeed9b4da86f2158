// Command unstuck is the program for people and scripts: it speaks to the API, keeps the key, connects agents, and runs
// everything on one machine.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/unstuckengine/unstuck/internal/cli"
	"github.com/unstuckengine/unstuck/internal/config"
	"github.com/unstuckengine/unstuck/internal/uprun"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	env := cli.Env{Environ: os.Environ(), Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
	err := cli.Run(ctx, os.Args[1:], env, cli.Programs{Up: uprun.Command})
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "unstuck: "+err.Error())
	}
	os.Exit(config.Code(err))
}

// Command storybook shows every admin page in each of its states, from canned data: served, or written as files.
package main

import (
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/unstuckengine/unstuck/internal/adminui"
	"github.com/unstuckengine/unstuck/internal/adminui/ui"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8090", "serve the stories at this address")
	out := flag.String("out", "", "write the stories to this folder instead")
	flag.Parse()
	if err := run(*listen, *out); err != nil {
		fmt.Fprintln(os.Stderr, "storybook:", err)
		os.Exit(1)
	}
}

func run(listen, out string) error {
	book, err := ui.NewStorybook(adminui.Areas(adminui.Config{}))
	if err != nil {
		return err
	}
	if out != "" {
		return book.Write(out)
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	fmt.Printf("%d stories at http://%s/\n", len(book.Names()), l.Addr())
	return (&http.Server{Handler: book, ReadHeaderTimeout: 10 * time.Second}).Serve(l)
}

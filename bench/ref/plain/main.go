// Command plain answers every request with the same JSON file: the limit that a handler of net/http sets. Its arguments
// are the address, the status and the file.
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
)

func main() {
	if err := serve(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "plain: "+err.Error())
		os.Exit(1)
	}
}

func serve(args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("give an address, a status and a file")
	}
	status, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	body, err := os.ReadFile(args[2])
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", args[0])
	if err != nil {
		return err
	}
	fmt.Printf("{\"event\":\"ready\",\"url\":\"http://%s\"}\n", l.Addr())
	return http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { // #nosec G114 -- on loopback, for minutes
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write(body)
	}))
}

// Command proxy passes every request on by httputil.ReverseProxy: the limit for a server between a client and the API.
// Its arguments are the address and the API's URL.
package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
)

func main() {
	if err := serve(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "proxy: "+err.Error())
		os.Exit(1)
	}
}

func serve(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("give an address and the API's URL")
	}
	target, err := url.Parse(args[1])
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", args[0])
	if err != nil {
		return err
	}
	p := &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport: &http.Transport{MaxIdleConns: 512, MaxIdleConnsPerHost: 512, DisableCompression: true},
	}
	fmt.Printf("{\"event\":\"ready\",\"url\":\"http://%s\"}\n", l.Addr())
	return http.Serve(l, p) // #nosec G114 -- on loopback, for minutes
}

// Package api is the HTTP API: the only authority over what a key may do.
package api

// Server serves the API. It is safe for concurrent use.
type Server struct {
	Config
}

// New returns a Server. It fails when the Config lacks a part or an operation of the catalogue is not mounted exactly once.
func New(c Config) (*Server, error) {
	if err := c.complete(); err != nil {
		return nil, err
	}
	return &Server{Config: c}, nil
}

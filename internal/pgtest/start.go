package pgtest

// Start returns the URL that Server gives, for programs that measure instead of testing. The error says why there is none.
func Start() (string, error) { return server() }

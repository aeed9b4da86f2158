package outbound

// Control is what the dialer asks before it connects.
func Control(c *Client, network, address string) error { return c.control(network, address, nil) }

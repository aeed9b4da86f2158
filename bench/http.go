package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"time"
)

const (
	wireTimeout = 60 * time.Second // ends a request that hangs
	keepTime    = 5 * time.Second  // how long a connection may rest; servers end resting ones, and the other side of a row can take minutes
)

// client speaks HTTP/1.1 over one kept connection. It costs little beside the server it loads, unlike net/http's.
type client struct {
	host string
	conn net.Conn
	used time.Time // when the connection last answered
	r    *bufio.Reader
	body bytes.Buffer
}

// dial connects for the row.
func (s *stage) dial(address string) (*client, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	c := &client{host: u.Host}
	if err := c.redial(); err != nil {
		return nil, err
	}
	s.onEnd(func() error { return c.conn.Close() })
	return c, nil
}

func (c *client) redial() error {
	conn, err := net.DialTimeout("tcp", c.host, wireTimeout)
	if err != nil {
		return err
	}
	if c.conn != nil {
		_ = c.conn.Close()
	}
	c.conn, c.r, c.used = conn, bufio.NewReaderSize(conn, 64<<10), time.Now()
	return nil
}

// request encodes a request to the address; headers are complete lines without their end.
func request(method, address, body string, headers ...string) []byte {
	u, err := url.Parse(address)
	if err != nil {
		panic("bench: " + err.Error()) // addresses come from ready lines that were dialled
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", method, u.RequestURI(), u.Host)
	for _, h := range headers {
		b.WriteString(h + "\r\n")
	}
	if body != "" {
		fmt.Fprintf(&b, "Content-Type: application/json\r\nContent-Length: %d\r\n", len(body))
	}
	b.WriteString("\r\n" + body)
	return b.Bytes()
}

// do sends an encoded request and returns the status and the body, which holds until the next call.
func (c *client) do(request []byte) (status int, body []byte, err error) {
	if time.Since(c.used) > keepTime {
		if err := c.redial(); err != nil {
			return 0, nil, err
		}
	}
	defer func() { c.used = time.Now() }()
	_ = c.conn.SetDeadline(time.Now().Add(wireTimeout))
	if _, err := c.conn.Write(request); err != nil {
		return 0, nil, err
	}
	line, err := c.r.ReadSlice('\n')
	if err != nil {
		return 0, nil, fmt.Errorf("read the status: %w", err)
	}
	if len(line) < 12 {
		return 0, nil, errors.New("the answer does not begin with a status")
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, nil, err
	}
	length, chunked, err := c.headers()
	if err != nil {
		return status, nil, err
	}
	c.body.Reset()
	if chunked {
		err = c.chunks()
	} else {
		_, err = io.CopyN(&c.body, c.r, length)
	}
	return status, c.body.Bytes(), err
}

// want is do for a request that must be answered with the status.
func (c *client) want(request []byte, status int) ([]byte, error) {
	got, body, err := c.do(request)
	if err == nil && got != status {
		err = fmt.Errorf("status %d, want %d: %.200s", got, status, body)
	}
	return body, err
}

func (c *client) headers() (length int64, chunked bool, err error) {
	for {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return 0, false, err
		}
		name, value, _ := bytes.Cut(bytes.TrimRight(line, "\r\n"), []byte(":"))
		switch value = bytes.TrimSpace(value); {
		case len(name) == 0:
			return length, chunked, nil
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.ParseInt(string(value), 10, 64); err != nil {
				return 0, false, err
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = true
		}
	}
}

func (c *client) chunks() error {
	for {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return err
		}
		n, err := strconv.ParseInt(string(bytes.TrimSpace(line)), 16, 64)
		if err != nil {
			return err
		}
		if _, err := io.CopyN(&c.body, c.r, n); err != nil {
			return err
		}
		if _, err := c.r.Discard(2); err != nil || n == 0 {
			return err
		}
	}
}

// caller dials and returns a call that sends the request and wants the status, and the part in the body unless it is empty.
func (s *stage) caller(address string, request []byte, want int, part string) (call, error) {
	c, err := s.dial(address)
	if err != nil {
		return nil, err
	}
	return func() error {
		body, err := c.want(request, want)
		if err == nil && !bytes.Contains(body, []byte(part)) {
			err = errors.New("the answer lacks " + part)
		}
		return err
	}, nil
}

// callers makes n such calls.
func (s *stage) callers(n int, address string, request []byte, want int, part string) ([]call, error) {
	return crew(n, func() (call, error) { return s.caller(address, request, want, part) })
}

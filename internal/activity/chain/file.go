package chain

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"

	"github.com/unstuckengine/unstuck/internal/fault"
	"github.com/unstuckengine/unstuck/internal/strictjson"
)

// File is what a check of an exported file has found.
type File struct {
	Result
	WorkspaceID string `json:"workspace_id"`
	LeftOut     int64  `json:"left_out"` // entries between the lines and before them that the file does not hold, as after a filter
}

// maxLine is the longest line of a file that is read, in bytes.
const maxLine = 16 << 20

// VerifyFile says whether the lines of an export in JSON Lines are what was written; where a workspace is given, also whether they are what its log
// still holds, so that a file kept elsewhere proves that nothing was taken off the end since. The error is that of reading.
func (s *Service) VerifyFile(ctx context.Context, file io.Reader, workspaceID string) (File, error) {
	now, err := s.Now(ctx)
	if err != nil {
		return File{}, err
	}
	c := &fileCheck{walk: walk{service: s, workspaceID: workspaceID, keyed: true}, compare: workspaceID != ""}
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, maxLine)
	for c.broken == nil && lines.Scan() {
		if err := c.line(ctx, bytes.TrimSpace(lines.Bytes())); err != nil {
			return File{}, err
		}
	}
	if err := lines.Err(); err != nil {
		return File{}, fault.Invalid("file", "cannot be read: it is damaged, or has a line longer than any export")
	}
	if c.broken == nil && c.entries == 0 {
		c.fail(BadLine, 0, "", "The file holds no entry.")
	}
	return File{c.result(now), c.workspaceID, c.left}, nil
}

// fileCheck follows the lines of a file.
type fileCheck struct {
	walk
	compare bool // with the log
	left    int64
}

func (c *fileCheck) line(ctx context.Context, text []byte) error {
	if len(text) == 0 {
		return nil
	}
	f, err := foundIn(text)
	if err != nil {
		c.fail(BadLine, c.at.Seq+1, "", "The line after number %d is no line of an export in JSON Lines.", c.at.Seq)
		return nil
	}
	if c.workspaceID == "" {
		c.workspaceID = f.Entry.WorkspaceID
	}
	switch {
	case f.Entry.WorkspaceID != c.workspaceID:
		c.fail(Changed, f.Seq, f.EntryID, "Number %d belongs to another workspace.", f.Seq)
		return nil
	case f.Seq <= c.at.Seq:
		c.fail(Changed, f.Seq, f.EntryID, "Number %d stands behind number %d.", f.Seq, c.at.Seq)
		return nil
	case f.Seq == c.at.Seq+1 && f.Prev != c.at.Hash:
		c.fail(Changed, f.Seq, f.EntryID, "Number %d does not follow what stands before it.", f.Seq)
		return nil
	}
	c.left += f.Seq - c.at.Seq - 1
	c.link(f.Link, f.Prev, *f.Entry)
	if c.broken == nil && c.compare {
		return c.held(ctx, f.Link)
	}
	return nil
}

// held compares a link with that in the log.
func (c *fileCheck) held(ctx context.Context, l Link) error {
	h, err := c.service.Store.HashAt(ctx, c.workspaceID, l.Seq)
	switch {
	case errors.Is(err, &fault.Error{Code: fault.NotFound}):
		c.fail(Differs, l.Seq, l.EntryID, "The log does not hold number %d any more.", l.Seq)
	case err != nil:
		return err
	case h != l.Hash:
		c.fail(Differs, l.Seq, l.EntryID, "The log tells otherwise at number %d than the file: it was rewritten.", l.Seq)
	}
	return nil
}

// foundIn reads a line.
func foundIn(text []byte) (f Found, err error) {
	var l Line
	if err := strictjson.Decode(text, &l); err != nil {
		return f, err
	}
	e := l.Entry(l.WorkspaceID)
	f = Found{Link: Link{Seq: l.Seq, EntryID: l.ID}, Entry: &e}
	if f.Seal, err = hex.DecodeString(l.Seal); err != nil {
		return f, err
	}
	if f.Hash, err = hashIn(l.Hash); err != nil {
		return f, err
	}
	f.Prev, err = hashIn(l.PrevHash)
	return f, err
}

var errNoHash = errors.New("chain: not a hash")

func hashIn(text string) (h Hash, err error) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != HashSize {
		return h, errNoHash
	}
	return Hash(b), nil
}

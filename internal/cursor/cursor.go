// Package cursor writes where a page ended as an opaque text that continues the same question and no other.
package cursor

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/unstuckengine/unstuck/internal/fault"
)

// Err refuses a cursor that is none, or belongs to another question.
var Err = fault.New(fault.InvalidRequest, "The cursor cannot be read or belongs to another query, filter or sort. Send the call again without cursor to start anew.")

// Digest names a question, so that a cursor works for it alone.
type Digest [8]byte

// version is raised when the meaning of positions changes.
const version = 1

// Of returns the digest of a question of the given sort in a workspace. input consists of texts, numbers and JSON.
func Of(workspaceID, sort string, input any) (d Digest) {
	b, err := json.Marshal(input)
	if err != nil { // inputs consist of texts and numbers
		panic(fmt.Sprintf("cursor: marshal input: %v", err))
	}
	sum := sha256.Sum256(append([]byte(workspaceID+"\x00"+sort+"\x00"), b...))
	copy(d[:], sum[:])
	return d
}

// Seal writes a position as an opaque text: version, digest and JSON, in base64url.
func Seal(d Digest, position []any) string {
	b, err := json.Marshal(position)
	if err != nil { // positions consist of texts and numbers
		panic(fmt.Sprintf("cursor: marshal position: %v", err))
	}
	return base64.RawURLEncoding.EncodeToString(append(append([]byte{version}, d[:]...), b...))
}

// Open returns the position of a cursor, nil when there is none. Its values are string, int64 or nil.
func Open(cursor *string, d Digest) ([]any, error) {
	if cursor == nil {
		return nil, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(*cursor)
	head := append([]byte{version}, d[:]...)
	if err != nil || !bytes.HasPrefix(b, head) || base64.RawURLEncoding.EncodeToString(b) != *cursor { // one spelling each: no line feeds, no stray bits
		return nil, Err
	}
	dec := json.NewDecoder(bytes.NewReader(b[len(head):]))
	dec.UseNumber()
	var position []any
	if err := dec.Decode(&position); err != nil || len(position) == 0 {
		return nil, Err
	}
	if _, err := dec.Token(); err != io.EOF { // something follows
		return nil, Err
	}
	for i, v := range position {
		if position[i], err = positionValue(v); err != nil {
			return nil, err
		}
	}
	return position, nil
}

func positionValue(v any) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		if !strings.ContainsRune(v, 0) {
			return v, nil
		}
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n, nil
		}
	}
	return nil, Err
}

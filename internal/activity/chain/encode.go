package chain

import (
	"crypto/sha256"
	"encoding/binary"
	"maps"
	"slices"
	"strconv"

	"github.com/unstuckengine/unstuck/internal/activity"
)

// form names what is hashed and how, so that a later form cannot be taken for this one.
const form = "unstuck-activity-v1"

// HashOf returns the hash of the link that follows prev: SHA-256 over prev and the parts of the entry.
func HashOf(prev Hash, seq int64, e activity.Entry) Hash {
	return sha256.Sum256(encode(append(make([]byte, 0, 512), prev[:]...), seq, e))
}

// encode appends every part of an entry behind its length, so that no two entries give the same bytes.
func encode(b []byte, seq int64, e activity.Entry) []byte {
	parts := []string{
		form, e.WorkspaceID, strconv.FormatInt(seq, 10), e.ID, strconv.FormatInt(e.At.UnixMicro(), 10),
		string(e.Actor.Kind), e.Actor.Name, e.Actor.KeyID, e.Source.Door, e.Source.Address, string(e.Action), e.ObjectType, e.ObjectID,
	}
	for _, name := range slices.Sorted(maps.Keys(e.Detail)) {
		parts = append(parts, name, e.Detail[name])
	}
	for _, p := range parts {
		b = binary.BigEndian.AppendUint32(b, uint32(len(p)))
		b = append(b, p...)
	}
	return b
}

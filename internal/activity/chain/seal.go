package chain

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"sync"
)

// label names the keys of seals among those derived from a pepper.
const label = "activity-chain"

const kidSize = 4

var (
	errUnknownKey = errors.New("chain: sealed under an unknown key")
	errForged     = errors.New("chain: the seal was not made by this server's keys")
)

// sealer makes and checks seals: the id of the key, then the HMAC under it.
type sealer struct {
	keys    Keys
	derived sync.Map // by id
}

func (s *sealer) seal(workspaceID string, seq int64, h Hash) ([]byte, error) {
	kid := s.keys.KID()
	mac, known := s.mac(kid, workspaceID, seq, h)
	if !known {
		return nil, errUnknownKey
	}
	return append(binary.BigEndian.AppendUint32(nil, uint32(kid)), mac...), nil
}

// check returns errUnknownKey or errForged for a seal that proves nothing.
func (s *sealer) check(workspaceID string, l Link) error {
	if len(l.Seal) != kidSize+sha256.Size {
		return errForged
	}
	mac, known := s.mac(int(binary.BigEndian.Uint32(l.Seal)), workspaceID, l.Seq, l.Hash)
	switch {
	case !known:
		return errUnknownKey
	case !hmac.Equal(mac, l.Seal[kidSize:]):
		return errForged
	}
	return nil
}

func (s *sealer) mac(kid int, workspaceID string, seq int64, h Hash) ([]byte, bool) {
	key, known := s.key(kid)
	if !known {
		return nil, false
	}
	m := hmac.New(sha256.New, key)
	m.Write(h[:])
	m.Write(binary.BigEndian.AppendUint64(nil, uint64(seq)))
	m.Write([]byte(workspaceID)) // last: the others have fixed lengths
	return m.Sum(nil), true
}

// key returns the derived key, which is looked for once.
func (s *sealer) key(kid int) ([]byte, bool) {
	if key, ok := s.derived.Load(kid); ok {
		return key.([]byte), true
	}
	key, known := s.keys.DeriveAt(kid, label)
	if known { // only then, so that forged ids fill no memory
		s.derived.Store(kid, key)
	}
	return key, known
}

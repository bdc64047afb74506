package formats

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"filippo.io/mldsa"
)

// Keys.

const (
	typeEd25519     = 0x01
	typeCosignature = 0x04
	typeMLDSA44     = 0x06
)

var keyBytes = map[byte]int{typeEd25519: 32, typeCosignature: 32, typeMLDSA44: 1312}

type key struct {
	name   string
	kind   byte
	public string
}

func parseKey(vkey string) (key, error) {
	name, rest, _ := strings.Cut(vkey, "+")
	id, encoded, found := strings.Cut(rest, "+")
	data, err := unbase64(encoded)
	if !found || err != nil || checkName(name) != nil || len(data) == 0 {
		return key{}, errors.New("not a verifier key")
	}
	k := key{name, data[0], string(data[1:])}
	if length, known := keyBytes[k.kind]; !known || len(k.public) != length {
		return key{}, errors.New("a key of another type")
	}
	if k.kind == typeMLDSA44 && len(name) > 255 {
		return key{}, errors.New("a name that is too long to cosign under")
	}
	if made := k.id(); hex.EncodeToString(made[:]) != id {
		return key{}, errors.New("a key id that is not the key's")
	}
	return k, nil
}

func (k key) id() [4]byte {
	sum := sha256.Sum256([]byte(k.name + "\n" + string([]byte{k.kind}) + k.public))
	return [4]byte(sum[:4])
}

// verify checks what stands in a signature line after the key id; gives a cosignature's
// time, and 0 for a log's own signature.
func (k key) verify(text string, signature []byte) (uint64, error) {
	if k.kind == typeEd25519 {
		return 0, k.check([]byte(text), signature)
	}
	if len(signature) < 8 || signature[0] >= 0x80 {
		return 0, errors.New("a cosignature without a time")
	}
	at := binary.BigEndian.Uint64(signature)
	message := fmt.Appendf(nil, "cosignature/v1\ntime %d\n%s", at, text)
	if k.kind == typeMLDSA44 {
		tree, err := parseCheckpoint(text)
		if err != nil {
			return 0, err
		}
		if message, err = tree.cosigned(k.name, at); err != nil {
			return 0, err
		}
	}
	return at, k.check(message, signature[8:])
}

func (k key) check(message, signature []byte) error {
	good := false
	if k.kind == typeMLDSA44 {
		public, err := mldsa.NewPublicKey(mldsa.MLDSA44(), []byte(k.public))
		if err != nil {
			return err
		}
		good = mldsa.Verify(public, message, signature, nil) == nil
	} else {
		public := ed25519.PublicKey(k.public)
		good = len(signature) == ed25519.SignatureSize && ed25519.Verify(public, message, signature)
	}
	if !good {
		return errors.New("a signature of a known key is wrong")
	}
	return nil
}

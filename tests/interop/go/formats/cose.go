package formats

import (
	"bytes"
	"errors"
)

// COSE receipts.

var errCOSE = errors.New("not a COSE receipt")

func verifyCOSE(data []byte, p policy) error {
	if p.quorum != "none" {
		return errors.New("a COSE receipt knows of no witnesses")
	}
	message, err := parseCBOR(data)
	if err != nil || len(data) > maxReceipt {
		return errCOSE
	}
	tagged, _ := message.(cborTag)
	parts, _ := tagged.value.([]any)
	if tagged.number != 18 || len(parts) != 4 || parts[2] != nil {
		return errCOSE
	}
	protected, ok1 := parts[0].([]byte)
	signature, ok2 := parts[3].([]byte)
	if !ok1 || !ok2 {
		return errCOSE
	}
	root, err := coseRoot(parts[1])
	if err != nil {
		return err
	}
	return coseSigned(protected, root, signature, p)
}

func number(n int) cborInt {
	if n < 0 {
		return cborInt{true, uint64(-1 - n)}
	}
	return cborInt{false, uint64(n)}
}

// only takes a map that has just these members.
func only(value any, names ...any) (map[any]any, error) {
	found, ok := value.(map[any]any)
	if !ok || len(found) != len(names) {
		return nil, errCOSE
	}
	for _, name := range names {
		if _, there := found[name]; !there {
			return nil, errCOSE
		}
	}
	return found, nil
}

// coseRoot walks from the opening in the unprotected header to a root.
func coseRoot(value any) (root [32]byte, err error) {
	headers, err := only(value, number(396), "allod/opening/v1")
	if err != nil {
		return root, err
	}
	proofs, err := only(headers[number(396)], number(-1))
	if err != nil {
		return root, err
	}
	list, _ := proofs[number(-1)].([]any)
	said, ok := headers["allod/opening/v1"].([]byte)
	if len(list) != 1 || !ok {
		return root, errCOSE
	}
	opening, err := readOpening(said)
	if err != nil {
		return root, err
	}
	encoded, _ := list[0].([]byte)
	index, size, path, err := coseProof(encoded)
	if err != nil {
		return root, err
	}
	return rootOf(leafHash(opening.entry), index, size, path)
}

func coseProof(encoded []byte) (index, size uint64, path [][32]byte, err error) {
	value, err := parseCBOR(encoded)
	parts, _ := value.([]any)
	if err != nil || len(parts) != 3 {
		return 0, 0, nil, errCOSE
	}
	first, ok1 := parts[0].(cborInt)
	second, ok2 := parts[1].(cborInt)
	list, ok3 := parts[2].([]any)
	if !ok1 || !ok2 || !ok3 || first.negative || second.negative || len(list) > maxPath {
		return 0, 0, nil, errCOSE
	}
	for _, each := range list {
		hash, _ := each.([]byte)
		if len(hash) != 32 {
			return 0, 0, nil, errCOSE
		}
		path = append(path, [32]byte(hash))
	}
	return second.number, first.number, path, nil
}

func coseSigned(protected []byte, root [32]byte, signature []byte, p policy) error {
	value, err := parseCBOR(protected)
	if err != nil {
		return err
	}
	headers, err := only(value, number(1), number(4), number(15), number(395))
	if err != nil {
		return err
	}
	claims, err := only(headers[number(15)], number(1))
	if err != nil {
		return err
	}
	if headers[number(1)] != any(number(-8)) || headers[number(395)] != any(number(1)) {
		return errCOSE
	}
	name, ok1 := claims[number(1)].(string)
	id, ok2 := headers[number(4)].([]byte)
	for _, log := range p.logs {
		if found := log.id(); ok1 && ok2 && log.name == name && bytes.Equal(found[:], id) {
			if log.kind != typeEd25519 {
				return errCOSE
			}
			return log.check(structure(protected, root), signature)
		}
	}
	return errors.New("no trusted log has signed")
}

func structure(protected []byte, root [32]byte) []byte {
	signed := appendBytes([]byte("\x84\x6aSignature1"), protected)
	return appendBytes(appendBytes(signed, nil), root[:])
}

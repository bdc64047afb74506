package formats

import (
	"errors"
	"strings"
	"unicode/utf8"
)

// Receipts.

const maxReceipt = 1 << 18

type receipt struct {
	opening opened
	index   uint64
	path    [][32]byte
	note    []byte
}

func parseReceipt(data []byte) (receipt, error) {
	head, note, found := strings.Cut(string(data), "\n\n")
	lines := strings.Split(head, "\n")
	whole := found && len(data) <= maxReceipt && utf8.Valid(data)
	if !whole || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return receipt{}, errors.New("not a receipt")
	}
	encoded, extra := strings.CutPrefix(lines[1], "extra ")
	number, index := strings.CutPrefix(lines[2], "index ")
	if !extra || !index {
		return receipt{}, errors.New("not the lines of a receipt")
	}
	return readReceipt(encoded, number, lines[3:], []byte(note))
}

func readReceipt(encoded, number string, lines []string, note []byte) (receipt, error) {
	data, err := unbase64(encoded)
	if err != nil {
		return receipt{}, err
	}
	opening, err := readOpening(data)
	if err != nil {
		return receipt{}, err
	}
	index, err := decimal(number)
	if err != nil {
		return receipt{}, err
	}
	path, err := hashes(lines)
	return receipt{opening, index, path, note}, err
}

func readOpening(data []byte) (opened, error) {
	said, err := parseObject(data, maxJSON)
	if err != nil {
		return opened{}, err
	}
	if err := said.exactly("v", "type", "time", "salt", "payload"); err != nil {
		return opened{}, err
	}
	sort, err1 := member[string](said, "type")
	at, err2 := member[int64](said, "time")
	payload, err3 := member[string](said, "payload")
	salt, err4 := said.base64Member("salt", 32)
	if err := errors.Join(said.version(1), err1, err2, err3, err4); err != nil {
		return opened{}, err
	}
	if string(canonical(said)) != string(data) {
		return opened{}, errors.New("an opening that is not canonical")
	}
	return open(sort, at, salt, payload)
}

func verifyReceipt(data []byte, p policy, proofs ...extension) (receipt, checkpoint, error) {
	read, err := parseReceipt(data)
	if err != nil {
		return receipt{}, checkpoint{}, err
	}
	tree, err := p.accept(read.note, proofs...)
	if err != nil {
		return receipt{}, checkpoint{}, err
	}
	leaf := leafHash(read.opening.entry)
	return read, tree, included(leaf, read.index, tree.size, read.path, tree.root)
}

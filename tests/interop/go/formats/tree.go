package formats

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
)

// Tiles, and operator openings.

const tileWidth = 256

var errTree = errors.New("the files are not the tree that was signed")

// fetcher gives the bytes at a path of the log, or nil where there are none.
type fetcher func(path string) []byte

func place(folder string, n uint64) string {
	groups := fmt.Sprintf("%03d", n%1000)
	for n /= 1000; n > 0; n /= 1000 {
		groups = fmt.Sprintf("x%03d/%s", n%1000, groups)
	}
	return folder + "/" + groups
}

// piece fetches a tile or bundle; more tells that it may hold more than was asked for.
func (fetch fetcher) piece(folder string, n uint64, width int) (data []byte, more bool) {
	if width < tileWidth {
		if data := fetch(fmt.Sprintf("%s.p/%d", place(folder, n), width)); data != nil {
			return data, false
		}
	}
	return fetch(place(folder, n)), width < tileWidth
}

func (fetch fetcher) bundle(n uint64, width int) ([][]byte, error) {
	data, more := fetch.piece("tile/entries", n, width)
	var entries [][]byte
	for len(entries) < width {
		if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
			return nil, errTree
		}
		end := 2 + int(binary.BigEndian.Uint16(data))
		entries, data = append(entries, data[2:end]), data[end:]
	}
	if len(data) > 0 && !more {
		return nil, errTree
	}
	return entries, nil
}

func (fetch fetcher) tile(level int, n uint64, nodes [][32]byte) error {
	data, more := fetch.piece(fmt.Sprintf("tile/%d", level), n, len(nodes))
	want := make([]byte, 0, 32*len(nodes))
	for _, node := range nodes {
		want = append(want, node[:]...)
	}
	if more && len(data) > len(want) {
		data = data[:len(want)]
	}
	if !bytes.Equal(data, want) {
		return errTree
	}
	return nil
}

// audit checks a log's tree; with openings, those of its operator entries too.
func audit(fetch fetcher, p policy, openings bool) error {
	tree, err := p.accept(fetch("checkpoint"))
	if err != nil {
		return err
	}
	var nodes [][32]byte
	for n := uint64(0); n*tileWidth < tree.size; n++ {
		entries, err := fetch.bundle(n, int(min(tileWidth, tree.size-n*tileWidth)))
		if err != nil {
			return err
		}
		if openings {
			if err := operators(fetch(place("operator", n)), n*tileWidth, tree.size, entries); err != nil {
				return err
			}
		}
		for _, entry := range entries {
			nodes = append(nodes, leafHash(entry))
		}
	}
	return auditTiles(fetch, nodes, tree)
}

func auditTiles(fetch fetcher, nodes [][32]byte, tree checkpoint) error {
	if treeRoot(nodes) != tree.root {
		return errTree
	}
	for level := 0; len(nodes) > 0; level++ {
		var above [][32]byte
		for n := 0; n*tileWidth < len(nodes); n++ {
			row := nodes[n*tileWidth : min((n+1)*tileWidth, len(nodes))]
			if err := fetch.tile(level, uint64(n), row); err != nil {
				return err
			}
			if len(row) == tileWidth {
				above = append(above, treeRoot(row))
			}
		}
		nodes = above
	}
	return nil
}

// treeRoot is the definition of RFC 9162, 2.1.1.
func treeRoot(leaves [][32]byte) [32]byte {
	switch len(leaves) {
	case 0:
		return emptyRoot
	case 1:
		return leaves[0]
	}
	k := 1
	for k*2 < len(leaves) {
		k *= 2
	}
	return nodeHash(treeRoot(leaves[:k]), treeRoot(leaves[k:]))
}

// operators checks a bundle's openings: a line for each operator entry, in order.
func operators(data []byte, first, size uint64, entries [][]byte) error {
	openings, err := readOpenings(data, size)
	if err != nil {
		return err
	}
	for i, entry := range entries {
		sort, err := sortOf(entry)
		if err != nil {
			return err
		}
		if sort != "operator" {
			continue
		}
		if len(openings) == 0 {
			return errors.New("an operator entry without an opening")
		}
		if err := openings[0].opens(first+uint64(i), entry); err != nil {
			return err
		}
		openings = openings[1:]
	}
	if len(openings) > 0 {
		return errors.New("openings of no operator entry")
	}
	return nil
}

type operatorOpening struct {
	index         int64
	salt, payload []byte
}

// readOpenings gives a file's openings, up to the checkpoint.
func readOpenings(data []byte, size uint64) ([]operatorOpening, error) {
	var openings []operatorOpening
	before := int64(math.MinInt64)
	for line := range strings.Lines(string(data)) {
		opening, err := readOperator(line)
		if err != nil {
			return nil, err
		}
		if opening.index <= before {
			return nil, errors.New("openings out of order")
		}
		before = opening.index
		if opening.index < int64(size) {
			openings = append(openings, opening)
		}
	}
	return openings, nil
}

func readOperator(line string) (operatorOpening, error) {
	said, err := parseObject([]byte(line), maxJSON)
	if err != nil {
		return operatorOpening{}, err
	}
	if said.exactly("index", "salt", "payload") != nil || string(canonical(said))+"\n" != line {
		return operatorOpening{}, errors.New("not an operator opening")
	}
	index, err1 := member[int64](said, "index")
	text1, err2 := member[string](said, "salt")
	text2, err3 := member[string](said, "payload")
	salt, err4 := unbase64(text1)
	payload, err5 := unbase64(text2)
	return operatorOpening{index, salt, payload}, errors.Join(err1, err2, err3, err4, err5)
}

func (o operatorOpening) opens(index uint64, entry []byte) error {
	said, err := parseObject(o.payload, maxJSON)
	if err != nil {
		return err
	}
	at, err := member[int64](said, "at")
	if err != nil {
		return err
	}
	opening, err := open("operator", at, o.salt, string(o.payload))
	if err != nil {
		return err
	}
	if o.index != int64(index) || !bytes.Equal(opening.entry, entry) {
		return errors.New("an operator entry that is not opened")
	}
	return nil
}

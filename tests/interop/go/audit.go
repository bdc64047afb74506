package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/tlog"
)

// C2SP tlog-tiles fixes the height, so that its paths leave it out.
const (
	height = 8
	width  = 1 << height
)

// tiles reads a static tree as tlog reads tiles.
type tiles string

func (t tiles) Height() int { return height }

func (t tiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	found := make([][]byte, len(wanted))
	for i, tile := range wanted {
		data, err := t.read(tile)
		if err != nil {
			return nil, err
		}
		found[i] = data
	}
	return found, nil
}

func (t tiles) read(tile tlog.Tile) ([]byte, error) {
	path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
	path = strings.Replace(path, "tile/data/", "tile/entries/", 1)
	return os.ReadFile(filepath.Join(string(t), filepath.FromSlash(path)))
}

// entries gives every entry of the tree, in order.
func (t tiles) entries(size int64) ([][]byte, error) {
	var all [][]byte
	for n := int64(0); n*width < size; n++ {
		count := int(min(width, size-n*width))
		data, err := t.read(tlog.Tile{H: height, L: -1, N: n, W: count})
		if err != nil {
			return nil, err
		}
		bundle, err := unbundle(data, count)
		if err != nil {
			return nil, fmt.Errorf("bundle %d: %w", n, err)
		}
		all = append(all, bundle...)
	}
	return all, nil
}

func unbundle(data []byte, count int) ([][]byte, error) {
	var entries [][]byte
	for len(data) > 0 {
		if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
			return nil, errors.New("ends within an entry")
		}
		end := 2 + int(binary.BigEndian.Uint16(data))
		entries, data = append(entries, data[2:end]), data[end:]
	}
	if len(entries) != count {
		return nil, errors.New("holds another number of entries")
	}
	return entries, nil
}

// auditRoot hashes every entry again and compares the roots.
func auditRoot(entries [][]byte, tree *tlog.Tree) error {
	factory := compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}
	whole := factory.NewEmptyRange(0)
	for _, entry := range entries {
		if err := whole.Append(rfc6962.DefaultHasher.HashLeaf(entry), nil); err != nil {
			return err
		}
	}
	root, err := whole.GetRootHash(nil)
	if err != nil {
		return err
	}
	if !bytes.Equal(root, tree.Hash[:]) {
		return errors.New("the entries give another root")
	}
	return nil
}

// auditTiles makes every tile of the tree from the entries, byte for byte.
func auditTiles(folder tiles, entries [][]byte, tree *tlog.Tree) error {
	stored, err := storedHashes(entries)
	if err != nil {
		return err
	}
	for _, tile := range tlog.NewTiles(height, 0, tree.N) {
		want, err := tlog.ReadTileData(tile, stored)
		if err != nil {
			return err
		}
		have, err := folder.read(tile)
		if err != nil {
			return err
		}
		if !bytes.Equal(want, have) {
			return fmt.Errorf("tile %d/%d is not that of the entries", tile.L, tile.N)
		}
	}
	return nil
}

// auditLeaves reads every leaf through tlog's own reader, which checks each tile up to
// the signed root, and compares it with its entry.
func auditLeaves(folder tiles, entries [][]byte, tree *tlog.Tree) error {
	indexes := make([]int64, tree.N)
	for i := range indexes {
		indexes[i] = tlog.StoredHashIndex(0, int64(i))
	}
	leaves, err := tlog.TileHashReader(*tree, folder).ReadHashes(indexes)
	if err != nil {
		return err
	}
	for i, leaf := range leaves {
		if leaf != tlog.RecordHash(entries[i]) {
			return fmt.Errorf("entry %d is not its leaf", i)
		}
	}
	return nil
}

// storage keeps hashes in the order of tlog.StoredHashIndex.
type storage []tlog.Hash

func (s storage) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(s)) {
			return nil, errors.New("no such hash")
		}
		hashes[i] = s[index]
	}
	return hashes, nil
}

func storedHashes(entries [][]byte) (storage, error) {
	var stored storage
	for i, entry := range entries {
		more, err := tlog.StoredHashes(int64(i), entry, stored)
		if err != nil {
			return nil, err
		}
		stored = append(stored, more...)
	}
	return stored, nil
}

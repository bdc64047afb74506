package formats

import (
	"crypto/sha256"
	"errors"
)

// Tree and proofs: RFC 9162, 2.1.

var emptyRoot = sha256.Sum256(nil)

func leafHash(entry []byte) [32]byte {
	return sha256.Sum256(append([]byte{0}, entry...))
}

func nodeHash(left, right [32]byte) [32]byte {
	return sha256.Sum256(append(append([]byte{1}, left[:]...), right[:]...))
}

func included(leaf [32]byte, index, size uint64, path [][32]byte, root [32]byte) error {
	found, err := rootOf(leaf, index, size, path)
	if err == nil && found != root {
		err = errors.New("the path leads to another root")
	}
	return err
}

func rootOf(leaf [32]byte, index, size uint64, path [][32]byte) ([32]byte, error) {
	if index >= size {
		return leaf, errors.New("an index outside the tree")
	}
	fn, sn, r := index, size-1, leaf
	for _, p := range path {
		if sn == 0 {
			return leaf, errors.New("a path that is too long")
		}
		if fn&1 == 1 || fn == sn {
			r = nodeHash(p, r)
			for fn&1 == 0 && fn != 0 {
				fn, sn = fn>>1, sn>>1
			}
		} else {
			r = nodeHash(r, p)
		}
		fn, sn = fn>>1, sn>>1
	}
	if sn != 0 {
		return leaf, errors.New("a path that is too short")
	}
	return r, nil
}

func consistent(first, second uint64, path [][32]byte, root1, root2 [32]byte) error {
	switch {
	case first == 0 || first > second:
		return errors.New("not the sizes of an older and a newer tree")
	case first == second:
		if len(path) != 0 || root1 != root2 {
			return errors.New("two trees of one size")
		}
		return nil
	case len(path) == 0:
		return errors.New("no path")
	}
	if first&(first-1) == 0 {
		path = append([][32]byte{root1}, path...)
	}
	fr, sr, err := twoRoots(first-1, second-1, path)
	if err == nil && (fr != root1 || sr != root2) {
		err = errors.New("the path leads to other roots")
	}
	return err
}

func twoRoots(fn, sn uint64, path [][32]byte) (fr, sr [32]byte, err error) {
	for fn&1 == 1 {
		fn, sn = fn>>1, sn>>1
	}
	fr, sr = path[0], path[0]
	for _, c := range path[1:] {
		if sn == 0 {
			return fr, sr, errors.New("a path that is too long")
		}
		if fn&1 == 1 || fn == sn {
			fr, sr = nodeHash(c, fr), nodeHash(c, sr)
			for fn&1 == 0 && fn != 0 {
				fn, sn = fn>>1, sn>>1
			}
		} else {
			sr = nodeHash(sr, c)
		}
		fn, sn = fn>>1, sn>>1
	}
	if sn != 0 {
		return fr, sr, errors.New("a path that is too short")
	}
	return fr, sr, nil
}

package formats

import (
	"encoding/binary"
	"errors"
	"strings"
	"unicode/utf8"
)

// Checkpoints and cosignatures; cosigned proofs.

const (
	maxExtension = 1 << 16
	maxPath      = 63
)

type checkpoint struct {
	origin string
	size   uint64
	root   [32]byte
}

func parseCheckpoint(text string) (checkpoint, error) {
	lines := strings.Split(text, "\n")
	if len(lines) != 4 || lines[3] != "" || checkName(lines[0]) != nil {
		return checkpoint{}, errors.New("not a checkpoint")
	}
	size, err := decimal(lines[1])
	if err != nil {
		return checkpoint{}, err
	}
	root, err := hash32(lines[2])
	if err != nil {
		return checkpoint{}, err
	}
	if size == 0 && root != emptyRoot {
		return checkpoint{}, errors.New("an empty tree with another root")
	}
	return checkpoint{lines[0], size, root}, nil
}

// cosigned is what a key of type 06 signs.
func (c checkpoint) cosigned(cosigner string, at uint64) ([]byte, error) {
	if len(c.origin) > 255 {
		return nil, errors.New("an origin that is too long to be cosigned")
	}
	message := append([]byte("subtree/v1\n\x00"), byte(len(cosigner)))
	message = append(message, cosigner...)
	message = binary.BigEndian.AppendUint64(message, at)
	message = append(append(message, byte(len(c.origin))), c.origin...)
	message = binary.BigEndian.AppendUint64(message, 0)
	message = binary.BigEndian.AppendUint64(message, c.size)
	return append(message, c.root[:]...), nil
}

var errProvisional = errors.New("too few witnesses have cosigned")

// accept opens a signed checkpoint by a trust policy, quorum and all.
func (p policy) accept(note []byte, proofs ...extension) (checkpoint, error) {
	tree, signed, err := p.logged(note)
	if err != nil || p.agrees(p.quorum, signed) {
		return tree, err
	}
	for _, proof := range proofs {
		if proof.old == tree.size {
			return tree, p.extended(tree, proof)
		}
	}
	return checkpoint{}, errProvisional
}

// logged opens a checkpoint without regard to the quorum.
func (p policy) logged(note []byte) (checkpoint, map[key]uint64, error) {
	text, signed, err := openNote(note, p.keys())
	if err != nil {
		return checkpoint{}, nil, err
	}
	tree, err := parseCheckpoint(text)
	if err != nil {
		return checkpoint{}, nil, err
	}
	for _, log := range p.logs {
		if _, has := signed[log]; has && log.name == tree.origin {
			return tree, signed, nil
		}
	}
	return checkpoint{}, nil, errors.New("no trusted log has signed")
}

func (p policy) extended(tree checkpoint, proof extension) error {
	newer, err := p.accept(proof.note)
	if err != nil {
		return err
	}
	if newer.origin != tree.origin {
		return errors.New("a proof of another log")
	}
	return consistent(tree.size, newer.size, proof.path, tree.root, newer.root)
}

type extension struct {
	old  uint64
	path [][32]byte
	note []byte
}

func parseExtension(data []byte) (extension, error) {
	head, note, found := strings.Cut(string(data), "\n\n")
	lines := strings.Split(head, "\n")
	first, old := strings.CutPrefix(lines[0], "old ")
	if !found || !old || len(data) > maxExtension || !utf8.Valid(data) {
		return extension{}, errors.New("not a cosigned proof")
	}
	size, err := decimal(first)
	if err != nil {
		return extension{}, err
	}
	path, err := hashes(lines[1:])
	return extension{size, path, []byte(note)}, err
}

func hashes(lines []string) ([][32]byte, error) {
	if len(lines) > maxPath {
		return nil, errors.New("too long a path")
	}
	path := make([][32]byte, len(lines))
	for i, line := range lines {
		hash, err := hash32(line)
		if err != nil {
			return nil, err
		}
		path[i] = hash
	}
	return path, nil
}

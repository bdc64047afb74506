package formats

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"slices"
)

// Evidence of when: the zip, and what is in it.

const aboutEvidence = "ebf29e1b7b80bb144c73247e7c8e06b3bc7db8c74ef4a54f3e954155371dabc1"

var errEvidence = errors.New("not evidence of when")

func verifyEvidence(data, roots []byte, p policy, proofs ...extension) error {
	files, err := unpackEvidence(data)
	if err != nil {
		return err
	}
	if digested(sha256.Sum256(files["EVIDENCE.txt"])) != aboutEvidence {
		return errEvidence
	}
	read, tree, err := verifyReceipt(files["receipt.tlog-proof"], p, proofs...)
	if err != nil {
		return err
	}
	text := read.note[:bytes.LastIndex(read.note, []byte("\n\n"))+1]
	if !bytes.Equal(files["checkpoint.txt"], text) {
		return errEvidence
	}
	if err := verifyStamp(files["timestamp.tsr"], text, roots); err != nil {
		return err
	}
	signed, there := files["certificate.json"]
	if !there {
		return nil
	}
	p.quorum = "none"
	found, err := verifyCertificate(signed, p)
	if err != nil {
		return err
	}
	same := found.tree.origin == tree.origin && found.receipt.index == read.index
	if !same || found.receipt.opening.payload != read.opening.payload {
		return errEvidence
	}
	return nil
}

// unpackEvidence reads the files from the front, and writes the zip again of them.
func unpackEvidence(data []byte) (map[string][]byte, error) {
	files := map[string][]byte{}
	var names []string
	if len(data) > maxJSON {
		return nil, errEvidence
	}
	for rest := data; bytes.HasPrefix(rest, []byte("PK\x03\x04")); {
		if len(rest) < 30 {
			return nil, errEvidence
		}
		start := 30 + int(binary.LittleEndian.Uint16(rest[26:]))
		end := start + int(binary.LittleEndian.Uint32(rest[18:]))
		if end > len(rest) {
			return nil, errEvidence
		}
		name := string(rest[30:start])
		names = append(names, name)
		files[name], rest = rest[start:end], rest[end:]
	}
	wanted := []string{"EVIDENCE.txt", "checkpoint.txt", "policy.txt", "receipt.tlog-proof", "timestamp.tsr", "tsa.pem"}
	if _, there := files["certificate.json"]; there {
		wanted = slices.Insert(wanted, 1, "certificate.json")
	}
	if !slices.Equal(names, wanted) || !bytes.Equal(packEvidence(names, files), data) {
		return nil, errEvidence
	}
	return files, nil
}

func packEvidence(names []string, files map[string][]byte) []byte {
	var body, listed []byte
	for _, name := range names {
		data := files[name]
		size := uint32(len(data))
		common := little(nil, uint16(0), uint16(0), uint16(0), uint16(0x21), crc32.ChecksumIEEE(data),
			size, size, uint16(len(name)), uint16(0))
		listed = little(listed, "PK\x01\x02", uint16(3<<8|20), uint16(20), string(common), uint16(0),
			uint16(0), uint16(0), uint32(0o100644<<16), uint32(len(body)), name)
		body = append(little(body, "PK\x03\x04", uint16(20), string(common), name), data...)
	}
	count := uint16(len(names))
	return little(append(body, listed...), "PK\x05\x06", uint16(0), uint16(0), count, count,
		uint32(len(listed)), uint32(len(body)), uint16(0))
}

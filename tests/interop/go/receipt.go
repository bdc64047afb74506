package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// A receipt is a C2SP tlog-proof: an entry's opening, its index, the path from its leaf
// to a root, and the note that signs the root.
type receipt struct {
	entry []byte
	index int64
	path  []tlog.Hash
	note  []byte
}

// An opening is what the receipt's extra line holds. Nobody signs it: it means something
// only because the entry that is made from it is in the tree.
type opening struct {
	Payload string `json:"payload"`
	Salt    []byte `json:"salt"`
	Time    int64  `json:"time"`
	Type    string `json:"type"`
	Version int    `json:"v"`
}

func parseReceipt(data []byte) (*receipt, error) {
	head, note, found := strings.Cut(string(data), "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return nil, errors.New("not a tlog-proof")
	}
	entry, err := opened(strings.TrimPrefix(lines[1], "extra "))
	if err != nil {
		return nil, err
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	if err != nil {
		return nil, err
	}
	path, err := parseHashes(lines[3:])
	if err != nil {
		return nil, err
	}
	return &receipt{entry, index, path, []byte(note)}, nil
}

// opened makes the entry's bytes again from its opening.
func opened(extra string) ([]byte, error) {
	data, err := base64.StdEncoding.Strict().DecodeString(extra)
	if err != nil {
		return nil, err
	}
	var o opening
	if err := json.Unmarshal(data, &o); err != nil {
		return nil, err
	}
	if o.Version != 1 || len(o.Salt) != sha256.Size {
		return nil, errors.New("not an opening of version 1")
	}
	mac := hmac.New(sha256.New, o.Salt)
	mac.Write([]byte("allod/commitment/v1\n" + o.Payload))
	commitment := base64.StdEncoding.EncodeToString(mac.Sum(nil))
	return fmt.Appendf(nil, "allod-entry/v1\n%s\n%d\n%s\n", o.Type, o.Time, commitment), nil
}

func parseHashes(lines []string) ([]tlog.Hash, error) {
	hashes := make([]tlog.Hash, len(lines))
	for i, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		hashes[i] = hash
	}
	return hashes, nil
}

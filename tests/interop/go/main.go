// Command interop checks a ledger with libraries that its authors did not write: the
// signed notes and tiles of golang.org/x/mod, the proofs of both x/mod and
// transparency-dev/merkle, and the ML-DSA-44 cosignatures of transparency-dev/formats.
//
// It is given a folder:
//
//	vkey         the log's verifier key
//	second       its second one, by ML-DSA-44, for the newer checkpoint
//	log/         the static tree: checkpoint, tile/...
//	older        an older checkpoint
//	consistency  a proof between the two, a hash a line
//	receipts/    tlog-proofs
//
// and prints, as JSON, each check with what is wrong ("" if nothing is). It exits with 0
// if nothing is wrong, 1 if something is, 2 if it could not be used.
//
// Given "-" for a folder, it judges artefacts after docs/formats.md (package formats): it
// reads questions, a JSON object a line, and prints what is wrong with each, a line each.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	cosignature "github.com/transparency-dev/formats/note"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// A report says of each check what is wrong.
type report map[string]string

func (r report) add(check string, err error) bool {
	r[check] = ""
	if err != nil {
		r[check] = err.Error()
	}
	return err == nil
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: interop FOLDER, or interop - with questions on stdin")
		os.Exit(2)
	}
	if os.Args[1] == "-" {
		if err := judge(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		return
	}
	found := report{}
	if err := check(os.Args[1], found); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if err := json.NewEncoder(os.Stdout).Encode(found); err != nil {
		os.Exit(2)
	}
	for _, wrong := range found {
		if wrong != "" {
			os.Exit(1)
		}
	}
}

func check(folder string, found report) error {
	vkey, err := os.ReadFile(filepath.Join(folder, "vkey"))
	if err != nil {
		return err
	}
	verifier, err := note.NewVerifier(strings.TrimSpace(string(vkey)))
	if err != nil {
		return err
	}
	newer, err := os.ReadFile(filepath.Join(folder, "log", "checkpoint"))
	if err != nil {
		return err
	}
	tree, err := openCheckpoint(newer, verifier)
	if !found.add("checkpoint", err) {
		return nil
	}
	if err := checkSecond(folder, newer, found); err != nil {
		return err
	}
	checkEntries(tiles(filepath.Join(folder, "log")), tree, found)
	if err := checkGrowth(folder, verifier, tree, found); err != nil {
		return err
	}
	return checkReceipts(folder, verifier, found)
}

func checkSecond(folder string, newer []byte, found report) error {
	vkey, err := os.ReadFile(filepath.Join(folder, "second"))
	if err != nil {
		return err
	}
	verifier, err := cosignature.NewVerifierForCosignatureV1(strings.TrimSpace(string(vkey)))
	if err != nil {
		return err
	}
	_, err = openCheckpoint(newer, verifier)
	found.add("second", err)
	return nil
}

func checkEntries(folder tiles, tree *tlog.Tree, found report) {
	entries, err := folder.entries(tree.N)
	if !found.add("entries", err) {
		return
	}
	found.add("root", auditRoot(entries, tree))
	found.add("tiles", auditTiles(folder, entries, tree))
	found.add("leaves", auditLeaves(folder, entries, tree))
}

func checkGrowth(folder string, verifier note.Verifier, tree *tlog.Tree, found report) error {
	data, err := os.ReadFile(filepath.Join(folder, "older"))
	if err != nil {
		return err
	}
	older, err := openCheckpoint(data, verifier)
	if !found.add("older", err) {
		return nil
	}
	lines, err := os.ReadFile(filepath.Join(folder, "consistency"))
	if err != nil {
		return err
	}
	path, err := parseHashes(strings.Fields(string(lines)))
	if err != nil {
		return err
	}
	found.add("consistency, tlog", tlog.CheckTree(path, tree.N, tree.Hash, older.N, older.Hash))
	found.add("consistency, merkle", proof.VerifyConsistency(rfc6962.DefaultHasher,
		uint64(older.N), uint64(tree.N), octets(path), older.Hash[:], tree.Hash[:]))
	return nil
}

func checkReceipts(folder string, verifier note.Verifier, found report) error {
	files, err := filepath.Glob(filepath.Join(folder, "receipts", "*"))
	if err != nil {
		return err
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		checkReceipt(filepath.Base(file), data, verifier, found)
	}
	return nil
}

func checkReceipt(name string, data []byte, verifier note.Verifier, found report) {
	r, err := parseReceipt(data)
	if !found.add(name, err) {
		return
	}
	tree, err := openCheckpoint(r.note, verifier)
	if !found.add(name+", checkpoint", err) {
		return
	}
	leaf := tlog.RecordHash(r.entry)
	found.add(name+", tlog", tlog.CheckRecord(r.path, tree.N, tree.Hash, r.index, leaf))
	found.add(name+", merkle", proof.VerifyInclusion(rfc6962.DefaultHasher,
		uint64(r.index), uint64(tree.N), leaf[:], octets(r.path), tree.Hash[:]))
}

func octets(hashes []tlog.Hash) [][]byte {
	all := make([][]byte, len(hashes))
	for i := range hashes {
		all[i] = hashes[i][:]
	}
	return all
}

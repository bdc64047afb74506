package formats

import (
	"errors"
	"strings"
)

// A Question is an artefact of some sort, with what is needed to judge it, by name:
// "policy" and "data", "proof" where a cosigned proof is at hand, or the files of a tree.
type Question struct {
	Sort  string            `json:"sort"`
	Files map[string][]byte `json:"files"`
}

// Verdict says what is wrong with an artefact; nil if it is accepted.
func (q Question) Verdict() error {
	p, err := parsePolicy(q.Files["policy"])
	if err != nil || q.Sort == "policy" {
		return err
	}
	var proofs []extension
	if data, there := q.Files["proof"]; there {
		proof, err := parseExtension(data)
		if err != nil {
			return err
		}
		proofs = append(proofs, proof)
	}
	return q.judge(q.Files["data"], p, proofs)
}

func (q Question) judge(data []byte, p policy, proofs []extension) (err error) {
	switch q.Sort {
	case "checkpoint":
		_, err = p.accept(data, proofs...)
	case "receipt":
		_, _, err = verifyReceipt(data, p, proofs...)
	case "COSE receipt":
		err = verifyCOSE(data, p)
	case "certificate":
		_, err = verifyCertificate(data, p, proofs...)
	case "manifest":
		_, err = verifyManifest(data, p)
	case "consent record":
		err = verifyConsent(data, p)
	case "export":
		err = verifyExport(data, p, proofs...)
	case "evidence of when", "time stamp":
		err = verifyEvidence(data, q.Files["roots"], p, proofs...)
	case "split view":
		err = verifySplitView(data, p)
	case "consistency":
		err = verifyConsistency(q.Files["older"], q.Files["newer"], data, p)
	case "chain":
		err = verifyChain(data)
	case "tree":
		err = audit(q.fetch, p, false)
	case "copy":
		err = audit(q.fetch, p, true)
	default:
		err = errors.New("an unknown sort of artefact")
	}
	return err
}

func (q Question) fetch(path string) []byte { return q.Files["tree/"+path] }

// verifyConsistency takes a path as it is printed in the page: base64, a hash a line.
func verifyConsistency(older, newer, path []byte, p policy) error {
	first, err1 := p.accept(older)
	second, err2 := p.accept(newer)
	list, err3 := hashes(lines(path))
	if err := errors.Join(err1, err2, err3); err != nil {
		return err
	}
	if first.origin != second.origin {
		return errors.New("checkpoints of two logs")
	}
	return consistent(first.size, second.size, list, first.root, second.root)
}

// verifyChain takes full openings, one a line.
func verifyChain(data []byte) error {
	var chain []fullOpening
	for _, line := range lines(data) {
		full, err := parseFullOpening([]byte(line))
		if err != nil {
			return err
		}
		chain = append(chain, full)
	}
	return wholeChain(chain)
}

func lines(data []byte) []string {
	if len(data) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
}

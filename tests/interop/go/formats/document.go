package formats

import (
	"encoding/hex"
	"errors"
	"strings"
)

// Signed documents: erasure certificate, manifest, consent record.

const (
	certificateContext = "allod/certificate/v1"
	manifestContext    = "allod/manifest/v1"
	consentContext     = "allod/consent/v1"
)

// verifyDocument gives the document, and the name of the key that signed it.
func verifyDocument(context string, signed object, p policy) (object, string, error) {
	if err := signed.exactly("document", "note"); err != nil {
		return nil, "", err
	}
	document, err1 := member[object](signed, "document")
	note, err2 := member[string](signed, "note")
	if err := errors.Join(err1, err2); err != nil {
		return nil, "", err
	}
	if strings.Count(note, "\n") != 1 {
		return nil, "", errors.New("not one signature line")
	}
	text := context + "\n" + string(canonical(document)) + "\n"
	_, keys, err := openNote([]byte(text+"\n"+note), p.logs)
	if err != nil {
		return nil, "", err
	}
	for k := range keys {
		if k.kind == typeEd25519 {
			return document, k.name, nil
		}
	}
	return nil, "", errors.New("signed by a key that signs checkpoints alone")
}

func verifyConsent(data []byte, p policy) error {
	signed, err := parseObject(data, maxJSON)
	if err != nil {
		return err
	}
	_, _, err = verifyDocument(consentContext, signed, p)
	return err
}

type certificate struct {
	receipt receipt
	tree    checkpoint
}

func verifyCertificate(data []byte, p policy, proofs ...extension) (certificate, error) {
	signed, err := parseObject(data, maxJSON)
	if err != nil {
		return certificate{}, err
	}
	if beside := signed["proof"]; beside != nil {
		text, ok := beside.(string)
		proof, err := parseExtension([]byte(text))
		if !ok || err != nil {
			return certificate{}, errors.New("not a proof beside the certificate")
		}
		proofs = append([]extension{proof}, proofs...)
	}
	delete(signed, "proof")
	document, signer, err := verifyDocument(certificateContext, signed, p)
	if err != nil {
		return certificate{}, err
	}
	return readCertificate(document, signer, p, proofs)
}

func readCertificate(document object, signer string, p policy, proofs []extension) (certificate, error) {
	id, err1 := member[string](document, "id")
	order, err2 := unid(id)
	salt, err3 := document.base64Member("order_salt", 32)
	text, err4 := member[string](document, "receipt")
	if err := errors.Join(document.version(1), err1, err2, err3, err4); err != nil {
		return certificate{}, err
	}
	switch document["finality"] {
	case "not_scheduled", "scheduled", "final", "unprovable":
	default:
		return certificate{}, errors.New("an unknown finality")
	}
	read, tree, err := verifyReceipt([]byte(text), p, proofs...)
	if err != nil {
		return certificate{}, err
	}
	opening := read.opening
	if tree.origin != signer || document["log"] != any(signer) {
		return certificate{}, errors.New("certificate and receipt are of two logs")
	}
	if opening.sort != "erasure" || opening.kind != "erasure" {
		return certificate{}, errors.New("the receipt of something else")
	}
	return certificate{read, tree}, opening.opens("order_commit", "allod/order/v1", salt, order)
}

type file struct {
	sha256 string
	size   int64
}

type manifest struct {
	madeAt string
	files  map[string]file
}

func verifyManifest(data []byte, p policy) (manifest, error) {
	signed, err := parseObject(data, maxJSON)
	if err != nil {
		return manifest{}, err
	}
	if string(canonical(signed))+"\n" != string(data) {
		return manifest{}, errors.New("a manifest that is not canonical")
	}
	document, signer, err := verifyDocument(manifestContext, signed, p)
	if err != nil {
		return manifest{}, err
	}
	if err := document.exactly("v", "log", "made_at", "files"); err != nil {
		return manifest{}, err
	}
	madeAt, err1 := member[string](document, "made_at")
	_, err2 := instant(madeAt)
	listed, err3 := member[[]any](document, "files")
	if err := errors.Join(document.version(1), err1, err2, err3); err != nil {
		return manifest{}, err
	}
	if document["log"] != any(signer) {
		return manifest{}, errors.New("a manifest of another log")
	}
	files, err := listedFiles(listed)
	return manifest{madeAt, files}, err
}

func listedFiles(listed []any) (map[string]file, error) {
	files := map[string]file{}
	for _, each := range listed {
		path, found, err := readFile(each)
		if err != nil {
			return nil, err
		}
		if _, twice := files[path]; twice {
			return nil, errors.New("a file is listed twice")
		}
		files[path] = found
	}
	return files, nil
}

func readFile(value any) (string, file, error) {
	line, ok := value.(object)
	if !ok || line.exactly("path", "sha256", "size") != nil {
		return "", file{}, errors.New("not a line of a list of files")
	}
	path, err1 := member[string](line, "path")
	digest, err2 := member[string](line, "sha256")
	size, err3 := member[int64](line, "size")
	if err := errors.Join(err1, err2, err3); err != nil {
		return "", file{}, err
	}
	if !isPath(path) || !hexForm.MatchString(digest) || size < 0 {
		return "", file{}, errors.New("not a line of a list of files")
	}
	return path, file{digest, size}, nil
}

func digested(sum [32]byte) string { return hex.EncodeToString(sum[:]) }

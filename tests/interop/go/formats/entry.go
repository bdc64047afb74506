package formats

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// Entries.

const maxPayload = 48 * 1024

// payloads are the members of each version of a type, the first version first.
var payloads = map[string][][]string{
	"subject": {{"v", "kind", "at", "content_commit", "link_commit"}},
	"erasure": {
		{"v", "kind", "at", "order_commit"},
		{"v", "kind", "at", "order_commit", "order_digest"},
	},
	"operator": {{"v", "kind", "at", "facts"}},
}

func commit(label string, salt, message []byte) ([]byte, error) {
	if len(salt) != 32 {
		return nil, errors.New("a salt of another length")
	}
	mac := hmac.New(sha256.New, salt)
	mac.Write([]byte(label + "\n"))
	mac.Write(message)
	return mac.Sum(nil), nil
}

// opened is an entry that was made from its opening, and what its payload says.
type opened struct {
	entry      []byte
	commitment []byte
	sort       string
	kind       string
	payload    string
	said       object
}

func open(sort string, at int64, salt []byte, payload string) (opened, error) {
	versions, known := payloads[sort]
	if !known || at < 0 || len(payload) > maxPayload {
		return opened{}, errors.New("not an entry")
	}
	c, err := commit("allod/commitment/v1", salt, []byte(payload))
	if err != nil {
		return opened{}, err
	}
	said, kind, err := readPayload(versions, at, payload)
	if err != nil {
		return opened{}, err
	}
	encoded := base64.StdEncoding.EncodeToString(c)
	entry := fmt.Appendf(nil, "allod-entry/v1\n%s\n%d\n%s\n", sort, at, encoded)
	return opened{entry, c, sort, kind, payload, said}, nil
}

func readPayload(versions [][]string, at int64, payload string) (object, string, error) {
	said, err := parseObject([]byte(payload), maxJSON)
	if err != nil {
		return nil, "", err
	}
	version, err := member[int64](said, "v")
	if err != nil || version < 1 || version > int64(len(versions)) {
		return nil, "", errors.New("a payload of another version")
	}
	if err := said.exactly(versions[version-1]...); err != nil {
		return nil, "", err
	}
	kind, err := member[string](said, "kind")
	if err != nil || !kindForm.MatchString(kind) || said["at"] != any(at) {
		return nil, "", errors.New("a payload of another kind or time")
	}
	if string(canonical(said)) != payload {
		return nil, "", errors.New("a payload that is not canonical")
	}
	return said, kind, nil
}

// sortOf gives the type of an entry, in the one form that it has.
func sortOf(entry []byte) (string, error) {
	lines := strings.Split(string(entry), "\n")
	if len(lines) != 5 || lines[0] != "allod-entry/v1" || lines[4] != "" {
		return "", errors.New("not the lines of an entry")
	}
	_, known := payloads[lines[1]]
	_, err1 := decimal(lines[2])
	_, err2 := hash32(lines[3])
	if !known {
		return "", errors.New("an entry of an unknown type")
	}
	return lines[1], errors.Join(err1, err2)
}

// opens checks a commitment within the payload.
func (o opened) opens(name, label string, salt, message []byte) error {
	claimed, err := o.said.base64Member(name, 32)
	if err != nil {
		return err
	}
	found, err := commit(label, salt, message)
	if err == nil && !bytes.Equal(claimed, found) {
		err = errors.New("the payload commits to something else: " + name)
	}
	return err
}

package formats

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"
)

// Signed notes.

const (
	maxNote       = 1 << 20
	maxSignatures = 100
)

type keyName struct {
	name string
	id   [4]byte
}

// openNote gives a note's text, and the time of each known key that signed it.
func openNote(note []byte, keys []key) (string, map[key]uint64, error) {
	text, lines, err := splitNote(note)
	if err != nil {
		return "", nil, err
	}
	known := map[keyName]key{}
	for _, k := range keys {
		other, twice := known[keyName{k.name, k.id()}]
		if twice && other != k {
			return "", nil, errors.New("two keys share name and id")
		}
		known[keyName{k.name, k.id()}] = k
	}
	signed := map[key]uint64{}
	for _, line := range lines {
		named, signature, err := signatureLine(line)
		if err != nil {
			return "", nil, err
		}
		k, ok := known[named]
		if !ok {
			continue
		}
		at, err := k.verify(text, signature)
		if err != nil {
			return "", nil, err
		}
		if _, before := signed[k]; !before {
			signed[k] = at
		}
	}
	if len(signed) == 0 {
		return "", nil, errors.New("no known key has signed")
	}
	return text, signed, nil
}

func splitNote(note []byte) (string, []string, error) {
	control := func(c byte) bool { return c < ' ' && c != '\n' }
	at := bytes.LastIndex(note, []byte("\n\n"))
	whole := len(note) <= maxNote && utf8.Valid(note) && at >= 0
	if !whole || bytes.ContainsFunc(note, func(c rune) bool { return c < 0x80 && control(byte(c)) }) {
		return "", nil, errors.New("not a signed note")
	}
	rest, ended := strings.CutSuffix(string(note[at+2:]), "\n")
	lines := strings.Split(rest, "\n")
	if !ended || len(lines) > maxSignatures {
		return "", nil, errors.New("not the signature lines of a note")
	}
	return string(note[:at+1]), lines, nil
}

func signatureLine(line string) (keyName, []byte, error) {
	rest, dash := strings.CutPrefix(line, "\u2014 ")
	name, encoded, blank := strings.Cut(rest, " ")
	data, err := unbase64(encoded)
	if !dash || !blank || err != nil || checkName(name) != nil || len(data) <= 4 {
		return keyName{}, nil, errors.New("not a signature line")
	}
	return keyName{name, [4]byte(data[:4])}, data[4:], nil
}

package formats

import (
	"bytes"
	"errors"
)

// Full openings and the customer's chain.

type fullOpening struct {
	opened
	saltContent []byte
	subject     string
	seq         int64
	prev        []byte
}

func parseFullOpening(data []byte) (fullOpening, error) {
	said, err := parseObject(data, maxJSON)
	if err != nil {
		return fullOpening{}, err
	}
	if err := said.exactly("v", "salt", "payload", "salt_c", "salt_l", "link"); err != nil {
		return fullOpening{}, err
	}
	if !bytes.Equal(canonical(said), data) {
		return fullOpening{}, errors.New("an opening that is not canonical")
	}
	salt, err1 := said.base64Member("salt", 32)
	saltContent, err2 := said.base64Member("salt_c", 32)
	saltLink, err3 := said.base64Member("salt_l", 32)
	payload, err4 := member[string](said, "payload")
	link, err5 := member[object](said, "link")
	if err := errors.Join(said.version(1), err1, err2, err3, err4, err5); err != nil {
		return fullOpening{}, err
	}
	opening, err := openSubject(salt, payload)
	if err != nil {
		return fullOpening{}, err
	}
	if err := opening.opens("link_commit", "allod/link/v1", saltLink, canonical(link)); err != nil {
		return fullOpening{}, err
	}
	return linked(opening, saltContent, link)
}

func openSubject(salt []byte, payload string) (opened, error) {
	said, err := parseObject([]byte(payload), maxJSON)
	if err != nil {
		return opened{}, err
	}
	at, err := member[int64](said, "at")
	if err != nil {
		return opened{}, err
	}
	return open("subject", at, salt, payload)
}

func linked(opening opened, saltContent []byte, link object) (fullOpening, error) {
	err := link.exactly("subject", "seq", "prev", "record")
	subject, err1 := member[string](link, "subject")
	seq, err2 := member[int64](link, "seq")
	if err := errors.Join(err, err1, err2); err != nil {
		return fullOpening{}, err
	}
	if seq < 1 || (link["prev"] == nil) != (seq == 1) || !idForm.MatchString(subject) {
		return fullOpening{}, errors.New("not a link")
	}
	if record, _ := link["record"].(string); link["record"] != nil && !idForm.MatchString(record) {
		return fullOpening{}, errors.New("not the id of a record")
	}
	full := fullOpening{opening, saltContent, subject, seq, nil}
	if link["prev"] != nil {
		full.prev, err = link.base64Member("prev", 32)
	}
	return full, err
}

func (f fullOpening) opensContent(content string) error {
	return f.opens("content_commit", "allod/content/v1", f.saltContent, []byte(content))
}

// wholeChain checks that these are one customer's entries from the first on, in order.
func wholeChain(chain []fullOpening) error {
	var prev []byte
	for i, each := range chain {
		if each.subject != chain[0].subject || each.seq != int64(i+1) || !bytes.Equal(each.prev, prev) {
			return errors.New("a chain that is not whole")
		}
		prev = each.commitment
	}
	return nil
}

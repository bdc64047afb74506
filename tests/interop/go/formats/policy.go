package formats

import (
	"bytes"
	"errors"
	"slices"
	"strings"
)

// Trust policy.

const (
	maxPolicy = 1 << 16
	maxNames  = 256
)

var errPolicy = errors.New("not a trust policy")

type group struct {
	least   uint64
	members []string
}

type policy struct {
	logs      []key
	witnesses map[string]key
	groups    map[string]group
	quorum    string
}

func parsePolicy(data []byte) (policy, error) {
	p := policy{witnesses: map[string]key{}, groups: map[string]group{}}
	lines, err := policyLines(data)
	if err != nil {
		return p, err
	}
	taken := map[string]bool{}
	for _, words := range lines {
		if err := p.take(words, taken); err != nil {
			return p, err
		}
	}
	if p.quorum == "" {
		return p, errPolicy
	}
	return p, nil
}

func policyLines(data []byte) ([][]string, error) {
	if len(data) > maxPolicy {
		return nil, errPolicy
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	text := strings.ReplaceAll(string(data), "\r\n", "\n")
	var lines [][]string
	for i := range len(text) {
		if c := text[i]; c == 0x7f || c < ' ' && c != '\t' && c != '\n' {
			return nil, errPolicy
		}
	}
	for line := range strings.SplitSeq(text, "\n") {
		words := strings.FieldsFunc(line, func(c rune) bool { return c == ' ' || c == '\t' })
		if len(words) > 0 && !strings.HasPrefix(words[0], "#") {
			lines = append(lines, words)
		}
	}
	return lines, nil
}

func (p *policy) take(words []string, taken map[string]bool) error {
	n := len(words)
	switch {
	case words[0] == "log" && (n == 2 || n == 3):
		return p.log(words[1])
	case words[0] == "witness" && (n == 3 || n == 4):
		return p.witness(words[1], words[2])
	case words[0] == "group" && n >= 3:
		return p.group(words[1], words[2], words[3:], taken)
	case words[0] == "quorum" && n == 2 && p.quorum == "":
		p.quorum = words[1]
		if p.quorum == "none" || p.defined(p.quorum) {
			return nil
		}
	}
	return errPolicy
}

func (p *policy) log(vkey string) error {
	k, err := parseKey(vkey)
	same := func(other key) bool { return other.public == k.public }
	if err != nil || k.kind == typeCosignature || slices.ContainsFunc(p.logs, same) {
		return errPolicy
	}
	p.logs = append(p.logs, k)
	return nil
}

func (p *policy) witness(name, vkey string) error {
	k, err := parseKey(vkey)
	if err != nil || k.kind == typeEd25519 || !p.free(name) {
		return errPolicy
	}
	for _, other := range p.witnesses {
		if other.public == k.public {
			return errPolicy
		}
	}
	p.witnesses[name] = k
	return nil
}

func (p *policy) group(name, least string, members []string, taken map[string]bool) error {
	number, count := uint64(0), uint64(len(members))
	var err error
	switch least {
	case "any":
		number = 1
	case "all":
		number = count
	default:
		number, err = decimal(least)
	}
	if err != nil || number < 1 || number > count {
		return errPolicy
	}
	for _, each := range members {
		if !p.defined(each) || taken[each] {
			return errPolicy
		}
		taken[each] = true
	}
	if !p.free(name) {
		return errPolicy
	}
	p.groups[name] = group{number, members}
	return nil
}

func (p *policy) defined(name string) bool {
	_, witness := p.witnesses[name]
	_, group := p.groups[name]
	return witness || group
}

func (p *policy) free(name string) bool {
	return name != "none" && !p.defined(name) && len(p.witnesses)+len(p.groups) < maxNames
}

func (p policy) keys() []key {
	keys := slices.Clone(p.logs)
	for _, k := range p.witnesses {
		keys = append(keys, k)
	}
	return keys
}

func (p policy) agrees(name string, signed map[key]uint64) bool {
	if name == "none" {
		return true
	}
	if found, ok := p.groups[name]; ok {
		count := uint64(0)
		for _, each := range found.members {
			if p.agrees(each, signed) {
				count++
			}
		}
		return count >= found.least
	}
	_, has := signed[p.witnesses[name]]
	return has
}

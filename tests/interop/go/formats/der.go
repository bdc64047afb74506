package formats

import (
	"encoding/asn1"
	"errors"
	"math/big"
	"strings"
	"time"
)

// DER (ITU-T X.690), each thing in its one spelling. A reader stops at the first fault
// by a panic of errDER, which inDER recovers.

var errDER = errors.New("not DER in its one spelling")

func inDER(read func()) (err error) {
	defer func() {
		if fault := recover(); fault == errDER {
			err = errDER
		} else if fault != nil {
			panic(fault)
		}
	}()
	read()
	return nil
}

func mustDER(holds bool) {
	if !holds {
		panic(errDER)
	}
}

type der struct {
	tag       byte
	body, raw []byte
}

type derParts struct{ rest []byte }

func (d der) parts() *derParts {
	mustDER(d.tag&0x20 != 0)
	return &derParts{d.body}
}

func (p *derParts) next() der {
	mustDER(len(p.rest) >= 2)
	tag, size, at := p.rest[0], int(p.rest[1]), 2
	mustDER(tag&0x1f != 0x1f)
	if size >= 0x80 {
		count := size - 0x80
		mustDER(1 <= count && count <= 3 && len(p.rest) >= 2+count)
		size = 0
		for _, each := range p.rest[2 : 2+count] {
			size = size<<8 | int(each)
		}
		mustDER(size >= 0x80 && p.rest[2] != 0)
		at += count
	}
	mustDER(at+size <= len(p.rest))
	found := der{tag, p.rest[at : at+size], p.rest[:at+size]}
	p.rest = p.rest[at+size:]
	return found
}

func (p *derParts) maybe(tag byte) (der, bool) {
	if len(p.rest) == 0 || p.rest[0] != tag {
		return der{}, false
	}
	return p.next(), true
}

func (p *derParts) take(tag byte) der {
	found, there := p.maybe(tag)
	mustDER(there)
	return found
}

func (p *derParts) end() { mustDER(len(p.rest) == 0) }

func (p *derParts) all() []der {
	var found []der
	for len(p.rest) > 0 {
		found = append(found, p.next())
	}
	return found
}

func wholeDER(data []byte, tag byte) der {
	p := &derParts{data}
	found := p.take(tag)
	p.end()
	return found
}

func (d der) integer() *big.Int {
	b := d.body
	padded := len(b) > 1 && (b[0] == 0 && b[1] < 0x80 || b[0] == 0xff && b[1] >= 0x80)
	mustDER(1 <= len(b) && len(b) <= 64 && !padded)
	value := new(big.Int).SetBytes(b)
	if b[0] >= 0x80 {
		value.Sub(value, new(big.Int).Lsh(big.NewInt(1), uint(8*len(b))))
	}
	return value
}

func (d der) is(number int64) bool { return d.integer().Cmp(big.NewInt(number)) == 0 }

func (d der) oid() string {
	b := d.body
	mustDER(1 <= len(b) && len(b) <= 64 && b[len(b)-1] < 0x80)
	for i, c := range b {
		mustDER(c != 0x80 || i > 0 && b[i-1] >= 0x80)
	}
	var found asn1.ObjectIdentifier
	if rest, err := asn1.Unmarshal(d.raw, &found); err != nil || len(rest) > 0 {
		return "" // of numbers that are larger than any that is known here
	}
	return found.String()
}

// yes reads a boolean that is left out where it is false.
func (p *derParts) yes() bool {
	found, there := p.maybe(0x01)
	mustDER(!there || string(found.body) == "\xff")
	return there
}

// algorithm gives an AlgorithmIdentifier's name, and its parameters as they are.
func (d der) algorithm() (name, parameters string) {
	p := d.parts()
	name = p.take(0x06).oid()
	for _, each := range p.all() {
		parameters += string(each.raw)
	}
	return name, parameters
}

// moment reads a GeneralizedTime as RFC 3161 has it: in UTC, to the second or finer.
func (d der) moment() time.Time {
	text, zulu := strings.CutSuffix(string(d.body), "Z")
	whole, fraction, dot := strings.Cut(text, ".")
	digits := func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
	fine := !dot || digits(fraction) && !strings.HasSuffix(fraction, "0") && len(fraction) <= 6
	mustDER(zulu && len(whole) == 14 && digits(whole) && fine)
	at, err := time.Parse("20060102150405", whole)
	mustDER(err == nil && at.Year() >= 1)
	if dot {
		part, err := time.ParseDuration("0." + fraction + "s")
		mustDER(err == nil)
		at = at.Add(part)
	}
	return at
}

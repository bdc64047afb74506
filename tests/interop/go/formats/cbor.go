package formats

import (
	"bytes"
	"encoding/binary"
	"errors"
	"unicode/utf8"
)

// CBOR in its deterministic encoding (RFC 8949, 4.2.1), as far as receipts use it: a
// value is nil, cborInt, string, []byte, []any, map[any]any or cborTag.

const cborDepth = 16

var errCBOR = errors.New("not CBOR in its one spelling")

type cborInt struct {
	negative bool // -1 - number
	number   uint64
}

type cborTag struct {
	number uint64
	value  any
}

type cborReading struct{ rest []byte }

func parseCBOR(data []byte) (any, error) {
	r := &cborReading{data}
	value, err := r.item(cborDepth)
	if err == nil && len(r.rest) > 0 {
		err = errCBOR
	}
	return value, err
}

func (r *cborReading) item(depth int) (any, error) {
	if depth == 0 {
		return nil, errCBOR
	}
	if len(r.rest) > 0 && r.rest[0] == 0xf6 {
		r.rest = r.rest[1:]
		return nil, nil
	}
	major, number, err := r.head()
	if err != nil {
		return nil, err
	}
	switch major {
	case 0, 1:
		return cborInt{major == 1, number}, nil
	case 2:
		return r.take(number)
	case 3:
		text, err := r.take(number)
		if err == nil && !utf8.Valid(text) {
			err = errCBOR
		}
		return string(text), err
	case 4:
		return r.array(number, depth-1)
	case 5:
		return r.dictionary(number, depth-1)
	case 6:
		value, err := r.item(depth - 1)
		return cborTag{number, value}, err
	}
	return nil, errCBOR
}

func (r *cborReading) head() (byte, uint64, error) {
	first, err := r.take(1)
	if err != nil {
		return 0, 0, err
	}
	major, info := first[0]>>5, first[0]&31
	if info < 24 {
		return major, uint64(info), nil
	}
	if info > 27 {
		return 0, 0, errCBOR
	}
	width := 1 << (info - 24)
	data, err := r.take(uint64(width))
	if err != nil {
		return 0, 0, err
	}
	var padded [8]byte
	copy(padded[8-width:], data)
	number := binary.BigEndian.Uint64(padded[:])
	least := uint64(24)
	if width > 1 {
		least = 1 << (4 * width)
	}
	if number < least {
		return 0, 0, errCBOR
	}
	return major, number, nil
}

func (r *cborReading) take(count uint64) ([]byte, error) {
	if count > uint64(len(r.rest)) {
		return nil, errCBOR
	}
	data := r.rest[:count]
	r.rest = r.rest[count:]
	return data, nil
}

func (r *cborReading) array(count uint64, depth int) (any, error) {
	found := []any{}
	for range count {
		value, err := r.item(depth)
		if err != nil {
			return nil, err
		}
		found = append(found, value)
	}
	return found, nil
}

func (r *cborReading) dictionary(count uint64, depth int) (any, error) {
	found := map[any]any{}
	var before []byte
	for range count {
		start := r.rest
		name, err := r.item(depth)
		if err != nil {
			return nil, err
		}
		encoded := start[:len(start)-len(r.rest)]
		switch name.(type) {
		case cborInt, string:
		default:
			return nil, errCBOR
		}
		if bytes.Compare(encoded, before) <= 0 {
			return nil, errCBOR
		}
		before = encoded
		if found[name], err = r.item(depth); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func appendBytes(to, data []byte) []byte {
	switch n := len(data); {
	case n < 24:
		to = append(to, 0x40|byte(n))
	case n < 1<<8:
		to = append(to, 0x58, byte(n))
	default:
		to = binary.BigEndian.AppendUint16(append(to, 0x59), uint16(n))
	}
	return append(to, data...)
}

package formats

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"math"
	"strings"
)

// Export: the zip file, read from its front and written again from what was read.

const (
	maxFiles = 100_000
	maxRatio = 200
	harmless = 1 << 24
	longest  = 1<<31 - 1
	most16   = 1<<16 - 1
	mode     = 0o600 << 16
)

var errZip = errors.New("not an archive that is laid out so")

type packed struct {
	name       string
	time, date uint16
	crc        uint32
	packed     int
	offset     int
	data       []byte
}

func little(to []byte, values ...any) []byte {
	for _, value := range values {
		switch value := value.(type) {
		case string:
			to = append(to, value...)
		case uint16:
			to = binary.LittleEndian.AppendUint16(to, value)
		case uint32:
			to = binary.LittleEndian.AppendUint32(to, value)
		case uint64:
			to = binary.LittleEndian.AppendUint64(to, value)
		}
	}
	return to
}

// unpack gives the files of an archive, in their order.
func unpack(archive []byte) ([]packed, error) {
	left := max(harmless, maxRatio*len(archive))
	var files []packed
	at := 0
	for bytes.HasPrefix(archive[at:], []byte("PK\x03\x04")) {
		found, end, err := unpackFile(archive, at, min(left, longest))
		if err != nil {
			return nil, err
		}
		files, at, left = append(files, found), end, left-len(found.data)
		if len(files) > maxFiles {
			return nil, errZip
		}
	}
	if !bytes.Equal(directory(files, at), archive[at:]) {
		return nil, errZip
	}
	return files, apart(files)
}

func unpackFile(archive []byte, at, most int) (packed, int, error) {
	if len(archive)-at < 30 {
		return packed{}, 0, errZip
	}
	named := int(binary.LittleEndian.Uint16(archive[at+26:]))
	start := at + 30 + named
	if start > len(archive) {
		return packed{}, 0, errZip
	}
	f := packed{
		name:   string(archive[at+30 : start]),
		time:   binary.LittleEndian.Uint16(archive[at+10:]),
		date:   binary.LittleEndian.Uint16(archive[at+12:]),
		offset: at,
	}
	if !isPath(f.name) || !bytes.HasPrefix(archive[at:], f.header()) {
		return packed{}, 0, errZip
	}
	reader := bytes.NewReader(archive[start:])
	data, err := io.ReadAll(io.LimitReader(flate.NewReader(reader), int64(most)+1))
	if err != nil || len(data) > most {
		return packed{}, 0, errZip
	}
	f.data, f.crc = data, crc32.ChecksumIEEE(data)
	f.packed = len(archive) - start - reader.Len()
	if f.packed > longest || !bytes.HasPrefix(archive[start+f.packed:], f.descriptor()) {
		return packed{}, 0, errZip
	}
	return f, start + f.packed + 16, nil
}

func (f packed) header() []byte {
	return little(nil, "PK\x03\x04", uint16(20), uint16(8), uint16(8), f.time, f.date,
		uint32(0), uint32(0), uint32(0), uint16(len(f.name)), uint16(0), f.name)
}

func (f packed) descriptor() []byte {
	return little(nil, "PK\x07\x08", f.crc, uint32(f.packed), uint32(len(f.data)))
}

func (f packed) listed() []byte {
	version, offset, extra := uint16(20), uint32(f.offset), []byte(nil)
	if f.offset > longest {
		version, offset = 45, math.MaxUint32
		extra = little(nil, uint16(1), uint16(8), uint64(f.offset))
	}
	entry := little(nil, "PK\x01\x02", uint16(3<<8)|version, version, uint16(8), uint16(8),
		f.time, f.date, f.crc, uint32(f.packed), uint32(len(f.data)),
		uint16(len(f.name)), uint16(len(extra)), uint16(0), uint16(0), uint16(0),
		uint32(mode), offset, f.name)
	return append(entry, extra...)
}

// directory is all that stands after the last file.
func directory(files []packed, start int) []byte {
	var all []byte
	for _, f := range files {
		all = append(all, f.listed()...)
	}
	count, length := len(files), len(all)
	if count > most16 || start > longest {
		all = little(all, "PK\x06\x06", uint64(44), uint16(45), uint16(45), uint32(0), uint32(0),
			uint64(count), uint64(count), uint64(length), uint64(start),
			"PK\x06\x07", uint32(0), uint64(start+length), uint32(1))
	}
	number, offset := uint16(min(count, most16)), uint32(min(start, math.MaxUint32))
	return little(all, "PK\x05\x06", uint16(0), uint16(0), number, number,
		uint32(length), offset, uint16(0))
}

// apart checks that no two paths meet on a disk without case.
func apart(files []packed) error {
	names, folders := map[string]bool{}, map[string]bool{}
	for _, f := range files {
		name := strings.ToLower(f.name)
		if names[name] {
			return errZip
		}
		names[name] = true
		for i, c := range name {
			if c == '/' {
				folders[name[:i]] = true
			}
		}
	}
	for folder := range folders {
		if names[folder] {
			return errZip
		}
	}
	return nil
}

func (f packed) is(wanted file) bool {
	return digested(sha256.Sum256(f.data)) == wanted.sha256 && int64(len(f.data)) == wanted.size
}

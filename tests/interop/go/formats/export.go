package formats

import (
	"errors"
	"maps"
	"time"
)

// Export: manifest, chain and receipts.

const maxChain = 1 << 28

var errExport = errors.New("not an export that is whole")

type chainEntry struct {
	index   int64
	opening fullOpening
	content any
	path    string
	receipt file
}

func verifyExport(archive []byte, p policy, proofs ...extension) error {
	list, err := unpack(archive)
	if err != nil {
		return err
	}
	files := map[string]packed{}
	for _, f := range list {
		files[f.name] = f
	}
	if len(files["manifest.json"].data) == 0 || len(files["manifest.json"].data) > maxJSON {
		return errExport
	}
	signed, err := verifyManifest(files["manifest.json"].data, p)
	if err != nil {
		return err
	}
	entries, err := readChain(files["chain.json"].data)
	if err != nil {
		return err
	}
	if err := allListed(files, signed, entries); err != nil {
		return err
	}
	if err := told(entries, signed.madeAt); err != nil {
		return err
	}
	for _, each := range entries {
		if err := each.proven(files[each.path].data, p, proofs); err != nil {
			return err
		}
	}
	return nil
}

func readChain(data []byte) ([]chainEntry, error) {
	said, err := parseObject(data, maxChain)
	if err != nil {
		return nil, err
	}
	listed, err := member[[]any](said, "entries")
	if err := errors.Join(said.exactly("v", "entries"), said.version(1), err); err != nil {
		return nil, err
	}
	var entries []chainEntry
	for _, value := range listed {
		entry, err := readEntry(value)
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry)
	}
	return entries, nil
}

func readEntry(value any) (chainEntry, error) {
	said, ok := value.(object)
	if !ok || said.exactly("index", "opening", "content", "receipt") != nil {
		return chainEntry{}, errExport
	}
	index, err1 := member[int64](said, "index")
	opening, err2 := member[object](said, "opening")
	if err := errors.Join(err1, err2); err != nil {
		return chainEntry{}, err
	}
	if _, text := said["content"].(string); !text && said["content"] != nil {
		return chainEntry{}, errExport
	}
	full, err := parseFullOpening(canonical(opening))
	if err != nil {
		return chainEntry{}, err
	}
	path, found, err := readFile(said["receipt"])
	return chainEntry{index, full, said["content"], path, found}, err
}

// allListed checks that the files are those of the lists, and made when the manifest was.
func allListed(files map[string]packed, signed manifest, entries []chainEntry) error {
	listed := maps.Clone(signed.files)
	for _, each := range entries {
		if _, twice := listed[each.path]; twice {
			return errExport
		}
		listed[each.path] = each.receipt
	}
	_, chain := signed.files["chain.json"]
	_, itself := listed["manifest.json"]
	if !chain || itself || len(files) != len(listed)+1 {
		return errExport
	}
	at, err := instant(signed.madeAt)
	if err != nil {
		return err
	}
	clock, day := dos(at)
	for path, f := range files {
		wanted, there := listed[path]
		if path != "manifest.json" && (!there || !f.is(wanted)) {
			return errExport
		}
		if int(f.time) != clock || int(f.date) != day {
			return errExport
		}
	}
	return nil
}

func dos(at time.Time) (clock, day int) {
	clock = at.Hour()<<11 | at.Minute()<<5 | at.Second()/2
	return clock, (at.Year()-1980)<<9 | int(at.Month())<<5 | at.Day()
}

// told checks the chain, its contents and that it reaches to this export.
func told(entries []chainEntry, madeAt string) error {
	last := string(canonical(object{"v": int64(1), "made_at": madeAt, "scope": "account"}))
	var chain []fullOpening
	before, reaches := int64(-1), false
	for _, each := range entries {
		chain = append(chain, each.opening)
		if content, text := each.content.(string); text {
			if err := each.opening.opensContent(content); err != nil {
				return err
			}
			reaches = reaches || content == last && each.opening.kind == "export"
		}
		if each.index <= before {
			return errExport
		}
		before = each.index
	}
	if !reaches {
		return errExport
	}
	return wholeChain(chain)
}

func (e chainEntry) proven(data []byte, p policy, proofs []extension) error {
	read, _, err := verifyReceipt(data, p, proofs...)
	if err != nil {
		return err
	}
	if read.index != uint64(e.index) || string(read.opening.entry) != string(e.opening.entry) ||
		read.opening.payload != e.opening.payload {
		return errors.New("the receipt of another entry")
	}
	return nil
}

package formats

import (
	"errors"
	"strings"
)

// Evidence of a split view.

func verifySplitView(data []byte, p policy) error {
	said, err := parseObject(data, maxJSON)
	if err != nil {
		return err
	}
	if err := said.exactly("v", "kind", "first", "second", "root", "path"); err != nil {
		return err
	}
	if string(canonical(said)) != strings.TrimSuffix(string(data), "\n") {
		return errors.New("evidence that is not canonical")
	}
	note1, err1 := member[string](said, "first")
	note2, err2 := member[string](said, "second")
	root, err3 := said.base64Member("root", 32)
	path, err4 := readPath(said)
	if err := errors.Join(said.version(1), err1, err2, err3, err4); err != nil {
		return err
	}
	if said["kind"] != any("split-view") {
		return errors.New("evidence of another sort")
	}
	first, _, err1 := p.logged([]byte(note1))
	second, _, err2 := p.logged([]byte(note2))
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	if first.origin != second.origin || [32]byte(root) == first.root {
		return errors.New("checkpoints that do not contradict each other")
	}
	return consistent(first.size, second.size, path, [32]byte(root), second.root)
}

func readPath(said object) ([][32]byte, error) {
	listed, err := member[[]any](said, "path")
	if err != nil {
		return nil, err
	}
	lines := make([]string, len(listed))
	for i, each := range listed {
		text, ok := each.(string)
		if !ok {
			return nil, errors.New("a path that is not of texts")
		}
		lines[i] = text
	}
	return hashes(lines)
}

package formats

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Conventions: the things that have one spelling.

var (
	kindForm = regexp.MustCompile(`^[a-z]+([._][a-z]+)*$`)
	pathForm = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$`)
	idForm   = regexp.MustCompile(`^[0-9a-f]{32}$`)
	hexForm  = regexp.MustCompile(`^[0-9a-f]{64}$`)
	instForm = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$`)
)

func unbase64(text string) ([]byte, error) {
	data, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || base64.StdEncoding.EncodeToString(data) != text {
		return nil, errors.New("not base64 in its one spelling")
	}
	return data, nil
}

func unbase64Of(text string, length int) ([]byte, error) {
	data, err := unbase64(text)
	if err == nil && len(data) != length {
		err = errors.New("of another length")
	}
	return data, err
}

func hash32(text string) ([32]byte, error) {
	data, err := unbase64Of(text, 32)
	if err != nil {
		return [32]byte{}, err
	}
	return [32]byte(data), nil
}

func decimal(text string) (uint64, error) {
	value, err := strconv.ParseUint(text, 10, 63)
	if err != nil || strconv.FormatUint(value, 10) != text {
		return 0, errors.New("not a decimal in its one spelling")
	}
	return value, nil
}

func checkName(name string) error {
	odd := func(c rune) bool { return c == '+' || c < ' ' || unicode.Is(unicode.White_Space, c) }
	if name == "" || !utf8.ValidString(name) || strings.ContainsFunc(name, odd) {
		return errors.New("not a name")
	}
	return nil
}

func unid(text string) ([]byte, error) {
	if !idForm.MatchString(text) {
		return nil, errors.New("not an id")
	}
	return hex.DecodeString(text)
}

func isPath(text string) bool {
	return len(text) <= 200 && pathForm.MatchString(text)
}

func instant(text string) (time.Time, error) {
	at, err := time.Parse("2006-01-02T15:04:05Z", text)
	if err != nil || !instForm.MatchString(text) || at.Year() < 1 {
		return time.Time{}, errors.New("not an instant")
	}
	return at, nil
}

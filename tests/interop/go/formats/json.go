package formats

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Conventions: strict JSON and canonical JSON. A value is nil, bool, int64, string,
// []any or object.

type object map[string]any

const (
	maxJSON  = 1 << 20
	maxDepth = 32
	maxExact = 1<<53 - 1
)

var errJSON = errors.New("not strict JSON")

// reading stops at the first fault by a panic of errJSON, which parseJSON recovers.
type reading struct {
	text  string
	at    int
	depth int
}

func parseJSON(data []byte, most int) (value any, err error) {
	if len(data) > most || !utf8.Valid(data) {
		return nil, errJSON
	}
	defer func() {
		if fault := recover(); fault == errJSON {
			value, err = nil, errJSON
		} else if fault != nil {
			panic(fault)
		}
	}()
	r := &reading{text: string(data)}
	r.blanks()
	value = r.value()
	r.blanks()
	r.must(r.at == len(r.text))
	return value, nil
}

func parseObject(data []byte, most int) (object, error) {
	value, err := parseJSON(data, most)
	if err != nil {
		return nil, err
	}
	if found, ok := value.(object); ok {
		return found, nil
	}
	return nil, errors.New("not a JSON object")
}

func (r *reading) must(holds bool) {
	if !holds {
		panic(errJSON)
	}
}

func (r *reading) blanks() {
	for r.at < len(r.text) && strings.IndexByte(" \t\r\n", r.text[r.at]) >= 0 {
		r.at++
	}
}

func (r *reading) take(word string) bool {
	if strings.HasPrefix(r.text[r.at:], word) {
		r.at += len(word)
		return true
	}
	return false
}

func (r *reading) value() any {
	switch {
	case r.take("null"):
		return nil
	case r.take("true"):
		return true
	case r.take("false"):
		return false
	case r.take(`"`):
		return r.str()
	case r.take("["):
		return r.array()
	case r.take("{"):
		return r.object()
	}
	return r.number()
}

func (r *reading) deeper() {
	r.depth++
	r.must(r.depth <= maxDepth)
	r.blanks()
}

func (r *reading) array() any {
	r.deeper()
	found := []any{}
	if r.take("]") {
		r.depth--
		return found
	}
	for {
		r.blanks()
		found = append(found, r.value())
		if !r.more("]") {
			return found
		}
	}
}

func (r *reading) object() any {
	r.deeper()
	found := object{}
	if r.take("}") {
		r.depth--
		return found
	}
	for {
		r.blanks()
		r.must(r.take(`"`))
		name := r.str()
		_, twice := found[name]
		r.blanks()
		r.must(!twice && r.take(":"))
		r.blanks()
		found[name] = r.value()
		if !r.more("}") {
			return found
		}
	}
}

func (r *reading) more(end string) bool {
	r.blanks()
	if r.take(",") {
		return true
	}
	r.must(r.take(end))
	r.depth--
	return false
}

func (r *reading) number() any {
	start := r.at
	for r.at < len(r.text) && strings.IndexByte("+-.0123456789Ee", r.text[r.at]) >= 0 {
		r.at++
	}
	text := r.text[start:r.at]
	value, err := strconv.ParseInt(text, 10, 64)
	r.must(err == nil && strconv.FormatInt(value, 10) == text)
	r.must(-maxExact <= value && value <= maxExact)
	return value
}

func (r *reading) str() string {
	var found strings.Builder
	for {
		r.must(r.at < len(r.text))
		c := r.text[r.at]
		r.at++
		r.must(c >= ' ')
		switch c {
		case '"':
			return found.String()
		case '\\':
			found.WriteRune(r.escape())
		default:
			found.WriteByte(c)
		}
	}
}

func (r *reading) escape() rune {
	r.must(r.at < len(r.text))
	c := r.text[r.at]
	r.at++
	if c != 'u' {
		at := strings.IndexByte(`"\/bfnrt`, c)
		r.must(at >= 0)
		return rune("\"\\/\b\f\n\r\t"[at])
	}
	first := r.unit()
	if !utf16.IsSurrogate(first) {
		return first
	}
	r.must(r.take(`\u`))
	whole := utf16.DecodeRune(first, r.unit())
	r.must(whole != utf8.RuneError)
	return whole
}

func (r *reading) unit() rune {
	r.must(r.at+4 <= len(r.text))
	digits := r.text[r.at : r.at+4]
	unit, err := strconv.ParseUint(digits, 16, 16)
	r.must(err == nil && !strings.ContainsAny(digits, "_+"))
	r.at += 4
	return rune(unit)
}

func canonical(value any) []byte {
	return appendCanonical(nil, value)
}

func appendCanonical(to []byte, value any) []byte {
	switch value := value.(type) {
	case nil:
		return append(to, "null"...)
	case bool:
		return strconv.AppendBool(to, value)
	case int64:
		return strconv.AppendInt(to, value, 10)
	case string:
		return appendString(to, value)
	case []any:
		to = append(to, '[')
		for i, each := range value {
			to = appendCanonical(comma(to, i), each)
		}
		return append(to, ']')
	case object:
		to = append(to, '{')
		for i, name := range sortedNames(value) {
			to = append(appendString(comma(to, i), name), ':')
			to = appendCanonical(to, value[name])
		}
		return append(to, '}')
	}
	panic(fmt.Sprintf("%T is no JSON value", value))
}

func comma(to []byte, i int) []byte {
	if i > 0 {
		return append(to, ',')
	}
	return to
}

func sortedNames(value object) []string {
	names := make([]string, 0, len(value))
	for name := range value {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int {
		return slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
	})
	return names
}

func appendString(to []byte, text string) []byte {
	to = append(to, '"')
	for _, c := range text {
		switch at := strings.IndexRune("\"\\\b\t\n\f\r", c); {
		case at >= 0:
			to = append(to, '\\', "\"\\btnfr"[at])
		case c < ' ':
			to = fmt.Appendf(to, `\u%04x`, c)
		default:
			to = utf8.AppendRune(to, c)
		}
	}
	return append(to, '"')
}

// exactly checks that an object has these members and no other.
func (o object) exactly(names ...string) error {
	for _, name := range names {
		if _, there := o[name]; !there {
			return errors.New("a member is missing: " + name)
		}
	}
	if len(o) != len(names) {
		return errors.New("an object has other members")
	}
	return nil
}

// member takes a member of one type.
func member[T any](o object, name string) (T, error) {
	value, ok := o[name].(T)
	if !ok {
		return value, errors.New("missing, or of another type: " + name)
	}
	return value, nil
}

// base64Member takes a member that is base64 of a number of bytes.
func (o object) base64Member(name string, length int) ([]byte, error) {
	text, err := member[string](o, name)
	if err != nil {
		return nil, err
	}
	return unbase64Of(text, length)
}

// version checks the member v.
func (o object) version(wanted int64) error {
	if o["v"] != any(wanted) {
		return errors.New("of another version")
	}
	return nil
}

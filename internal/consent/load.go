package consent

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

//go:embed texts/*.json
var builtIn embed.FS

// BuiltIn are the texts that ship with the program: placeholders for counsel to replace.
func BuiltIn() fs.FS {
	sub, err := fs.Sub(builtIn, "texts")
	if err != nil {
		panic("consent: " + err.Error())
	}
	return sub
}

// order is how the objects follow each other on a page: what is required comes first.
var order = []Purpose{Credit, Terms, Marketing}

// Load reads texts and documents, one JSON file for each version. Of each id the highest version is
// in use; older ones may stay. It returns every problem at once, with the file: a text that lacks
// a language or has one language twice, a version that comes twice, an id that is missing, words in
// braces that nothing fills in, and a text without the words that its law asks for. The recording
// notice and the notice after a result alone may be missing.
func Load(files fs.FS) (Texts, error) {
	names, err := fs.Glob(files, "*.json")
	if err != nil {
		return Texts{}, err
	}
	l := loader{from: map[string]string{}}
	for _, name := range names {
		if err := l.read(files, name); err != nil {
			l.problems = append(l.problems, inFile(name, err)...)
		}
	}
	return l.texts(), errors.Join(l.problems...)
}

type loader struct {
	consents  []Text
	documents []Document
	scripts   []Script
	from      map[string]string // the file of an id's version
	problems  []error
}

// inFile puts the file's name before each problem.
func inFile(name string, err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{fmt.Errorf("consent text %s: %w", name, err)}
	}
	var all []error
	for _, one := range joined.Unwrap() {
		all = append(all, inFile(name, one)...)
	}
	return all
}

func (l *loader) read(files fs.FS, name string) error {
	raw, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	var head struct{ ID, Version string }
	if err := json.Unmarshal(raw, &head); err != nil {
		return err
	}
	place := head.ID + " " + head.Version
	if other, twice := l.from[place]; twice {
		return fmt.Errorf("version %s of %q is in %s already; changed words are a new version", head.Version, head.ID, other)
	}
	l.from[place] = name
	switch {
	case slices.Contains(order, Purpose(head.ID)) || Purpose(head.ID) == Recording:
		var t Text
		if err := errors.Join(decode(raw, &t), checkVersion(head.Version)); err != nil {
			return err
		}
		l.consents = append(l.consents, t)
		return t.check()
	case slices.Contains(documents, head.ID) || head.ID == AfterResult:
		var d Document
		if err := errors.Join(decode(raw, &d), checkVersion(head.Version)); err != nil {
			return err
		}
		l.documents = append(l.documents, d)
		return d.check()
	case head.ID == ScriptID:
		var s Script
		if err := errors.Join(decode(raw, &s), checkVersion(head.Version)); err != nil {
			return err
		}
		l.scripts = append(l.scripts, s)
		return s.check()
	}
	return fmt.Errorf("its id is %q; it must be one of %v, %s, %v, %s or %s", head.ID, order, Recording, documents, AfterResult, ScriptID)
}

// decode refuses an unknown field, and anything after the text.
func decode(raw []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something stands behind the text")
	}
	return nil
}

func checkVersion(version string) error {
	if n, err := strconv.Atoi(version); err != nil || n < 1 || strconv.Itoa(n) != version {
		return fmt.Errorf("its version is %q; versions are whole numbers from 1 up, and the highest is in use", version)
	}
	return nil
}

// texts are the texts in use: of each id the highest version that was read.
func (l *loader) texts() Texts {
	var t Texts
	for _, p := range order {
		if text, ok := newest(l.consents, func(x Text) (string, string) { return string(x.ID), x.Version }, string(p)); ok {
			t.consents = append(t.consents, text)
		} else {
			l.missing(string(p))
		}
	}
	for _, id := range append(slices.Clone(documents), AfterResult) {
		if d, ok := newest(l.documents, func(x Document) (string, string) { return x.ID, x.Version }, id); ok {
			t.documents = append(t.documents, d)
		} else if id != AfterResult {
			l.missing(id)
		}
	}
	if text, ok := newest(l.consents, func(x Text) (string, string) { return string(x.ID), x.Version }, string(Recording)); ok {
		t.recording = &text
	}
	if script, ok := newest(l.scripts, func(x Script) (string, string) { return x.ID, x.Version }, ScriptID); ok {
		t.script = script
	} else {
		l.missing(ScriptID)
	}
	t.published, t.read = l.published(t), l.consents
	t.acts = map[string][]Act{}
	for _, language := range []string{"en", "es"} {
		for _, text := range t.consents {
			t.acts[language] = append(t.acts[language], text.act(language))
		}
	}
	return t
}

// published lists everything that was read, with the hash of its words.
func (l *loader) published(t Texts) (all []Published) {
	for _, text := range l.consents {
		id := string(text.ID)
		inUse := slices.ContainsFunc(append(slices.Clone(t.consents), t.recordings()...), func(x Text) bool { return x.ID == text.ID && x.Version == text.Version })
		all = append(all, Published{id, text.Version, pairHash(text.EN.hash(), text.ES.hash()), l.from[id+" "+text.Version], inUse})
	}
	for _, d := range l.documents {
		all = append(all, Published{d.ID, d.Version, pairHash(d.EN.hash(), d.ES.hash()), l.from[d.ID+" "+d.Version], t.versionOf(d.ID) == d.Version})
	}
	for _, x := range l.scripts {
		all = append(all, Published{x.ID, x.Version, pairHash(x.hash("en"), x.hash("es")), l.from[x.ID+" "+x.Version], t.script.Version == x.Version})
	}
	return all
}

func (l *loader) missing(id string) {
	l.problems = append(l.problems, fmt.Errorf("consent texts: there is no text %q", id))
}

// newest is the one of the id with the highest version.
func newest[T any](all []T, name func(T) (id, version string), id string) (found T, ok bool) {
	highest := 0
	for _, one := range all {
		its, version := name(one)
		if n, _ := strconv.Atoi(version); its == id && n > highest { // checkVersion has refused what is no number
			found, highest, ok = one, n, true
		}
	}
	return found, ok
}

func (t Text) check() error {
	var problems []error
	for _, w := range []struct {
		language string
		Wording
	}{{"en", t.EN}, {"es", t.ES}} {
		complete := w.Heading != "" && len(w.Paragraphs) > 0 && !slices.Contains(w.Paragraphs, "") && (w.Summary != "" && w.Control != "" || t.ID == Recording)
		if !complete {
			problems = append(problems, fmt.Errorf("its %q half is missing or not complete; both languages are published together", w.language))
			continue
		}
		lines := append([]string{w.Heading, w.Summary, w.Control}, w.Paragraphs...)
		problems = append(problems, checkLines(w.language, lines), mentions(w.language, strings.Join(w.Paragraphs, " "), required[t.ID][w.language]))
	}
	if t.EN.hash() == t.ES.hash() {
		problems = append(problems, errors.New("its two halves are the same words"))
	}
	return errors.Join(problems...)
}

func (d Document) check() error {
	var problems []error
	for _, half := range []struct {
		language string
		Contents
	}{{"en", d.EN}, {"es", d.ES}} {
		lines := []string{half.Title}
		for _, p := range half.Passages {
			lines = append(append(lines, p.Heading), p.Paragraphs...)
			if len(p.Paragraphs) == 0 || slices.Contains(p.Paragraphs, "") {
				lines[0] = "" // an empty passage is refused like a missing title
			}
		}
		if lines[0] == "" || len(half.Passages) == 0 {
			problems = append(problems, fmt.Errorf("its %q half is missing or not complete; both languages are published together", half.language))
			continue
		}
		problems = append(problems, checkLines(half.language, lines))
	}
	if d.EN.Title == d.ES.Title || len(d.EN.Passages) != len(d.ES.Passages) {
		problems = append(problems, errors.New("its two halves are not a pair: they have one title, or not as many passages"))
	}
	return errors.Join(problems...)
}

// braces are the words in braces that are replaced by names.
var braces = []string{"{seller}", "{contact}", "{name}", "{phone}", "{button}", "{terms}", "{privacy}"}

// checkLines refuses characters that no page may have, and unknown words in braces.
func checkLines(language string, lines []string) error {
	all := strings.Join(lines, "\n")
	if strings.ContainsFunc(strings.ReplaceAll(all, "\n", ""), func(r rune) bool { return unicode.IsControl(r) || r == unicode.ReplacementChar }) ||
		slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, "\n") }) {
		return fmt.Errorf("its %q half has a character that no text may have: a control character, or bytes that are not UTF-8", language)
	}
	for _, known := range braces {
		all = strings.ReplaceAll(all, known, "")
	}
	if at := strings.IndexAny(all, "{}"); at >= 0 {
		return fmt.Errorf("its %q half has braces around a word that nothing fills in; there are %s", language, strings.Join(braces, " "))
	}
	return nil
}

// required are the words that a text must have, by purpose and language: one of each row, in any case. The
// marketing text: 47 CFR 64.1200(f)(9). The credit text: 15 USC 1681b(a)(2).
var required = map[Purpose]map[string][][]string{
	Marketing: {
		"en": {
			{"{seller}"}, {"{name}"}, {"{phone}"}, {"{button}"}, {"call"}, {"text"},
			{"autodialer", "automatic telephone dialing system", "automated technology"},
			{"artificial or prerecorded", "artificial or pre-recorded", "prerecorded or artificial"},
			{"not a condition of purchas", "not required as a condition of purchas", "not a condition of any purchas"},
		},
		"es": {
			{"{seller}"}, {"{name}"}, {"{phone}"}, {"{button}"}, {"llam"}, {"mensajes de texto"},
			{"marcador automático", "marcación automática", "sistema automático de marcación"},
			{"artificial o pregrabada", "pregrabada o artificial", "artificiales o pregrabadas"},
			{"no es condición de compra", "no es una condición de compra", "no es condición para comprar", "no es una condición para comprar"},
		},
	},
	Credit: {
		"en": {{"{seller}"}, {"{name}"}, {"{button}"}, {"written instructions"}, {"credit report"}},
		"es": {{"{seller}"}, {"{name}"}, {"{button}"}, {"instrucciones por escrito"}, {"informe de crédito"}},
	},
	Terms: {
		"en": {{"{seller}"}, {"{terms}"}, {"{privacy}"}},
		"es": {{"{seller}"}, {"{terms}"}, {"{privacy}"}},
	},
}

func mentions(language, said string, rows [][]string) error {
	said = strings.ToLower(said)
	var problems []error
	for _, row := range rows {
		if !slices.ContainsFunc(row, func(words string) bool { return strings.Contains(said, words) }) {
			problems = append(problems, fmt.Errorf("its %q half does not say %q", language, row[0]))
		}
	}
	return errors.Join(problems...)
}

package consent

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// ScriptID is the id of the script in the files of texts.
const ScriptID = "script"

// Script is what an agent reads aloud, in both languages under one version.
type Script struct {
	ID          string `json:"id"`
	Version     string `json:"version"`
	Placeholder bool   `json:"placeholder"`
	Note        string `json:"note"`
	Lines       []Line `json:"lines"`
}

// Line is one line of a script. It belongs to a field of the form, or asks for one purpose.
type Line struct {
	ID      string  `json:"id"`
	Field   string  `json:"field,omitempty"`
	Purpose Purpose `json:"purpose,omitempty"`
	State   string  `json:"state,omitempty"` // two letters: for callers of this state, in the place of the general line
	EN      string  `json:"en"`
	ES      string  `json:"es"`
}

// Spoken is a line as an agent reads it in one language, with the names filled in.
type Spoken struct {
	ID      string
	Field   string
	Purpose Purpose
	Words   string
}

// ScriptVersion is the version of the script in use.
func (t Texts) ScriptVersion() string { return t.script.Version }

// Script is the lines for a caller of the state, in their order. The state may be empty.
func (t Texts) Script(language, state string, names Names) []Spoken {
	fill := t.filler(language, names)
	var spoken []Spoken
	for _, l := range t.script.linesFor(state) {
		spoken = append(spoken, Spoken{l.ID, l.Field, l.Purpose, fill.Replace(l.in(language))})
	}
	return spoken
}

// SpokenActs are the acts of the lines that ask for a purpose, nothing given, in the order of Script.
func (t Texts) SpokenActs(language, state string) []Act {
	var acts []Act
	for _, l := range t.script.linesFor(state) {
		if l.Purpose != "" {
			acts = append(acts, Act{
				Purpose: l.Purpose, TextID: ScriptID + "/" + l.ID, Version: t.script.Version, Language: language,
				SHA256: lineHash(l.in(language)), Shown: ReadAloud,
			})
		}
	}
	return acts
}

// linesFor leaves out the lines of other states, and the general line where the state has its own.
func (s Script) linesFor(state string) []Line {
	own := map[string]bool{}
	for _, l := range s.Lines {
		if l.State != "" && l.State == state {
			own[l.subject()] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(s.Lines), func(l Line) bool {
		return l.State != "" && l.State != state || l.State == "" && own[l.subject()]
	})
}

// subject is the field or purpose of the line.
func (l Line) subject() string { return l.Field + "/" + string(l.Purpose) }

func (l Line) in(language string) string {
	if language == "es" {
		return l.ES
	}
	return l.EN
}

// lineHash is the SHA-256 of the words as published, ended by a line feed.
func lineHash(words string) string {
	sum := sha256.Sum256([]byte(words + "\n"))
	return hex.EncodeToString(sum[:])
}

// hash is a hash of the whole script in one language: of each line's subject, state and words.
func (s Script) hash(language string) string {
	h := sha256.New()
	for _, l := range s.Lines {
		h.Write([]byte(l.ID + "\t" + l.subject() + "\t" + l.State + "\t" + l.in(language) + "\n"))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// asked are the purposes that a script asks for, each with one general line. The recording comes first: many states
// need everybody's consent to a recording.
var asked = []Purpose{Recording, Credit, Terms, Marketing}

var lineID = regexp.MustCompile(`^[a-z][A-Za-z0-9-]{0,40}$`)

func (s Script) check() error {
	var problems []error
	ids, subjects := map[string]bool{}, map[string]bool{}
	for _, l := range s.Lines {
		for _, problem := range l.problems() {
			problems = append(problems, fmt.Errorf("its line %q: %w", l.ID, problem))
		}
		if ids[l.ID] || subjects[l.subject()+l.State] {
			problems = append(problems, fmt.Errorf("its line %q comes twice, or another line has the same field or purpose and state", l.ID))
		}
		ids[l.ID], subjects[l.subject()+l.State] = true, true
	}
	for _, p := range asked {
		if !subjects["/"+string(p)] {
			problems = append(problems, fmt.Errorf("it has no line with the purpose %q", p))
		}
	}
	if len(s.Lines) > 0 && s.Lines[0].Purpose != Recording {
		problems = append(problems, errors.New("its first line is not the notice that the call is recorded"))
	}
	return errors.Join(problems...)
}

func (l Line) problems() []error {
	switch {
	case !lineID.MatchString(l.ID):
		return []error{errors.New("its id must be letters and digits")}
	case (l.Field == "") == (l.Purpose == ""):
		return []error{errors.New("it must have either a field or a purpose")}
	case l.Purpose != "" && !slices.Contains(asked, l.Purpose):
		return []error{fmt.Errorf("its purpose is %q; it must be one of %v", l.Purpose, asked)}
	case l.EN == "" || l.ES == "" || l.EN == l.ES:
		return []error{errors.New("it needs words in both languages, which are published together")}
	}
	var problems []error
	for _, language := range []string{"en", "es"} {
		words := l.in(language)
		if err := checkLines(language, []string{words}); err != nil {
			problems = append(problems, err)
		}
		if strings.Contains(words, "{name}") || strings.Contains(words, "{phone}") || strings.Contains(words, "{button}") {
			problems = append(problems, fmt.Errorf("its %q half has {name}, {phone} or {button}, which nothing fills in on a call", language))
		}
		for _, row := range spokenWords[l.Purpose][language] {
			if err := mentions(language, words, [][]string{row}); err != nil {
				problems = append(problems, err)
			}
		}
	}
	return problems
}

// spokenWords are the words that a line must have, by purpose and language: one of each row, in any case.
var spokenWords = map[Purpose]map[string][][]string{
	Recording: {"en": {{"{seller}"}, {"record"}}, "es": {{"{seller}"}, {"grab"}}},
	Credit: {
		"en": {{"{seller}"}, {"permission"}, {"credit report"}},
		"es": {{"{seller}"}, {"permiso"}, {"informe de crédito"}},
	},
	Terms: {
		"en": {{"{seller}"}, {"{terms}"}, {"{privacy}"}},
		"es": {{"{seller}"}, {"{terms}"}, {"{privacy}"}},
	},
	Marketing: {
		"en": {{"{seller}"}, {"call"}, {"text"}, {"autodialer"}, {"prerecorded"}, {"not a condition of purchas"}},
		"es": {{"{seller}"}, {"llam"}, {"mensajes de texto"}, {"marcador automático"}, {"pregrabada"}, {"no es condición de compra"}},
	},
}

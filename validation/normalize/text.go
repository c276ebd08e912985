// Package normalize gives one spelling to what people type in many: texts, names, phone numbers, codes,
// amounts, lengths of time and dates. What a function cannot read it returns unchanged, for a rule of
// package validation to refuse.
package normalize

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// MaxBytes limits one input before anything else is done with it: twice the longest answer that a form
// accepts, 254 characters of four bytes.
const MaxBytes = 2 << 10

// The rules that Text applies.
const (
	TooLong          = "max"
	InvalidCharacter = "characters"
)

// Text gives one form to texts that look alike: NFC, no blanks around, one blank where there were
// several. It returns the rule that the text breaks: TooLong for more than most characters, counted as
// code points of what it returns; InvalidCharacter for a text that is not UTF-8 or has a control, format,
// private, unassigned or invisible character. The text of a text is the same again.
func Text(typed string, most int) (text, rule string) {
	if len(typed) > MaxBytes {
		return "", TooLong
	}
	if isPlain(typed) {
		return atMost(typed, most)
	}
	if !utf8.ValidString(typed) {
		return "", InvalidCharacter
	}
	text = norm.NFC.String(typed)
	if strings.ContainsFunc(text, invalid) {
		return "", InvalidCharacter
	}
	return atMost(strings.Join(strings.Fields(text), " "), most)
}

func atMost(text string, most int) (string, string) {
	if utf8.RuneCountInString(text) > most {
		return "", TooLong
	}
	return text, ""
}

// isPlain says quickly of most answers that there is nothing to change: visible ASCII with single blanks
// between.
func isPlain(s string) bool {
	blank := true
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || s[i] == ' ' && blank {
			return false
		}
		blank = s[i] == ' '
	}
	return !blank || s == ""
}

// HalfWidth replaces the wide forms of ASCII, which keyboards for Chinese and Japanese give, by ASCII.
func HalfWidth(s string) string {
	if isPlain(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if '！' <= r && r <= '～' {
			return r - '！' + '!'
		}
		return r
	}, s)
}

// WithoutDirections removes the marks of writing direction that address books wrap around a number.
func WithoutDirections(s string) string { return directionMarks().Replace(s) }

var directionMarks = sync.OnceValue(func() *strings.Replacer {
	var pairs []string
	for _, mark := range "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069" {
		pairs = append(pairs, string(mark), "")
	}
	return strings.NewReplacer(pairs...)
})

// invalid says whether no text may have the character: all of category C (controls, format characters,
// private use, surrogates, unassigned), letters, marks and signs that show nothing, and replacement
// characters, which browsers send for half a surrogate pair and dictation leaves behind.
func invalid(r rune) bool {
	const emptyBraille, lostObject, lostCharacter = '\u2800', '\ufffc', '\ufffd'
	return unicode.In(r, unicode.C, unicode.Other_Default_Ignorable_Code_Point) ||
		r == emptyBraille || r == lostObject || r == lostCharacter
}

// Name gives the words of a name typed all in one case a capital each; any other name is left as it is.
func Name(name string) string {
	if name != strings.ToLower(name) && name != strings.ToUpper(name) {
		return name
	}
	start := true
	return norm.NFC.String(strings.Map(func(r rune) rune {
		first := start
		start = !unicode.IsLetter(r) && !unicode.IsMark(r)
		if first {
			return unicode.ToTitle(r)
		}
		return unicode.ToLower(r)
	}, name))
}

// Street gives the words of a street line typed all in one case a capital each, as the post writes them: "4120
// bluebonnet ln" becomes "4120 Bluebonnet Ln", "123 nw 5th st apt 4b" becomes "123 NW 5th St Apt 4B". Any other line is
// left as it is.
func Street(line string) string {
	if line != strings.ToLower(line) && line != strings.ToUpper(line) {
		return line
	}
	words := strings.Split(strings.ToLower(line), " ")
	for i, word := range words {
		words[i] = streetWord(word)
	}
	return norm.NFC.String(strings.Join(words, " "))
}

func streetWord(word string) string {
	bare := strings.Trim(word, ".,#")
	switch {
	case strings.Contains(" n s e w ne nw se sw po us ", " "+bare+" ") && bare != "":
		return strings.ToUpper(word)
	case isOrdinal(bare):
		return word
	case strings.ContainsAny(bare, "0123456789"):
		return strings.ToUpper(word) // 4b
	}
	if owner, ok := strings.CutSuffix(word, "'s"); ok {
		return Name(owner) + "'s"
	}
	return Name(word)
}

// isOrdinal says whether the word is like 1st, 2nd, 3rd or 5th.
func isOrdinal(word string) bool {
	for _, ending := range []string{"st", "nd", "rd", "th"} {
		if digits, ok := strings.CutSuffix(word, ending); ok && IsDigits(digits) {
			return true
		}
	}
	return false
}

// Fold removes what does not distinguish names: case, accents, punctuation, repeated blanks.
func Fold(s string) string {
	letters := strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r), r == '.', r == '\'', r == '’', r == 'ʻ':
			return -1
		case unicode.IsPunct(r):
			return ' '
		}
		return unicode.ToLower(r)
	}, norm.NFD.String(s))
	return strings.Join(strings.Fields(letters), " ")
}

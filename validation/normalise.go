package validation

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxBytes is the cap on one box before anything looks at it: twice the longest answer that the
// table allows, 254 characters of four bytes.
const maxBytes = 2 << 10

// tidy makes one text of the many that look alike: NFC, no blanks around, one blank where there
// were several. It names the rule that the text breaks: "max" when there is more than most
// characters, counted as code points of what it returns; "characters" when it is not UTF-8 or
// has a control, format, private, unassigned or invisible character. Tidying twice changes nothing.
func tidy(typed string, most int) (text, rule string) {
	if len(typed) > maxBytes {
		return "", "max"
	}
	if isTidy(typed) {
		return atMost(typed, most)
	}
	if !utf8.ValidString(typed) {
		return "", "characters"
	}
	text = norm.NFC.String(typed)
	if strings.ContainsFunc(text, unusable) {
		return "", "characters"
	}
	return atMost(strings.Join(strings.Fields(text), " "), most)
}

func atMost(text string, most int) (string, string) {
	if utf8.RuneCountInString(text) > most {
		return "", "max"
	}
	return text, ""
}

// isTidy says of most answers, at the price of a look, that there is nothing to do: visible ASCII
// with single blanks between.
func isTidy(s string) bool {
	blank := true
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || s[i] == ' ' && blank {
			return false
		}
		blank = s[i] == ' '
	}
	return !blank || s == ""
}

// halfWidth writes the wide forms of ASCII, which keyboards for Chinese and Japanese give, as ASCII.
func halfWidth(s string) string {
	if isTidy(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if '！' <= r && r <= '～' {
			return r - '！' + '!'
		}
		return r
	}, s)
}

// withoutDirections drops the marks of writing direction that address books wrap around a number.
var withoutDirections = sync.OnceValue(func() *strings.Replacer {
	var pairs []string
	for _, mark := range "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069" {
		pairs = append(pairs, string(mark), "")
	}
	return strings.NewReplacer(pairs...)
})

// unusable is what a text must not have: all of category C (controls, format characters,
// private use, surrogates, unassigned), letters, marks and signs that show nothing, and what stands
// in the place of something lost: browsers send it for half a surrogate pair, dictation leaves it.
func unusable(r rune) bool {
	const emptyBraille, lostObject, lostCharacter = '\u2800', '\ufffc', '\ufffd'
	return unicode.In(r, unicode.C, unicode.Other_Default_Ignorable_Code_Point) ||
		r == emptyBraille || r == lostObject || r == lostCharacter
}

// capitalised gives the words of a name typed all in one case a capital each; any other name is
// left as it is.
func capitalised(name string) string {
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

// lowerDomain writes the letters after the last @ small. What is before it belongs to the mail
// server and stays.
func lowerDomain(address string) string {
	at := strings.LastIndexByte(address, '@')
	return address[:at+1] + strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, address[at+1:])
}

// tenDigits drops what people put between the digits of a phone number, and the country code 1.
// An extension stays: that there is one to dial is for the person to say to somebody, not for us to
// forget.
func tenDigits(phone string) string {
	if len(phone) == 10 && allDigits(phone) {
		return phone
	}
	digits := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.IsPunct(r) || r == minus {
			return -1
		}
		return r
	}, phone)
	if rest, ok := strings.CutPrefix(digits, "+1"); ok && len(rest) == 10 {
		return rest
	}
	if rest, ok := strings.CutPrefix(digits, "1"); ok && len(rest) == 10 {
		return rest
	}
	return digits
}

// nineDigits drops the blanks, dashes and dots of an SSN.
func nineDigits(ssn string) string { return strings.Map(dropSeparators, ssn) }

// fiveDigits drops blanks, dashes and dots, and the last four digits of a ZIP+4.
func fiveDigits(zip string) string {
	digits := strings.Map(dropSeparators, zip)
	if len(digits) == 9 && allDigits(digits) {
		return digits[:5]
	}
	return digits
}

const minus = '−' // looks like a dash and is none

func dropSeparators(r rune) rune {
	if unicode.IsSpace(r) || unicode.Is(unicode.Pd, r) || r == minus || r == '.' {
		return -1
	}
	return r
}

// allDigits says whether s is one or more of 0 to 9.
func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// Package secretscan finds what must not be in the repository or in the image. It is for tests.
package secretscan

import (
	"bytes"
	"regexp"
	"slices"
)

// form is what one kind of secret looks like. Each has one of the words in it, so that a program of
// many megabytes is read in a second.
type form struct {
	name    string
	words   []string
	pattern *regexp.Regexp
}

var forms = []form{
	{"a private key", []string{"PRIVATE KEY-----"}, regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----`)},
	{"a key set of ours", []string{`"intake keys `}, regexp.MustCompile(`"format":\s*"intake keys \d+"`)},
	{"an Entra client secret", []string{"Q~"}, regexp.MustCompile(`[A-Za-z0-9_.~-]{3}[78]Q~[A-Za-z0-9_.~-]{31,34}`)},
	{"an access token", []string{".eyJ"}, regexp.MustCompile(`eyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}`)},
	{"a key of a cloud", []string{"AKIA", "ASIA", "AIza"}, regexp.MustCompile(`\b(AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[0-9A-Za-z_-]{35}\b`)},
	{"a token of a code host", []string{"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "glpat-", "xox"},
		regexp.MustCompile(`\bgh[pousr]_[A-Za-z0-9]{36,}|\bglpat-[A-Za-z0-9_-]{20,}|\bxox[abprs]-[0-9A-Za-z-]{10,}`)},
	{"a password in an address", []string{"://"},
		regexp.MustCompile(`\b[a-z][a-z0-9+.-]*://[^/\s:@"'` + "`" + `]+:[^/\s:@"'` + "`" + `…$%{<]{8,}@[^\s"'` + "`" + `]+`)},
	{"a secret given to a setting", []string{"ALLEVIATE_CLIENT_SECRET", "INTAKE_WEBHOOK_SECRET"},
		regexp.MustCompile(`(?m)^[^#\n]*\b(ALLEVIATE_CLIENT_SECRET|INTAKE_WEBHOOK_SECRET)(_NEXT)?=[A-Za-z0-9~_.-]{30,}`)},
}

// around is how much of a text is looked at on both sides of a word, in bytes; it is more than a form needs.
const around = 512

// Found is what a text holds that looks like a secret; it quotes none.
func Found(text []byte) []string {
	var found []string
	for _, f := range forms {
		if slices.ContainsFunc(f.words, func(word string) bool { return f.near(word, text) }) {
			found = append(found, f.name)
		}
	}
	return found
}

func (f form) near(word string, text []byte) bool {
	for at := 0; ; at += len(word) {
		next := bytes.Index(text[at:], []byte(word))
		if next < 0 {
			return false
		}
		at += next
		if f.pattern.Match(text[max(0, at-around):min(len(text), at+around)]) {
			return true
		}
	}
}

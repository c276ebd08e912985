// Package secretscan finds secrets in the repository and in the image. It is for tests.
package secretscan

import (
	"bytes"
	"regexp"
	"slices"
)

// secretKind is the pattern of one kind of secret. Every secret of the kind contains one of the words, which are
// searched first: so a program of many megabytes is scanned in a second.
type secretKind struct {
	name    string
	words   []string
	pattern *regexp.Regexp
}

var secretKinds = []secretKind{
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

// window is how many bytes around a word the pattern is matched against; no secret is longer.
const window = 512

// Find returns the names of the kinds of secrets in text, and quotes none.
func Find(text []byte) []string {
	var found []string
	for _, f := range secretKinds {
		if slices.ContainsFunc(f.words, func(word string) bool { return f.matchesNear(word, text) }) {
			found = append(found, f.name)
		}
	}
	return found
}

func (f secretKind) matchesNear(word string, text []byte) bool {
	for at := 0; ; at += len(word) {
		next := bytes.Index(text[at:], []byte(word))
		if next < 0 {
			return false
		}
		at += next
		if f.pattern.Match(text[max(0, at-window):min(len(text), at+window)]) {
			return true
		}
	}
}

// Package email has the rules about e-mail addresses, and guesses the domain that somebody meant when a
// domain looks like a typing error.
package email

import "strings"

// LowerDomain writes the letters after the last @ in lower case. What is before it is for the mail server
// to interpret, and stays.
func LowerDomain(address string) string {
	at := strings.LastIndexByte(address, '@')
	return address[:at+1] + strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, address[at+1:])
}

// IsPlain accepts the addresses that most people have. The email rule of package validator accepts all of
// them too, but is far slower and is left for the rest.
func IsPlain(s string) bool {
	local, domain, _ := strings.Cut(s, "@")
	dot := strings.LastIndexByte(domain, '.')
	return dot > 0 && isDotted(local, "+-_") && isDotted(domain[:dot], "") && allLetters(domain[dot+1:])
}

// isDotted says whether s is words of ASCII letters, digits and the signs, with one dot between.
func isDotted(s, signs string) bool {
	inWord := false
	for i := range len(s) {
		switch c := s[i]; {
		case isLetter(c), '0' <= c && c <= '9', strings.IndexByte(signs, c) >= 0:
			inWord = true
		case c == '.' && inWord:
			inWord = false
		default:
			return false
		}
	}
	return inWord
}

func allLetters(s string) bool {
	for i := range len(s) {
		if !isLetter(s[i]) {
			return false
		}
	}
	return s != ""
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }

// HasNoQuotes refuses quotes, which the email rule of package validator accepts, with blanks inside.
func HasNoQuotes(s string) bool { return !strings.Contains(s, `"`) }

// IsReal refuses the addresses of the sandbox, for which Alleviate invents the answers:
// https://lead-docs.alleviate.com/guides/sandbox-archetypes.
func IsReal(s string) bool {
	at := strings.LastIndexByte(s, '@')
	if at < 0 || !strings.EqualFold(s[at+1:], "test.alleviate.com") {
		return true
	}
	key, _, tagged := strings.Cut(s[:at], "+")
	return !tagged || !strings.EqualFold(key, "sandbox")
}

package email

import (
	"slices"
	"strings"
)

// Spelled is an address letter by letter, as it is read aloud; a common host is read as a word.
func Spelled(address string) string {
	at := strings.LastIndexByte(address, '@')
	local, host := address[:max(at, 0)], address[at+1:]
	if !slices.Contains(hosts, host) {
		host = letterByLetter(host)
	}
	return letterByLetter(local) + " at " + host
}

func letterByLetter(text string) string {
	var said strings.Builder
	afterLetter := false
	for _, r := range text {
		word, isSign := map[rune]string{'.': "dot", '_': "underscore", '-': "dash", '+': "plus", '@': "at"}[r]
		switch {
		case isSign && said.Len() > 0:
			said.WriteString(" " + word + " ")
		case isSign:
			said.WriteString(word + " ")
		case afterLetter:
			said.WriteString("-" + string(r))
		default:
			said.WriteRune(r)
		}
		afterLetter = !isSign
	}
	return said.String()
}

package validation

import (
	"errors"
	"strconv"
	"strings"
	"sync"

	"github.com/go-playground/validator/v10"
)

// broken names the first of the rules that the normalised answer breaks, or nothing.
func broken(value, rules string) string {
	err := checker().Var(value, rules)
	if err == nil {
		return ""
	}
	var found validator.ValidationErrors
	if errors.As(err, &found) {
		return found[0].Tag()
	}
	return ""
}

// firstRule is the field's first rule by name; its sentence is the one for an unreadable answer.
func (f *Field) firstRule() string {
	first, _, _ := strings.Cut(f.rules, ",")
	name, _, _ := strings.Cut(first, "=")
	return name
}

// checker is the validator with our rules. All of them take a normalised answer.
var checker = sync.OnceValue(func() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	for name, holds := range map[string]func(string) bool{
		"plainaddress": isPlainAddress,
		"bareaddress":  isBareAddress,
		"realaddress":  isRealAddress,
		"phone":        isPhone,
		"zip":          func(s string) bool { return len(s) == 5 && allDigits(s) },
		"ninedigits":   func(s string) bool { return len(s) == 9 && allDigits(s) },
		"possiblessn":  isPossibleSSN,
		"dollars":      isCount,
		"months":       isCount,
	} {
		err := v.RegisterValidation(name, func(fl validator.FieldLevel) bool { return holds(fl.Field().String()) })
		if err != nil {
			panic(err) // the name of a rule is wrong in the table above
		}
	}
	return v
})

// isPlainAddress takes the addresses that most people have, all of which validator's email takes
// too. That rule costs far more, and is asked about the rest.
func isPlainAddress(s string) bool {
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

// isBareAddress refuses quotes, which validator's email lets through, with blanks inside.
func isBareAddress(s string) bool { return !strings.Contains(s, `"`) }

// isRealAddress refuses the sandbox's addresses, whose answers Alleviate makes up:
// https://lead-docs.alleviate.com/guides/sandbox-archetypes.
func isRealAddress(s string) bool {
	at := strings.LastIndexByte(s, '@')
	if at < 0 || !strings.EqualFold(s[at+1:], "test.alleviate.com") {
		return true
	}
	key, _, tagged := strings.Cut(s[:at], "+")
	return !tagged || !strings.EqualFold(key, "sandbox")
}

// isPossibleSSN refuses what the Social Security Administration never gives out: area 000, 666
// and 900 to 999, group 00, serial 0000.
func isPossibleSSN(s string) bool {
	area, group, serial := s[:3], s[3:5], s[5:]
	return area != "000" && area != "666" && area[0] != '9' && group != "00" && serial != "0000"
}

// isCount takes a whole number that fits a GraphQL Int, 2,147,483,647 at most.
func isCount(s string) bool {
	_, err := strconv.ParseInt(s, 10, 32)
	return err == nil && allDigits(s)
}

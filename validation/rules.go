package validation

import (
	"errors"
	"strconv"
	"strings"
	"sync"

	"intake/validation/email"
	"intake/validation/normalize"

	"github.com/go-playground/validator/v10"
)

// broken names the first of the rules that the normalized answer breaks, or nothing.
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

// firstRule is the name of the field's first rule, whose sentence is shown for an unreadable answer.
func (f *Field) firstRule() string {
	first, _, _ := strings.Cut(f.rules, ",")
	name, _, _ := strings.Cut(first, "=")
	return name
}

// checker is the validator with our rules. All of them expect a normalized answer.
var checker = sync.OnceValue(func() *validator.Validate {
	v := validator.New(validator.WithRequiredStructEnabled())
	for name, holds := range map[string]func(string) bool{
		"plainaddress": email.IsPlain,
		"bareaddress":  email.HasNoQuotes,
		"realaddress":  email.IsReal,
		"phone":        isPhone,
		"zip":          func(s string) bool { return len(s) == 5 && normalize.IsDigits(s) },
		"ninedigits":   func(s string) bool { return len(s) == 9 && normalize.IsDigits(s) },
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

// isPossibleSSN refuses what the Social Security Administration never issues: area 000, 666
// and 900 to 999, group 00, serial 0000.
func isPossibleSSN(s string) bool {
	area, group, serial := s[:3], s[3:5], s[5:]
	return area != "000" && area != "666" && area[0] != '9' && group != "00" && serial != "0000"
}

// isCount accepts a whole number that fits a GraphQL Int, 2,147,483,647 at most.
func isCount(s string) bool {
	_, err := strconv.ParseInt(s, 10, 32)
	return err == nil && normalize.IsDigits(s)
}

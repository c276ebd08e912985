package validation

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// seeds is what people and machines type that once broke some form.
var seeds = []string{
	"", " ", "José", "Jose\u0301", "李", "O’Brien", "SMITH", "ß", "ǆ", "İ", "AJ\u030c", "\u0345a",
	"<b>x</b>", "a\x00b", "\xff", "\ufeff", "\u202e", "e" + strings.Repeat("\u0301", 40), " \u0301",
	"3", "marzo", "3/14/79", "03141979", "14 de marzo de 1979", "1979-03-14", "02291900",
	"$15,000.00", "15.000", "2147483648", "-1", "1y 6m", "2 años y 6 meses", "9999999999 years",
	"+1 (512) 555-0148", "4165550148", "123-45-6789", "000000000", "78745-1234", "new york", "TX",
	"name@Example.COM", "@", `"a b"@c.de`, "sandbox+qualified-1013@test.alleviate.com", "on", "true", "7",
}

func FuzzParse(f *testing.F) {
	for i, seed := range seeds {
		f.Add(seed, seeds[(i+1)%len(seeds)], i%2 == 0, i%3 == 0)
	}
	f.Fuzz(func(t *testing.T, everywhere, inDate string, asDesk, production bool) {
		typed := map[string]string{ConsentCredit: "on", ConsentTerms: "on"}
		for _, field := range Fields() {
			typed[field.Name] = everywhere
		}
		delete(typed, birthBox)
		typed[birthMonth], typed[birthDay], typed[birthYear] = inDate, everywhere, inDate
		if asDesk {
			delete(typed, birthMonth)
			delete(typed, birthDay)
			delete(typed, birthYear)
			typed[birthBox] = inDate
		}
		opt := Options{Today: today, Production: production, RequireCredit: true, Desk: asDesk}

		a, errs := Parse(NewForm(typed), opt)
		answers := answersOf(a)
		for _, field := range Fields() {
			_, wrong := errs.For(field.Name)
			answer, given := answers[field.Name]
			if wrong && given {
				t.Errorf("%s is wrong and answered", field.Name)
			}
			if field.Required && !wrong && !given {
				t.Errorf("%s is required, not answered and not wrong", field.Name)
			}
			if n := utf8.RuneCountInString(answer); n > field.MaxLength || !utf8.ValidString(answer) {
				t.Errorf("%s grew to %d characters", field.Name, n)
			}
		}
		for _, p := range errs {
			if p.Message.EN == "" || p.Message.ES == "" || strings.ContainsAny(p.Message.EN, "{}") {
				t.Errorf("%s says %q", p.Field, p.Message)
			}
		}

		again, errsAgain := Parse(FormOf(a), opt)
		if diff := cmp.Diff(answers, answersOf(again)); diff != "" {
			t.Errorf("parsed again (-first +second):\n%s", diff)
		}
		for _, p := range errsAgain {
			if _, before := errs.For(p.Field); !before && p.Field != ConsentCredit && p.Field != ConsentTerms {
				t.Errorf("%s is wrong only the second time: %s", p.Field, p.Message.EN)
			}
		}
	})
}

func FuzzNormalise(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	table := map[string]func(string) string{
		"capitalised": capitalised, "lowerDomain": lowerDomain, "stateCode": stateCode,
		"tenDigits": tenDigits, "nineDigits": nineDigits, "fiveDigits": fiveDigits,
		"wholeDollars": wholeDollars, "wholeMonths": wholeMonths,
	}
	f.Fuzz(func(t *testing.T, typed string) {
		text, rule := tidy(typed, maxLine)
		if rule != "" {
			if text != "" {
				t.Errorf("text is left beside the broken rule %s", rule)
			}
			return
		}
		if len(text) > 3*len(typed) || utf8.RuneCountInString(text) > maxLine {
			t.Errorf("%d bytes grew to %d", len(typed), len(text))
		}
		if again, rule := tidy(text, maxLine); again != text || rule != "" {
			t.Errorf("tidy(%+q) = %+q, %q", text, again, rule)
		}
		for name, normalise := range table {
			once := normalise(text)
			if strings.ContainsFunc(once, unusable) || len(once) > 3*len(text)+10 {
				t.Errorf("%s(%+q) = %+q", name, text, once)
			}
			if name == "tenDigits" || name == "fiveDigits" {
				continue // they cut: only what then passes the rule must stay
			}
			if twice := normalise(once); twice != once {
				t.Errorf("%s(%+q) = %+q, then %+q", name, text, once, twice)
			}
		}
	})
}

func TestTidy_LimitsBeforeItLooks(t *testing.T) {
	for _, c := range []struct {
		story, typed string
		want         [2]string
	}{
		{"as many bytes as are let in", strings.Repeat("a", 10) + strings.Repeat(" ", maxBytes-10), [2]string{strings.Repeat("a", 10), ""}},
		{"one more, though blank", strings.Repeat("a", 10) + strings.Repeat(" ", maxBytes-9), [2]string{"", "max"}},
		{"more, and not UTF-8", strings.Repeat("\xff", maxBytes+1), [2]string{"", "max"}},
	} {
		t.Run(c.story, func(t *testing.T) {
			text, rule := tidy(c.typed, 10)
			if got := [2]string{text, rule}; got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

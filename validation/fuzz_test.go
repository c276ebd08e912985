package validation

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"intake/validation/email"
	"intake/validation/normalize"

	"github.com/google/go-cmp/cmp"
	"github.com/nyaruka/phonenumbers"
)

// seeds is what people and machines type that once broke some form.
var seeds = []string{
	"", " ", "José", "Jose\u0301", "李", "O’Brien", "SMITH", "ß", "ǆ", "İ", "AJ\u030c", "\u0345a",
	"<b>x</b>", "a\x00b", "\xff", "\ufeff", "\u202e", "e" + strings.Repeat("\u0301", 40), " \u0301",
	"3", "marzo", "3/14/79", "03141979", "14 de marzo de 1979", "1979-03-14", "02291900",
	"$15,000.00", "15.000", "2147483648", "-1", "1y 6m", "2 años y 6 meses", "9999999999 years",
	"+1 (512) 555-0148", "4165550148", "123-45-6789", "000000000", "78745-1234", "new york", "TX",
	"512.555.0148 ext 4", "５１２－５５５－０１４８", "\u202a+1 512 555 0148\u202c", "512\u2212555\u22120148", "123.45.6789", "78745 - 1234",
	"15k", "$15 K", "15.000,00", "1.234,5", "US$ 15,000.00", "15 000 dólares", "15000,00", "1'500,000", "-3 months", "Sept.", "1 Setiembre 79",
	"name@Example.COM", "a.b+c_d-e@mail.example.co", "a@b-c.de", "a@b.c1", "a@b.c.", ".a@b.cd", "@", `"a b"@c.de`, "sandbox+qualified-1013@test.alleviate.com", "on", "true", "7",
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

		for _, w := range Warnings(a, opt) {
			if _, wrong := errs.For(w.Field); wrong || w.Message.EN == "" || w.Message.ES == "" || strings.ContainsAny(w.Message.EN, "{}") {
				t.Errorf("%s is wrong: %t, and warns %q", w.Field, wrong, w.Message.EN)
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

func FuzzNormalize(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	for _, c := range readCorpus(f) {
		f.Add(c.typed[:min(len(c.typed), 2*normalize.MaxBytes)])
	}
	table := map[string]func(string) string{
		"Name": normalize.Name, "LowerDomain": email.LowerDomain, "stateCode": stateCode,
		"Phone": normalize.Phone, "SSN": normalize.SSN, "ZIP": normalize.ZIP,
		"Dollars": normalize.Dollars, "Months": normalize.Months, "HalfWidth": normalize.HalfWidth,
	}
	f.Fuzz(func(t *testing.T, typed string) {
		text, rule := normalize.Text(typed, maxLine)
		if rule != "" {
			if text != "" {
				t.Errorf("text is left beside the broken rule %s", rule)
			}
			return
		}
		if len(text) > 3*len(typed) || utf8.RuneCountInString(text) > maxLine {
			t.Errorf("%d bytes grew to %d", len(typed), len(text))
		}
		if text != strings.Join(strings.Fields(text), " ") {
			t.Errorf("%+q has a blank too many", text)
		}
		if again, rule := normalize.Text(text, maxLine); again != text || rule != "" {
			t.Errorf("normalize.Text(%+q) = %+q, %q", text, again, rule)
		}
		for name, function := range table {
			once := function(text)
			if _, rule := normalize.Text(once, len(once)); rule == normalize.InvalidCharacter || len(once) > 3*len(text)+10 {
				t.Errorf("%s(%+q) = %+q", name, text, once)
			}
			if twice := function(once); twice != once {
				t.Errorf("%s(%+q) = %+q, then %+q", name, text, once, twice)
			}
		}
	})
}

// The cheap rule may only say yes where validator's own does.
func FuzzPlainAddress(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, address string) {
		if email.IsPlain(address) && (broken(address, "email") != "" || broken(address, "bareaddress") != "") {
			t.Errorf("%q is plain, and no e-mail address", address)
		}
	})
}

// The table of area codes says what the library says of the whole number.
func FuzzPhone(f *testing.F) {
	for _, phone := range []uint64{5125550148, 8005550148, 4165550148, 8095550148, 6842345678, 2742345678, 9112345678, 1, 9999999999} {
		f.Add(phone)
	}
	f.Fuzz(func(t *testing.T, phone uint64) {
		s := fmt.Sprintf("%010d", phone%1e10)
		if got, want := isPhone(s), isPhoneByLibrary(t, s); got != want {
			t.Errorf("isPhone(%s) = %t, want %t", s, got, want)
		}
	})
}

func isPhoneByLibrary(t *testing.T, s string) bool {
	t.Helper()
	if s[0] < '2' || s[3] < '2' || s[1:3] == "11" {
		return false
	}
	number, err := phonenumbers.Parse("+1"+s, "US")
	if err != nil {
		t.Fatal(err)
	}
	region := phonenumbers.GetRegionCodeForNumber(number)
	return region == "" || slices.Contains([]string{"US", "PR", "GU", "VI", "AS", "MP"}, region)
}

func TestIsPhone_DependsOnTheRegionOfTheAreaCodeAlone(t *testing.T) {
	for area := 0; area < 1000; area++ {
		for _, rest := range []string{"2000000", "2345678", "4115550", "5550148", "6330148", "7777777", "9119111", "9999999", "1555014", "0555014"} {
			s := fmt.Sprintf("%03d%s", area, rest)
			if got, want := isPhone(s), isPhoneByLibrary(t, s); got != want {
				t.Errorf("isPhone(%s) = %t, want %t", s, got, want)
			}
		}
	}
}

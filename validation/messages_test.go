package validation

import (
	"slices"
	"strings"
	"testing"
)

// alike is the labels that read the same in both languages, beside the names of states.
var alike = []string{"No"}

func TestText_HasBothLanguagesEverywhere(t *testing.T) {
	check := func(where string, text Text, name bool) {
		t.Helper()
		switch {
		case strings.TrimSpace(text.EN) == "" || strings.TrimSpace(text.ES) == "":
			t.Errorf("%s lacks a language: %q", where, text)
		case text.EN == text.ES && !name && !slices.Contains(alike, text.EN):
			t.Errorf("%s is the same in both languages: %q", where, text.EN)
		}
	}
	for rule, said := range sentences {
		check("sentence "+rule, said, false)
	}
	for field, subject := range subjects {
		check("subject "+field, subject, false)
	}
	for _, f := range slices.Concat(Fields(), consents()) {
		check("label of "+f.Name, f.Label, false)
		if f.Hint != (Text{}) {
			check("hint of "+f.Name, f.Hint, false)
		}
		for _, p := range f.Parts {
			check("label of "+p.Name, p.Label, false)
		}
		for _, o := range f.Options {
			check("option of "+f.Name, o.Label, f.Name == "state")
		}
	}
}

func TestText_InSpanishForEsAloneAndEnglishElse(t *testing.T) {
	text := Text{"one", "uno"}
	for language, want := range map[string]string{"es": "uno", "en": "one", "": "one", "fr": "one"} {
		if got := text.In(language); got != want {
			t.Errorf("In(%q) = %q, want %q", language, got, want)
		}
	}
}

func TestSentences_ThereIsOneForEveryRuleOfEveryField(t *testing.T) {
	for _, f := range Fields() {
		rules := []string{"characters", "max"}
		for _, rule := range strings.Split(f.rules, ",") {
			name, _, _ := strings.Cut(rule, "=")
			rules = append(rules, name)
		}
		if f.Required {
			rules = append(rules, "required")
		}
		if f.Kind == Email {
			rules = append(rules, "realaddress")
		}
		for _, rule := range rules {
			said := f.sentence(rule, consumer())
			if rule != "" && (said.EN == "" || said.ES == "" || strings.ContainsAny(said.EN+said.ES, "{}")) {
				t.Errorf("%s, %s: %q", f.Name, rule, said)
			}
		}
	}
}

// The sentences are literal here.
func TestParse_SaysWhatIsWrongInBothLanguages(t *testing.T) {
	long := strings.Repeat("a", 51)
	production := consumer()
	production.Production = true
	for _, c := range []struct {
		field, input, typed string
		opt                 Options
		en, es              string
	}{
		{"firstName", "firstName", " ", consumer(), "Enter your first name", "Escriba su nombre"},
		{"lastName", "lastName", "", consumer(), "Enter your last name", "Escriba su apellido"},
		{"firstName", "firstName", long, consumer(), "First name must be 50 characters or fewer", "El nombre debe tener 50 caracteres o menos"},
		{"lastName", "lastName", long, consumer(), "Last name must be 50 characters or fewer", "El apellido debe tener 50 caracteres o menos"},
		{"firstName", "firstName", "a\u200bb", consumer(), "First name has a character that cannot be used. Please type it again", "El nombre tiene un carácter que no se puede usar. Escriba este dato otra vez"},
		{"email", "email", "", consumer(), "Enter your email address", "Escriba su correo electrónico"},
		{"email", "email", "name@", consumer(), "Enter an email address like name@example.com", "Escriba un correo como nombre@ejemplo.com"},
		{"email", "email", "sandbox+qualified-1013@test.alleviate.com", production, "This test address cannot be used here", "Esta dirección de prueba no se puede usar aquí"},
		{"homePhone", "homePhone", "", consumer(), "Enter your phone number", "Escriba su número de teléfono"},
		{"homePhone", "homePhone", "555", consumer(), "Phone number must be a 10-digit US number, like 512 555 0148", "El número de teléfono debe ser de EE. UU. y tener 10 dígitos, como 512 555 0148"},
		{"address1", "address1", "", consumer(), "Enter your street address", "Escriba la calle y el número"},
		{"city", "city", "", consumer(), "Enter your city", "Escriba su ciudad"},
		{"state", "state", "", consumer(), "Choose your state", "Elija su estado"},
		{"state", "state", "Ontario", consumer(), "Choose your state", "Elija su estado"},
		{"state", "state", "", desk(), "Enter a state, like TX", "Escriba un estado, como TX"},
		{"state", "state", "Ontario", desk(), "Enter a state, like TX", "Escriba un estado, como TX"},
		{"zipCode", "zipCode", "", consumer(), "Enter your 5-digit ZIP code", "Escriba su código postal (ZIP) de 5 dígitos"},
		{"zipCode", "zipCode", "K1A 0B1", consumer(), "Enter your 5-digit ZIP code", "Escriba su código postal (ZIP) de 5 dígitos"},
		{"socialSecurityNumber", "socialSecurityNumber", "123", consumer(), "Social Security number must have 9 digits", "El número de Seguro Social debe tener 9 dígitos"},
		{"socialSecurityNumber", "socialSecurityNumber", "666-45-6789", consumer(), "Check the Social Security number, or leave it empty", "Revise el número de Seguro Social o déjelo en blanco"},
		{"monthlyRent", "monthlyRent", "a lot", consumer(), "Monthly rent or mortgage must be a number in whole dollars, like 1500", "La renta o hipoteca mensual debe ser una cantidad en dólares, sin centavos, como 1500"},
		{"estimatedDebt", "estimatedDebt", "2147483648", consumer(), "The amount you owe is too large. Please check the number", "El total de sus deudas es un número demasiado grande. Revíselo"},
		{"monthsAtAddress", "monthsAtAddress", "a while", consumer(), "Time at this address must be in months, like 18, or in years, like 2 years", "El tiempo en este domicilio debe estar en meses, como 18, o en años, como 2 años"},
		{"incomeSourceId", "incomeSourceId", "8", consumer(), "Choose one of the options", "Elija una de las opciones"},
		{"consentCredit", "consentCredit", "", consumer(), "Check the box to allow the credit check, or call us at 512 555 0100", "Marque la casilla para autorizar la consulta de crédito, o llámenos al 512 555 0100"},
		{"consentTerms", "consentTerms", "", consumer(), "Check the box to accept the terms", "Marque la casilla para aceptar los términos"},
		{"dateOfBirth", "dateOfBirth-month", "", consumer(), "Date of birth must include a month", "La fecha de nacimiento debe incluir el mes"},
		{"dateOfBirth", "dateOfBirth-day", "", consumer(), "Date of birth must include a day", "La fecha de nacimiento debe incluir el día"},
		{"dateOfBirth", "dateOfBirth-year", "", consumer(), "Date of birth must include a year", "La fecha de nacimiento debe incluir el año"},
		{"dateOfBirth", "dateOfBirth-month", "x", consumer(), "Date of birth must be a real date, like March 14, 1979", "La fecha de nacimiento debe ser real, como 14 de marzo de 1979"},
		{"dateOfBirth", "dateOfBirth-year", "2027", consumer(), "Date of birth must be in the past", "La fecha de nacimiento debe estar en el pasado"},
		{"dateOfBirth", "dateOfBirth-year", "79", consumer(), "Year must have 4 digits, like 1979", "El año debe tener 4 dígitos, como 1979"},
		{"dateOfBirth", "dateOfBirth-year", "2010", consumer(), "You must be 18 or older to use this service", "Debe tener 18 años o más para usar este servicio"},
		{"dateOfBirth", "dateOfBirth-year", "1899", consumer(), "Check the year of birth", "Revise el año de nacimiento"},
	} {
		t.Run(c.en, func(t *testing.T) {
			_, errs := Parse(validForm(map[string]string{c.input: c.typed}), c.opt)
			want := Problem{c.field, c.input, Text{c.en, c.es}}
			if len(errs) != 1 || errs[0] != want {
				t.Errorf("got %+v, want %+v alone", errs, want)
			}
		})
	}
}

package validation

import (
	"strconv"
	"strings"

	"intake/validation/normalize"
)

// The ids are Alleviate's: https://lead-docs.alleviate.com/reference/reference-ids. Its table of
// purposes goes on after 18, unread; those ids are not offered.

func residenceTypes() []Option {
	return []Option{
		{"1", Text{"I own my home", "Tengo casa propia"}},
		{"2", Text{"I rent", "Rento o alquilo"}},
		{"3", Text{"I live with family", "Vivo con familiares"}},
		{"4", Text{"Other", "Otra"}},
	}
}

func incomeSources() []Option {
	return []Option{
		{"1", Text{"Employed", "Empleo"}},
		{"2", Text{"Social Security", "Seguro Social"}},
		{"3", Text{"Pension", "Pensión"}},
		{"4", Text{"Disability", "Discapacidad"}},
		{"5", Text{"Self-employed", "Trabajo por cuenta propia"}},
		{"6", Text{"Student", "Estudiante"}},
		{"7", Text{"Unemployed", "Sin empleo"}},
	}
}

func payFrequencies() []Option {
	return []Option{
		{"1", Text{"Every week", "Cada semana"}},
		{"2", Text{"Every two weeks", "Cada dos semanas"}},
		{"3", Text{"Twice a month", "Dos veces al mes"}},
		{"4", Text{"Every month", "Cada mes"}},
		{"5", Text{"Every four weeks", "Cada cuatro semanas"}},
		{"6", Text{"Other", "Otra"}},
	}
}

func loanPurposes() []Option {
	return []Option{
		{"1", Text{"Debt consolidation", "Consolidación de deudas"}},
		{"2", Text{"Home improvement, pool or solar", "Mejoras del hogar, piscina o paneles solares"}},
		{"3", Text{"Vacation or travel", "Vacaciones o viajes"}},
		{"4", Text{"New car", "Auto nuevo"}},
		{"5", Text{"Large purchase", "Compra grande"}},
		{"6", Text{"Pay off credit cards", "Pagar tarjetas de crédito"}},
		{"7", Text{"Student loan refinancing", "Refinanciar préstamos estudiantiles"}},
		{"8", Text{"Education", "Educación"}},
		{"9", Text{"Special occasion", "Ocasión especial"}},
		{"10", Text{"Cosmetic procedures", "Procedimientos estéticos"}},
		{"11", Text{"Moving and relocation", "Mudanza"}},
		{"12", Text{"Household expenses", "Gastos del hogar"}},
		{"13", Text{"Medical or dental", "Gastos médicos o dentales"}},
		{"14", Text{"Taxes", "Impuestos"}},
		{"15", Text{"Business", "Negocio"}},
		{"16", Text{"Other", "Otro"}},
		{"17", Text{"Funeral expenses", "Gastos funerarios"}},
		{"18", Text{"Car loan refinancing", "Refinanciar el préstamo del auto"}},
	}
}

// months are chosen by name, which Spanish writes without a capital: a number could be taken for the day.
func months() []Option {
	return []Option{
		{"1", Text{"January", "enero"}}, {"2", Text{"February", "febrero"}}, {"3", Text{"March", "marzo"}}, {"4", Text{"April", "abril"}},
		{"5", Text{"May", "mayo"}}, {"6", Text{"June", "junio"}}, {"7", Text{"July", "julio"}}, {"8", Text{"August", "agosto"}},
		{"9", Text{"September", "septiembre"}}, {"10", Text{"October", "octubre"}}, {"11", Text{"November", "noviembre"}}, {"12", Text{"December", "diciembre"}},
	}
}

// monthNumber gives the value of the option for a month that is typed by name or number.
func monthNumber(typed string) string {
	if n := normalize.Month(typed); 1 <= n && n <= 12 {
		return strconv.Itoa(n)
	}
	return typed
}

// yesOrNo has the values that lead.Applicant writes booleans with.
func yesOrNo() []Option {
	return []Option{
		{"true", Text{"Yes", "Sí"}},
		{"false", Text{"No", "No"}},
	}
}

// oneOf is the rule that the answer is the value of one of the options.
func oneOf(options []Option) string {
	values := make([]string, len(options))
	for i, o := range options {
		values[i] = o.Value
	}
	return "oneof=" + strings.Join(values, " ")
}

package validation

import (
	"strconv"
	"strings"

	"intake/validation/normalize"
)

// Text is a sentence or label in both languages. Both halves are always there.
type Text struct{ EN, ES string }

// In is the half for language: Spanish for "es", English for everything else.
func (t Text) In(language string) string {
	if language == "es" {
		return t.ES
	}
	return t.EN
}

func (t Text) replace(mark string, by Text) Text {
	return Text{strings.ReplaceAll(t.EN, mark, by.EN), strings.ReplaceAll(t.ES, mark, by.ES)}
}

// sentence is the message when f's answer breaks the rule: the desk's for this field, else the field's,
// else the rule's.
func (f *Field) sentence(rule string, opt Options) Text {
	said, ok := sentences[f.Name+" "+rule]
	if desk, there := sentences["desk "+f.Name+" "+rule]; there && opt.Desk {
		said, ok = desk, true
	}
	if !ok {
		said = sentences[rule]
	}
	if !strings.Contains(said.EN, "{") {
		return said
	}
	most := strconv.Itoa(f.MaxLength)
	return said.
		replace("{field}", subjects[f.Name]).
		replace("{max}", Text{most, most}).
		replace("{phone}", Text{opt.Phone, opt.Phone})
}

// sentences are the messages beside the fields, by rule, or by field and rule.
var sentences = map[string]Text{
	"firstName required":     {"Enter your first name", "Escriba su nombre"},
	"lastName required":      {"Enter your last name", "Escriba su apellido"},
	"dateOfBirth required":   {"Enter your date of birth", "Escriba su fecha de nacimiento"},
	"email required":         {"Enter your email address", "Escriba su correo electrónico"},
	"homePhone required":     {"Enter your phone number", "Escriba su número de teléfono"},
	"address1 required":      {"Enter your street address", "Escriba la calle y el número"},
	"city required":          {"Enter your city", "Escriba su ciudad"},
	"state required":         {"Choose your state", "Elija su estado"},
	"desk state required":    {"Enter a state, like TX", "Escriba un estado, como TX"},
	"zipCode required":       {"Enter your 5-digit ZIP code", "Escriba su código postal (ZIP) de 5 dígitos"},
	"consentCredit required": {"Check the box to allow the credit check, or call us at {phone}", "Marque la casilla para autorizar la consulta de crédito, o llámenos al {phone}"},
	"consentTerms required":  {"Check the box to accept the terms", "Marque la casilla para aceptar los términos"},

	"characters": {"{field} has a character that cannot be used. Please type it again", "{field} tiene un carácter que no se puede usar. Escriba este dato otra vez"},
	"max":        {"{field} must be {max} characters or fewer", "{field} debe tener {max} caracteres o menos"},

	"plainaddress|email": {"Enter an email address like name@example.com", "Escriba un correo como nombre@ejemplo.com"},
	"bareaddress":        {"Enter an email address like name@example.com", "Escriba un correo como nombre@ejemplo.com"},
	"realaddress":        {"This test address cannot be used here", "Esta dirección de prueba no se puede usar aquí"},
	"phone":              {"{field} must be a 10-digit US number, like 512 555 0148", "{field} debe ser de EE. UU. y tener 10 dígitos, como 512 555 0148"},
	"zip":                {"Enter your 5-digit ZIP code", "Escriba su código postal (ZIP) de 5 dígitos"},
	"ninedigits":         {"Social Security number must have 9 digits", "El número de Seguro Social debe tener 9 dígitos"},
	"possiblessn":        {"Check the Social Security number, or leave it empty", "Revise el número de Seguro Social o déjelo en blanco"},
	"dollars":            {"{field} must be a number in whole dollars, like 1500", "{field} debe ser una cantidad en dólares, sin centavos, como 1500"},
	"months":             {"{field} must be in months, like 18, or in years, like 2 years", "{field} debe estar en meses, como 18, o en años, como 2 años"},
	normalize.IsRange:    {"{field} must be one number, not a range. A rough number is fine", "{field} debe ser un solo número, no un rango. Puede ser aproximado"},
	normalize.IsNegative: {"{field} cannot be less than zero", "{field} no puede ser menos de cero"},
	normalize.IsTooLarge: {"{field} is too large. Please check the number", "{field} es un número demasiado grande. Revíselo"},

	"oneof":            {"Choose one of the options", "Elija una de las opciones"},
	"state oneof":      {"Choose your state", "Elija su estado"},
	"desk state oneof": {"Enter a state, like TX", "Escriba un estado, como TX"},

	"month":    {"Date of birth must include a month", "La fecha de nacimiento debe incluir el mes"},
	"day":      {"Date of birth must include a day", "La fecha de nacimiento debe incluir el día"},
	"year":     {"Date of birth must include a year", "La fecha de nacimiento debe incluir el año"},
	"fullyear": {"Year must have 4 digits, like 1979", "El año debe tener 4 dígitos, como 1979"},
	"realdate": {"Date of birth must be a real date, like March 14, 1979", "La fecha de nacimiento debe ser real, como 14 de marzo de 1979"},
	"past":     {"Date of birth must be in the past", "La fecha de nacimiento debe estar en el pasado"},
	"adult":    {"You must be 18 or older to use this service", "Debe tener 18 años o más para usar este servicio"},
	"living":   {"Check the year of birth", "Revise el año de nacimiento"},
}

// subjects are the names of the fields at the start of a sentence.
var subjects = map[string]Text{
	"estimatedDebt":        {"The amount you owe", "El total de sus deudas"},
	"loanAmount":           {"Amount wanted", "La cantidad solicitada"},
	"loanPurposeId":        {"Purpose", "El propósito"},
	"firstName":            {"First name", "El nombre"},
	"lastName":             {"Last name", "El apellido"},
	"dateOfBirth":          {"Date of birth", "La fecha de nacimiento"},
	"email":                {"Email address", "El correo electrónico"},
	"homePhone":            {"Phone number", "El número de teléfono"},
	"cellPhone":            {"Cell phone", "El celular"},
	"workPhone":            {"Work phone", "El teléfono del trabajo"},
	"zipCode":              {"ZIP code", "El código postal (ZIP)"},
	"address1":             {"Street address", "La dirección"},
	"address2":             {"Apartment or unit", "El apartamento o unidad"},
	"city":                 {"City", "La ciudad"},
	"state":                {"State", "El estado"},
	"residenceTypeId":      {"The answer", "La respuesta"},
	"monthsAtAddress":      {"Time at this address", "El tiempo en este domicilio"},
	"monthlyRent":          {"Monthly rent or mortgage", "La renta o hipoteca mensual"},
	"incomeSourceId":       {"Source of income", "La fuente de ingresos"},
	"payFrequencyId":       {"How often you are paid", "La frecuencia de pago"},
	"monthlyIncome":        {"Monthly income", "El ingreso mensual"},
	"grossAnnualIncome":    {"Yearly income", "El ingreso anual"},
	"employerName":         {"Employer", "El empleador"},
	"monthsAtEmployer":     {"Time with this employer", "El tiempo con este empleador"},
	"socialSecurityNumber": {"Social Security number", "El número de Seguro Social"},
	"coApplicant":          {"The answer", "La respuesta"},
}

package validation

import (
	"sync"

	"intake/validation/email"
	"intake/validation/normalize"
)

// The caps in characters where Alleviate states none: several times what people have.
const (
	maxName   = 50  // Alleviate's own: https://lead-docs.alleviate.com/reference/lead-input-schema
	maxEmail  = 254 // what a mail server accepts (RFC 5321, 4.5.3.1.3, without the brackets)
	maxLine   = 200 // of an address, or the name of a company
	maxNumber = 40  // of anything that comes down to a number, with room for how people write it
)

// The names of the check boxes of consent, for Form.Checked.
const (
	ConsentCredit    = "consentCredit"    // written instructions for a credit check (FCRA)
	ConsentTerms     = "consentTerms"     // terms and privacy
	ConsentMarketing = "consentMarketing" // marketing calls and texts (TCPA)
)

// The boxes of the date of birth; dateOfBirth alone is the one box of the desk.
const (
	birthBox   = "dateOfBirth"
	birthMonth = "dateOfBirth-month"
	birthDay   = "dateOfBirth-day"
	birthYear  = "dateOfBirth-year"
)

// fields is the table of fields. Units and formats of the answers are those of lead.Applicant.
var fields = sync.OnceValue(func() []Field {
	return []Field{
		{
			Name: "estimatedDebt", Label: Text{"About how much do you owe?", "¿Cuánto debe, más o menos?"},
			Autocomplete: "off", InputMode: "numeric", Width: 10, Kind: Money, MaxLength: maxNumber,
			Group: Debt, Surfaces: Consumer | Desk,
			normalize: normalize.Dollars, rules: "dollars", warn: warnAbove(1_000_000, once),
		},
		{
			Name: "loanAmount", Label: Text{"Amount wanted", "Cantidad solicitada"},
			Autocomplete: "off", InputMode: "numeric", Width: 10, Kind: Money, MaxLength: maxNumber,
			Group: Debt, Surfaces: ConsumerLoan | DeskMore,
			normalize: normalize.Dollars, rules: "dollars", warn: warnAbove(1_000_000, once),
		},
		{
			Name: "loanPurposeId", Label: Text{"Purpose", "Propósito"},
			Autocomplete: "off", Kind: Choice, Options: loanPurposes(), MaxLength: maxNumber,
			Group: Debt, Surfaces: ConsumerLoan | DeskMore,
			rules: oneOf(loanPurposes()),
		},
		{
			Name: "firstName", Label: Text{"First name", "Nombre"},
			Autocomplete: "given-name", Capitalize: true, Width: 20, Kind: TextBox, Required: true, MaxLength: maxName,
			Group: About, Surfaces: Consumer | Desk, Sensitive: true,
			capitalize: normalize.Name, warn: hasDigit,
		},
		{
			Name: "lastName", Label: Text{"Last name", "Apellido"},
			Autocomplete: "family-name", Capitalize: true, Width: 20, Kind: TextBox, Required: true, MaxLength: maxName,
			Group: About, Surfaces: Consumer | Desk, Sensitive: true,
			capitalize: normalize.Name, warn: hasDigit,
		},
		{
			Name: birthBox, Label: Text{"Date of birth", "Fecha de nacimiento"},
			Hint:         Text{"For example, March 14 1979", "Por ejemplo, 14 de marzo de 1979"},
			Autocomplete: "bday", Width: 14, Kind: DateParts, Required: true, MaxLength: maxNumber,
			Group: About, Surfaces: Consumer | Desk | OwnPhone, Sensitive: true,
			Parts: []Field{
				{
					Name: birthMonth, Label: Text{"Month", "Mes"}, Autocomplete: "bday-month", Width: 10, MaxLength: maxNumber,
					Kind: Choice, Options: months(), normalize: monthNumber,
				},
				{Name: birthDay, Label: Text{"Day", "Día"}, Autocomplete: "bday-day", InputMode: "numeric", Width: 2, MaxLength: maxNumber},
				{Name: birthYear, Label: Text{"Year", "Año"}, Autocomplete: "bday-year", InputMode: "numeric", Width: 4, MaxLength: maxNumber},
			},
		},
		{
			Name: "email", Label: Text{"Email", "Correo electrónico"},
			Autocomplete: "email", InputMode: "email", Kind: Email, Required: true, MaxLength: maxEmail,
			Group: About, Surfaces: Consumer | Desk, Sensitive: true,
			normalize: email.LowerDomain, rules: "plainaddress|email,bareaddress", warn: emailTypo,
		},
		{
			Name: "homePhone", Label: Text{"Phone number", "Número de teléfono"},
			Autocomplete: "tel-national", InputMode: "tel", Width: 14, Kind: Phone, Required: true, MaxLength: maxNumber,
			Group: About, Surfaces: Consumer | Desk, Sensitive: true,
			normalize: normalize.Phone, rules: "phone", warn: notPersonal,
		},
		{
			Name: "cellPhone", Label: Text{"Cell phone, if different", "Celular, si es otro"},
			Autocomplete: "mobile tel-national", InputMode: "tel", Width: 14, Kind: Phone, MaxLength: maxNumber,
			Group: About, Surfaces: Consumer | DeskMore, Sensitive: true,
			normalize: normalize.Phone, rules: "phone", warn: notPersonal,
		},
		{
			Name: "workPhone", Label: Text{"Work phone", "Teléfono del trabajo"},
			Autocomplete: "off", InputMode: "tel", Width: 14, Kind: Phone, MaxLength: maxNumber,
			Group: About, Surfaces: DeskMore, Sensitive: true,
			normalize: normalize.Phone, rules: "phone", warn: notPersonal,
		},
		{
			Name: "zipCode", Label: Text{"ZIP code", "Código postal (ZIP)"},
			Autocomplete: "postal-code", InputMode: "numeric", Width: 10, Kind: Number, Required: true, MaxLength: maxNumber,
			Group: Home, Surfaces: Consumer | Desk,
			normalize: normalize.ZIP, rules: "zip", warn: unknownZIP,
		},
		{
			Name: "address1", Label: Text{"Street address", "Calle y número"},
			Autocomplete: "address-line1", Capitalize: true, Kind: TextBox, Required: true, MaxLength: maxLine,
			Group: Home, Surfaces: Consumer | Desk, Sensitive: true,
			capitalize: normalize.Street, warn: hasNoLetter,
		},
		{
			Name: "address2", Label: Text{"Apartment or unit", "Apartamento o unidad"},
			Autocomplete: "address-line2", Capitalize: true, Width: 20, Kind: TextBox, MaxLength: maxLine,
			Group: Home, Surfaces: Consumer | DeskMore, Sensitive: true,
			capitalize: normalize.Street,
		},
		{
			Name: "city", Label: Text{"City", "Ciudad"},
			Autocomplete: "address-level2", Capitalize: true, Width: 20, Kind: TextBox, Required: true, MaxLength: maxLine,
			Group: Home, Surfaces: Consumer | Desk,
			capitalize: normalize.Name,
		},
		{
			Name: "state", Label: Text{"State", "Estado"},
			Autocomplete: "address-level1", Width: 20, Kind: Choice, Options: states(), Required: true, MaxLength: maxNumber,
			Group: Home, Surfaces: Consumer | Desk,
			normalize: stateCode, rules: oneOf(states()), warn: stateMismatch,
		},
		{
			Name: "residenceTypeId", Label: Text{"Do you own or rent?", "¿Tiene casa propia o alquila?"},
			Autocomplete: "off", Kind: Radio, Options: residenceTypes(), MaxLength: maxNumber,
			Group: Home, Surfaces: Consumer | DeskMore,
			rules: oneOf(residenceTypes()),
		},
		{
			Name: "monthsAtAddress", Label: Text{"Time at this address", "Tiempo en este domicilio"},
			Hint:         Text{"Months, or years like 2 years", "Meses, o años como 2 años"},
			Autocomplete: "off", Width: 10, Kind: Months, MaxLength: maxNumber,
			Group: Home, Surfaces: Consumer | DeskMore,
			normalize: normalize.Months, rules: "months",
		},
		{
			Name: "monthlyRent", Label: Text{"Monthly rent or mortgage", "Renta o hipoteca mensual"},
			Autocomplete: "off", InputMode: "numeric", Width: 10, Kind: Money, MaxLength: maxNumber,
			Group: Home, Surfaces: Consumer | DeskMore,
			normalize: normalize.MonthlyDollars, rules: "dollars", warn: warnAbove(20_000, aMonth),
		},
		{
			Name: "incomeSourceId", Label: Text{"Source of income", "Fuente de ingresos"},
			Autocomplete: "off", Kind: Choice, Options: incomeSources(), MaxLength: maxNumber,
			Group: Income, Surfaces: Consumer | DeskMore,
			rules: oneOf(incomeSources()),
		},
		{
			Name: "payFrequencyId", Label: Text{"How often you are paid", "Cada cuánto le pagan"},
			Autocomplete: "off", Kind: Choice, Options: payFrequencies(), MaxLength: maxNumber,
			Group: Income, Surfaces: Consumer | DeskMore,
			rules: oneOf(payFrequencies()),
		},
		{
			Name: "monthlyIncome", Label: Text{"Monthly income before taxes", "Ingreso mensual antes de impuestos"},
			Autocomplete: "off", InputMode: "numeric", Width: 10, Kind: Money, MaxLength: maxNumber,
			Group: Income, Surfaces: Consumer | DeskMore, Sensitive: true,
			normalize: normalize.MonthlyDollars, rules: "dollars", warn: warnAbove(100_000, aMonth),
		},
		{
			Name: "grossAnnualIncome", Label: Text{"Yearly income before taxes", "Ingreso anual antes de impuestos"},
			Autocomplete: "off", InputMode: "numeric", Width: 10, Kind: Money, MaxLength: maxNumber,
			Group: Income, Surfaces: DeskMore, Sensitive: true,
			normalize: normalize.YearlyDollars, rules: "dollars", warn: incomeMismatch,
		},
		{
			Name: "employerName", Label: Text{"Employer", "Empleador"},
			Autocomplete: "organization", Capitalize: true, Kind: TextBox, MaxLength: maxLine,
			Group: Income, Surfaces: Consumer | DeskMore,
		},
		{
			Name: "monthsAtEmployer", Label: Text{"Time with this employer", "Tiempo con este empleador"},
			Hint:         Text{"Months, or years like 2 years", "Meses, o años como 2 años"},
			Autocomplete: "off", Width: 10, Kind: Months, MaxLength: maxNumber,
			Group: Income, Surfaces: Consumer | DeskMore,
			normalize: normalize.Months, rules: "months",
		},
		{
			Name: "socialSecurityNumber", Label: Text{"Social Security number (optional)", "Número de Seguro Social (opcional)"},
			Autocomplete: "off", InputMode: "numeric", Width: 11, Kind: Secret, MaxLength: maxNumber,
			Group: Identity, Surfaces: Consumer | OwnPhone | DeskSSN, Sensitive: true,
			normalize: normalize.SSN, rules: "ninedigits,possiblessn",
		},
		{
			Name: "coApplicant", Label: Text{"Someone applies with the caller", "Alguien más solicita"},
			Autocomplete: "off", Kind: YesNo, Options: yesOrNo(), MaxLength: maxNumber,
			Group: Identity, Surfaces: DeskMore,
			rules: oneOf(yesOrNo()),
		},
	}
})

// consents are the three check boxes in page order. Their wording is in the consent texts; the labels only
// name them.
var consents = sync.OnceValue(func() []Field {
	return []Field{
		{
			Name: ConsentCredit, Label: Text{"Credit check", "Consulta de crédito"},
			Kind: Checkbox, Required: true, Group: Consent, Surfaces: Consumer | OwnPhone,
		},
		{
			Name: ConsentTerms, Label: Text{"Terms and privacy", "Términos y privacidad"},
			Kind: Checkbox, Required: true, Group: Consent, Surfaces: Consumer | OwnPhone,
		},
		{
			Name: ConsentMarketing, Label: Text{"Marketing calls and texts", "Llamadas y mensajes de publicidad"},
			Kind: Checkbox, Group: Consent, Surfaces: Consumer | OwnPhone,
		},
	}
})

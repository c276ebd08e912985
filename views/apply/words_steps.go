package apply

import (
	"time"

	"intake/validation"
	"intake/views/frame"
)

// steps are the form by number; there is no step 0.
var steps = [...]step{
	StepDebt: {
		path:  "/apply/debt",
		title: frame.Both("What you owe", "Lo que debe"),
		count: frame.Both("Step 1 of 5", "Paso 1 de 5"),
	},
	StepYou: {
		path:  "/apply/you",
		title: frame.Both("About you", "Sobre usted"),
		intro: frame.Both("Tell us who you are and how to reach you.", "Díganos quién es y cómo comunicarnos con usted."),
		count: frame.Both("Step 2 of 5", "Paso 2 de 5"),
	},
	StepHome: {
		path:  "/apply/home",
		title: frame.Both("Where you live", "Dónde vive"),
		intro: frame.Both("Please start with your ZIP code.", "Empiece con su código postal (ZIP)."),
		count: frame.Both("Step 3 of 5", "Paso 3 de 5"),
	},
	StepIncome: {
		path:  "/apply/income",
		title: frame.Both("Income", "Ingresos"),
		intro: frame.Both("You can leave all of this blank. It helps a specialist prepare.", "Puede dejar todo esto en blanco. Ayuda al especialista a prepararse."),
		count: frame.Both("Step 4 of 5", "Paso 4 de 5"),
	},
}

// Words of the steps.
var (
	back            = frame.Both("Back", "Atrás")
	backToCheck     = frame.Both("Back to your answers", "Volver a sus respuestas")
	otherPhoneTitle = frame.Both("Add a cell phone (optional)", "Agregar un celular (opcional)")
	aboutHomeTitle  = frame.Both("About your home (optional)", "Sobre su vivienda (opcional)")
	aboutJobTitle   = frame.Both("About your job (optional)", "Sobre su trabajo (opcional)")
	placeFilled     = frame.Both("City and state are filled in: {place}", "Ciudad y estado completados: {place}")
)

// Why we ask, by the field.
var reasons = map[string]validation.Text{
	"dateOfBirth": frame.Both(
		"You must be 18 or older. It also helps find the right credit report.",
		"Debe tener 18 años o más. También ayuda a encontrar el informe de crédito correcto."),
	"homePhone": frame.Both(
		"It goes to Alleviate with your request. On the last page, you choose whether we may call or text you about debt relief.",
		"Se envía a Alleviate con su solicitud. En la última página, usted elige si podemos llamarle o enviarle mensajes sobre alivio de deudas."),
	"socialSecurityNumber": frame.Both(
		"It helps find the right credit report. We send it only to Alleviate, which uses it to ask a credit bureau. We erase our copy within {time} after the result of your request.",
		"Ayuda a encontrar el informe de crédito correcto. Lo enviamos solo a Alleviate, que lo usa para consultar a una agencia de crédito. Borramos nuestra copia a más tardar {time} después del resultado de su solicitud."),
}

// Words about the Social Security number.
var (
	ssnKept       = frame.Both("We have the number ending in {digits}. Leave the box empty to keep it.", "Tenemos el número que termina en {digits}. Deje el campo vacío para conservarlo.")
	ssnLabel      = frame.Both("Social Security number", "Número de Seguro Social")
	ssnEnds       = frame.Both("ends in {digits}", "termina en {digits}")
	ssnEndsSpoken = frame.Both("the number that ends in {digits}", "el número que termina en {digits}")
	ssnGone       = frame.Both("To protect you, we keep the number for one hour at most, and not when you finish later. You can add it again or go on without it.", "Para protegerle, guardamos el número una hora como máximo, y no cuando termina después. Puede agregarlo otra vez o seguir sin él.")
	forgetButton  = frame.Both("Remove the number", "Quitar el número")
)

// ssnKeptByDefault is how long the number is kept after the result when nothing else is set.
const ssnKeptByDefault = 24 * time.Hour

package apply

import (
	"time"

	"intake/views/frame"
)

// steps are the form by number; there is no step 0.
var steps = [...]step{
	StepDebt: {
		path:  "/apply/debt",
		title: frame.Both("What you owe", "Lo que debe"),
		count: frame.Both("Step 1 of 4", "Paso 1 de 4"),
	},
	StepYou: {
		path:  "/apply/you",
		title: frame.Both("About you", "Sobre usted"),
		intro: frame.Both("Who is asking, and how to reach you.", "Quién solicita y cómo comunicarnos con usted."),
		count: frame.Both("Step 2 of 4", "Paso 2 de 4"),
	},
	StepHome: {
		path:  "/apply/home",
		title: frame.Both("Where you live", "Dónde vive"),
		intro: frame.Both("Please begin with your ZIP code.", "Empiece con su código postal (ZIP)."),
		count: frame.Both("Step 3 of 4", "Paso 3 de 4"),
	},
	StepIncome: {
		path:  "/apply/income",
		title: frame.Both("Income", "Ingresos"),
		intro: frame.Both("All of this is optional. It helps a specialist prepare, and you can skip it.", "Todo esto es opcional. Ayuda al especialista a prepararse y usted puede omitirlo."),
		count: frame.Both("Step 4 of 4", "Paso 4 de 4"),
	},
}

// Words of the steps.
var (
	back           = frame.Both("Back", "Atrás")
	backToCheck    = frame.Both("Back to your answers", "Volver a sus respuestas")
	skipButton     = frame.Both("Skip", "Omitir")
	aboutHomeTitle = frame.Both("About your home", "Sobre su vivienda")
	placeFilled    = frame.Both("City and state are filled in: {place}", "Ciudad y estado completados: {place}")
)

// Words about the Social Security number.
var (
	ssnReason     = frame.Both("It helps to find the right credit report. We and Alleviate see it, nobody else, and we erase it at most {time} after the result of your request.", "Ayuda a encontrar el informe de crédito correcto. Lo vemos nosotros y Alleviate, nadie más, y lo borramos a más tardar {time} después del resultado de su solicitud.")
	ssnKept       = frame.Both("We have the number ending {digits}. Leave the box empty to keep it.", "Tenemos el número que termina en {digits}. Deje la casilla vacía para conservarlo.")
	ssnLabel      = frame.Both("Social Security number", "Número de Seguro Social")
	ssnEnds       = frame.Both("ends {digits}", "termina en {digits}")
	ssnEndsSpoken = frame.Both("the number that ends {digits}", "el número que termina en {digits}")
	ssnGone       = frame.Both("For your safety we kept the number for one hour only. You can add it again or go on without it.", "Por su seguridad guardamos el número solo una hora. Puede agregarlo otra vez o seguir sin él.")
	forgetButton  = frame.Both("Remove the number", "Quitar el número")
)

// ssnKeptByDefault is how long the number is kept after the result when nothing else is set.
const ssnKeptByDefault = 24 * time.Hour

package views

import (
	"strings"
	"time"
)

// Words of the landing page. It promises nothing but what we do ourselves.
var (
	landingTitle       = both("Find out your debt relief options", "Conozca sus opciones de alivio de deudas")
	landingLead        = both("Four short steps, about three minutes. Then we check your request and tell you the next step.", "Cuatro pasos cortos, unos tres minutos. Luego revisamos su solicitud y le decimos el siguiente paso.")
	landingDescription = both("Request debt relief options in four short steps, in English or Spanish. Your answers are encrypted, and nothing is passed on until you agree.", "Solicite opciones de alivio de deudas en cuatro pasos cortos, en español o en inglés. Sus respuestas se cifran y nada se envía a otros hasta que usted acepte.")
	landingNote        = both("A rough number is fine. You can change it later.", "Una cantidad aproximada está bien. Puede cambiarla después.")
	continueWords      = both("You have already begun. Your answers are still here.", "Usted ya empezó. Sus respuestas siguen aquí.")
	continueLink       = both("Go on where you stopped", "Seguir donde se quedó")
	startWord          = both("Start", "Empezar")
	nextHead           = both("What happens next", "Qué sigue después")
)

var facts = []fact{
	{"lock", both("Encrypted from the start", "Cifrado desde el principio"),
		both("Your answers are encrypted the moment they reach us, and erased when they are no longer needed.", "Sus respuestas se cifran en cuanto nos llegan y se borran cuando ya no hacen falta.")},
	{"door", both("No obligation", "Sin compromiso"),
		both("You can stop at any step. We pass nothing on until you press {button}.", "Puede detenerse en cualquier paso. No enviamos nada a otros hasta que oprima {button}.")},
	{"phone", both("You decide about calls", "Usted decide sobre las llamadas"),
		both("Whether we may call you is your choice. Your request goes through either way.", "Usted elige si podemos llamarle. Su solicitud sigue adelante de las dos maneras.")},
}

// nextSteps is what happens, as a heading and a sentence.
var nextSteps = [][2]text{
	{both("You answer a few questions", "Usted responde unas preguntas"),
		both("What you owe, who you are, where you live. Your income if you like.", "Cuánto debe, quién es y dónde vive. Sus ingresos, si quiere.")},
	{both("You check and agree", "Usted revisa y acepta"),
		both("You see all of it on one page, with every permission in full. Nothing is ticked for you.", "Ve todo en una página, con cada permiso completo. Nada está marcado de antemano.")},
	{both("We check your request", "Revisamos su solicitud"),
		both("Your own page shows where it stands and what you can do next.", "Su propia página muestra cómo va y qué puede hacer después.")},
}

// steps are the form by number; there is no step 0.
var steps = [...]step{
	StepDebt: {"/apply/debt", both("What you owe", "Lo que debe"), text{}},
	StepYou: {"/apply/you", both("About you", "Sobre usted"),
		both("Who is asking, and how to reach you.", "Quién solicita y cómo comunicarnos con usted.")},
	StepHome: {"/apply/home", both("Where you live", "Dónde vive"),
		both("Please begin with your ZIP code.", "Empiece con su código postal (ZIP).")},
	StepIncome: {"/apply/income", both("Income", "Ingresos"),
		both("All of this is optional. It helps a specialist prepare, and you can leave it out.", "Todo esto es opcional. Ayuda al especialista a prepararse y usted puede omitirlo.")},
}

var stepCount = [...]text{
	StepDebt:   both("Step 1 of 4", "Paso 1 de 4"),
	StepYou:    both("Step 2 of 4", "Paso 2 de 4"),
	StepHome:   both("Step 3 of 4", "Paso 3 de 4"),
	StepIncome: both("Step 4 of 4", "Paso 4 de 4"),
}

// Words of the steps.
var (
	continueWord  = both("Continue", "Continuar")
	skipWord      = both("Skip", "Omitir")
	backWord      = both("Back", "Atrás")
	backToCheck   = both("Back to your answers", "Volver a sus respuestas")
	optional      = both("(optional)", "(opcional)")
	chooseOne     = both("Choose one", "Elija una opción")
	aboutHomeHead = both("About your home", "Sobre su vivienda")
	placeFilled   = both("City and state are filled in: {place}", "Ciudad y estado completados: {place}")
)

// Words about the Social Security number.
var (
	ssnWords     = both("It helps to find the right credit report. We and Alleviate see it, nobody else, and we erase it at most {time} after the result of your request.", "Ayuda a encontrar el informe de crédito correcto. Lo vemos nosotros y Alleviate, nadie más, y lo borramos a más tardar {time} después del resultado de su solicitud.")
	ssnKept      = both("We have the number ending {digits}. Leave the box empty to keep it.", "Tenemos el número que termina en {digits}. Deje la casilla vacía para conservarlo.")
	ssnNotKept   = both("For your safety this box is empty again. Type the number once more if you want to give it.", "Por su seguridad esta casilla está vacía otra vez. Escriba el número de nuevo si quiere darlo.")
	ssnHead      = both("Social Security number", "Número de Seguro Social")
	ssnEnds      = both("ends {digits}", "termina en {digits}")
	ssnEndsHeard = both("the number that ends {digits}", "el número que termina en {digits}")
	ssnGone      = both("For your safety we kept the number for one hour only. You can add it again or go on without it.", "Por su seguridad guardamos el número solo una hora. Puede agregarlo otra vez o seguir sin él.")
	forgetWord   = both("Remove the number", "Quitar el número")
	showDigits   = both("Show", "Mostrar")
	hideDigits   = both("Hide", "Ocultar")
)

// ssnKeptShipped is how long after the result the number is kept when nothing else is set.
const ssnKeptShipped = 24 * time.Hour

// ssnWhy is why the number is asked, who sees it and when it is erased.
func (p Page) ssnWhy() string {
	kept := p.SSNKept
	if kept == 0 {
		kept = ssnKeptShipped
	}
	return strings.ReplaceAll(p.say(ssnWords), "{time}", p.hours(kept))
}

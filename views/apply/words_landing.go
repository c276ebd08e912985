package apply

import (
	"intake/validation"
	"intake/views/frame"
)

// Words of the landing page. It promises nothing but what we do ourselves.
var (
	landingTitle = frame.Both("Find out your debt relief options", "Conozca sus opciones de alivio de deudas")
	landingIntro = frame.Both(
		"Answer a few questions, and we send your request to Alleviate, a debt relief company. Alleviate decides if it has an option for you. It takes about three minutes.",
		"Responda unas preguntas y enviaremos su solicitud a Alleviate, una empresa de alivio de deudas. Alleviate decide si tiene una opción para usted. Toma unos tres minutos.")
	landingDescription = frame.Both(
		"Ask Alleviate about debt relief options in five short steps, in English or Spanish. Your answers are encrypted, and we don’t share anything until you agree.",
		"Pregunte a Alleviate por opciones de alivio de deudas en cinco pasos, en español o inglés. Sus respuestas se cifran y no compartimos nada hasta que usted acepte.")
	draftFound    = frame.Both("You have already started. Your answers are still here.", "Usted ya empezó. Sus respuestas siguen aquí.")
	continueDraft = frame.Both("Continue where you left off", "Seguir donde se quedó")
	startButton   = frame.Both("Start my request", "Empezar mi solicitud")
	nextTitle     = frame.Both("What happens next", "Qué sigue")
	sampleAnswers = frame.Both("These answers are samples. A lawyer reviews them before this site opens.", "Estas respuestas son ejemplos. Un abogado las revisa antes de abrir este sitio.")
)

// facts are true of every request.
var facts = []validation.Text{
	frame.Both("Free to ask", "Preguntar no cuesta nada"),
	frame.Both("Not a loan, and you sign up for nothing", "No es un préstamo y no se inscribe en nada"),
	frame.Both("You choose if we may call you about debt relief", "Usted elige si podemos llamarle sobre alivio de deudas"),
}

var nextSteps = []struct{ title, text validation.Text }{
	{frame.Both("You answer a few questions", "Usted responde unas preguntas"),
		frame.Both("What you owe, who you are, where you live. Your income if you like. Your answers are encrypted.", "Cuánto debe, quién es y dónde vive. Sus ingresos, si quiere. Sus respuestas se cifran.")},
	{frame.Both("You review and agree", "Usted revisa y acepta"),
		frame.Both("You see everything on one page. Every box starts empty. We don’t share anything until you press “{button}”.", "Ve todo en una página. Ninguna casilla está marcada. No compartimos nada hasta que oprima “{button}”.")},
	{frame.Both("Alleviate reviews your request", "Alleviate revisa su solicitud"),
		frame.Both("Your own status page shows where it stands and what you can do next.", "Su propia página de estado muestra cómo va y qué puede hacer después.")},
}

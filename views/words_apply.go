package views

// Words of the form on one page.
var (
	applyTitle       = both("Request debt relief options", "Solicite opciones de alivio de deudas")
	applyOpening     = both("A few questions about you and where you live. It takes about three minutes. Your answers are encrypted the moment they reach us.", "Unas preguntas sobre usted y su domicilio. Toma unos tres minutos. Sus respuestas se cifran en cuanto nos llegan.")
	oldEarlierWords  = both("An earlier version has been with us since", "Una versión anterior está con nosotros desde las")
	oldEarlierUnsent = both("The change you just made was not sent.", "El cambio que acaba de hacer no se envió.")
	aboutHead        = both("About you", "Sobre usted")
	homeHead         = both("Where you live", "Dónde vive")
	moreOpening      = both("The rest is optional. It helps a specialist prepare, and you can leave it out.", "Lo demás es opcional. Ayuda al especialista a prepararse y usted puede omitirlo.")
	phonesHead       = both("Other phone numbers", "Otros números de teléfono")
	addressTwo       = both("Apartment or unit, and your home", "Apartamento o unidad, y su vivienda")
	incomeHead       = both("Work and income", "Trabajo e ingresos")
	loanHead         = both("Debt and loan", "Deuda y préstamo")
)

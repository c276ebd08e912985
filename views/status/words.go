package status

import (
	"intake/internal/consent"
	"intake/validation"
	"intake/views/frame"
)

// The four messages are fixed; see the table of results in docs/lead.md.
var (
	titles = map[State]validation.Text{
		Received:  frame.Both("We have your request", "Tenemos su solicitud"),
		Checking:  frame.Both("Alleviate is reviewing your request", "Alleviate está revisando su solicitud"),
		Slow:      frame.Both("We have your request", "Tenemos su solicitud"),
		Qualified: frame.Both("Your next step", "Su siguiente paso"),
		Finished:  frame.Both("We finished reviewing your request", "Terminamos de revisar su solicitud"),
	}
	working = frame.Both(
		"We have your request. Alleviate reviews it and decides if it has an option for you. You can close this page; nothing will be lost.",
		"Tenemos su solicitud. Alleviate la revisa y decide si tiene una opción para usted. Puede cerrar esta página; no se perderá nada.")
	messages = map[State]validation.Text{
		Received: working,
		Checking: working,
		Slow: frame.Both(
			"We have your request. This is taking longer than usual. You don’t need to do anything. Please don’t send it again.",
			"Tenemos su solicitud. Esto tarda más de lo normal. No tiene que hacer nada. No la envíe otra vez."),
		Qualified: frame.Both(
			"Thank you. A specialist can go over your options with you. Call {phone} when you’re ready.",
			"Gracias. Un especialista puede explicarle sus opciones. Llame al {phone} cuando quiera."),
		Finished: frame.Both(
			"Thank you. We need nothing more from you. If there is a next step, you will hear from us in the way you agreed to. Questions: {phone}.",
			"Gracias. No necesitamos nada más de usted. Si hay un siguiente paso, le avisaremos de la manera que usted aceptó. Preguntas: {phone}."),
	}
	orWait = frame.Both(" Or wait for our call.", " O espere nuestra llamada.")
	callUs = frame.Both("Call {phone}", "Llame al {phone}")
	again  = frame.Both("Check again", "Ver otra vez")
)

// Words of the receipt.
var (
	stepSent       = frame.Both("Sent and saved", "Enviada y guardada")
	stepAtPartner  = frame.Both("With Alleviate", "Con Alleviate")
	stepResult     = frame.Both("Result", "Resultado")
	receiptTitle   = frame.Both("Your receipt", "Su comprobante")
	referenceLabel = frame.Both("Your reference", "Su referencia")
	contactLabel   = frame.Both("Who may contact you", "Quién puede comunicarse con usted")
	callsAllowed   = frame.Both("You allowed {seller} to call and text you about debt relief.", "Usted permitió que {seller} le llame y le envíe mensajes sobre alivio de deudas.")
	callsRefused   = frame.Both("You did not allow {seller} to call or text you about debt relief. You can call us.", "Usted no permitió que {seller} le llame ni le envíe mensajes sobre alivio de deudas. Usted puede llamarnos.")
	copyLabel      = frame.Both("Your copy", "Su copia")
	seeAgreement   = frame.Both("See and print what you agreed to", "Ver e imprimir lo que aceptó")
	findLabel      = frame.Both("How to find this page again", "Cómo volver a esta página")
	findAgain      = frame.Both("Save this page’s web address, or add a bookmark. Whoever has the address can open the page.", "Guarde la dirección web de esta página o agréguela a sus favoritos. Quien tenga la dirección puede abrir la página.")
)

// Words for somebody whose request ended without an offer.
var (
	otherHelp   = frame.Both("Other places that can help", "Otros lugares que pueden ayudar")
	counseling  = frame.Both("Find a nonprofit credit counselor (nfcc.org)", "Encuentre un consejero de crédito sin fines de lucro (nfcc.org)")
	bureau      = frame.Both("Learn about your rights and choices with debt (consumerfinance.gov)", "Conozca sus derechos y opciones con las deudas (consumerfinance.gov)")
	bureauPages = frame.Both("https://www.consumerfinance.gov/consumer-tools/debt-collection/", "https://www.consumerfinance.gov/es/herramientas-del-consumidor/cobro-de-deudas/")
)

// counselors is the directory of nonprofit credit counselors, in English alone.
const counselors = "https://www.nfcc.org/"

// Words of the agreement.
var (
	agreementTitle = frame.Both("What you agreed to", "Lo que usted aceptó")
	agreementIntro = frame.Both("These are the words that you saw when you sent your request. Your name and number are shortened here, so that nobody who finds this page learns them.", "Estas son las palabras que vio cuando envió su solicitud. Su nombre y su número están abreviados aquí, para que nadie que encuentre esta página los conozca.")
	sentAt         = frame.Both("Sent", "Enviada")
	keepACopy      = frame.Both("To keep a copy, print or save this page.", "Para guardar una copia, imprima o guarde esta página.")
	printButton    = frame.Both("Print or save this page", "Imprimir o guardar esta página")
	given          = frame.Both("You checked this box:", "Usted marcó esta casilla:")
	notGiven       = frame.Both("You left this box empty:", "Usted dejó esta casilla vacía:")
	wasShown       = frame.Both("You were shown this notice.", "Se le mostró este aviso.")
	versionOf      = frame.Both("Version {version}", "Versión {version}")
	wordsElsewhere = frame.Both("The words of this version are not shown here. Call {phone} for a copy.", "Las palabras de esta versión no se muestran aquí. Llame al {phone} para pedir una copia.")
	backToStatus   = frame.Both("Back to your request", "Volver a su solicitud")
	purposes       = map[consent.Purpose]validation.Text{
		consent.Credit:    frame.Both("Credit check", "Consulta de crédito"),
		consent.Terms:     frame.Both("Terms and privacy", "Términos y privacidad"),
		consent.Marketing: frame.Both("Calls and texts", "Llamadas y mensajes"),
		consent.Recording: frame.Both("Recording", "Grabación"),
	}
)

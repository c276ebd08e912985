package views

import (
	"strconv"
	"strings"
	"time"

	"intake/internal/consent"
	"intake/validation"
)

type text = validation.Text

func both(en, es string) text { return text{EN: en, ES: es} }

// say is t in the page's language.
func (p Page) say(t text) string { return strings.ReplaceAll(t.In(p.Language), "{phone}", p.Phone) }

// named is t with the name of the button that sends.
func (p Page) named(t text) string {
	return strings.ReplaceAll(p.say(t), "{button}", consent.Button(p.Language))
}

// ends is t about the number that ends so.
func (p Page) ends(t text, digits string) string {
	return strings.ReplaceAll(p.say(t), "{digits}", digits)
}

// counted is a number of things.
func (p Page) counted(n int, one, many text) string {
	if n == 1 {
		return "1 " + p.say(one)
	}
	return strconv.Itoa(n) + " " + p.say(many)
}

var (
	oneHour, manyHours   = both("hour", "hora"), both("hours", "horas")
	oneDay, manyDays     = both("day", "día"), both("days", "días")
	oneMonth, manyMonths = both("month", "mes"), both("months", "meses")
	oneYear, manyYears   = both("year", "año"), both("years", "años")
)

// hours is a long time in whole days, a short one in whole hours.
func (p Page) hours(d time.Duration) string {
	if n := int(d.Hours()); n <= 48 {
		return p.counted(n, oneHour, manyHours)
	}
	return p.counted(int(d.Hours())/24, oneDay, manyDays)
}

// Sentences that a handler chooses.
var (
	NotSaved = text{
		EN: "We could not save your request. Nothing was sent. Please press the button again.",
		ES: "No pudimos guardar su solicitud. No se envió nada. Oprima el botón otra vez."}
	FormTooOld = text{
		EN: "Your answers are here. Please press the button again.",
		ES: "Sus respuestas están aquí. Oprima el botón otra vez."}
	NotKept = text{
		EN: "We could not save your answers. They are all still here. Please press the button again.",
		ES: "No pudimos guardar sus respuestas. Todas siguen aquí. Oprima el botón otra vez."}
	OptOutNotRecorded = text{
		EN: "Your word is NOT recorded: we could not save it. Please press the button again, or call {phone}.",
		ES: "Su decisión NO quedó registrada: no pudimos guardarla. Oprima el botón otra vez o llame al {phone}."}
	DraftGone = text{
		EN: "It has been a while, and your earlier answers are no longer kept. Please go through the questions again.",
		ES: "Ha pasado un tiempo y sus respuestas anteriores ya no se conservan. Responda las preguntas otra vez."}
	OtherForm = text{
		EN: "These are the answers that this browser sent us last. Please check them and press the button again.",
		ES: "Estas son las últimas respuestas que envió este navegador. Revíselas y oprima el botón otra vez."}
)

// Words of the frame around every page, and of more than one page.
var (
	skipToContent = both("Skip to the content", "Ir al contenido")
	questionsWord = both("Questions? Call", "¿Preguntas? Llame al")
	testSite      = both("Test site. Do not enter real details.", "Sitio de prueba. No escriba datos reales.")
	privacyWord   = both("Privacy notice", "Aviso de privacidad")
	termsWord     = both("Terms", "Términos")
	gpcHonored    = both("Opt-out request honored", "Solicitud de exclusión respetada")
	errorPrefix   = both("Error: ", "Error: ")
	problemHead   = both("There is a problem", "Hay un problema")
	versionWord   = both("Version", "Versión")

	documentDescription = both("{title} of {seller}, version {version}. The whole text, in English and in Spanish.", "{title} de {seller}, versión {version}. El texto completo, en español y en inglés.")
)

// Words of the page where people say that they want no more of us.
var (
	optOutTitle     = both("Stop calls and messages", "Detener llamadas y mensajes")
	optOutLead      = both("Tell us the phone number or the email address that we should leave in peace. It takes effect at once.", "Díganos el número de teléfono o el correo electrónico que no debemos usar más. Tiene efecto de inmediato.")
	optOutLabel     = both("Phone number or email address", "Número de teléfono o correo electrónico")
	optOutScope     = both("This stops everything: calls, texts, emails, and passing your request on.", "Esto detiene todo: llamadas, mensajes de texto, correos y el envío de su solicitud a otros.")
	optOutButton    = both("Stop everything", "Detener todo")
	optOutWrong     = both("Enter a 10-digit phone number or an email address", "Escriba un número de teléfono de 10 dígitos o un correo electrónico")
	optOutDoneTitle = both("We will leave you in peace", "No le molestaremos más")
	optOutDone      = both("Your wish is recorded. From now on we do not call, text or email you there, and we pass no request of yours on.", "Su decisión quedó registrada. Desde ahora no le llamaremos ni le escribiremos ahí, y no enviaremos ninguna solicitud suya a otros.")
	optOutPassed    = both("If a request of yours has already gone to Alleviate, we tell them too. Questions: {phone}.", "Si una solicitud suya ya llegó a Alleviate, también se lo decimos a ellos. Preguntas: {phone}.")
)

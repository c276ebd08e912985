package apply

import (
	"time"

	"intake/internal/lead"
	"intake/validation"
	"intake/views/frame"
)

// Words of finishing later.
var (
	finishLater  = frame.Both("Finish later", "Terminar después")
	linkTitle    = frame.Both("Your answers are saved", "Sus respuestas están guardadas")
	linkIntro    = frame.Both("Come back with this link, in any browser. You don’t need an account.", "Vuelva con este enlace, en cualquier navegador. No necesita una cuenta.")
	linkUntil    = frame.Both("The link works until", "El enlace funciona hasta el")
	linkLabel    = frame.Both("Your link", "Su enlace")
	linkCopy     = frame.Both("Copy the link", "Copiar el enlace")
	linkCopied   = frame.Both("Copied", "Copiado")
	linkBookmark = frame.Both("To bookmark it, open it and bookmark that page:", "Para guardarlo en favoritos, ábralo y guarde esa página:")
	linkOpen     = frame.Both("Open the link", "Abrir el enlace")
	linkGoOn     = frame.Both("Go on now", "Seguir ahora")

	returnTitle  = frame.Both("Go on with your request", "Siga con su solicitud")
	returnIntro  = frame.Both("Your answers are saved. Press the button to see them in this browser. The browser you used before will no longer show them.", "Sus respuestas están guardadas. Oprima el botón para verlas en este navegador. El navegador que usó antes ya no las mostrará.")
	returnButton = frame.Both("Go on with my answers", "Seguir con mis respuestas")

	endedTitle = frame.Both("This link does not work", "Este enlace no funciona")
	endedWords = frame.Both(
		"A link works for 3 days. It ends sooner when you ask for a new link or clear your answers. Please check that you have the whole link, and the newest one. If it still does not work, start again or call {phone}.",
		"Un enlace funciona 3 días. Termina antes si usted pide otro enlace o borra sus respuestas. Revise que tenga el enlace completo y el más reciente. Si aún no funciona, empiece otra vez o llame al {phone}.")
	startAgain = frame.Both("Start again", "Empezar otra vez")
	sentTitle  = frame.Both("This request was already sent", "Esta solicitud ya se envió")
	sentWords  = frame.Both(
		"There is nothing more to fill in, so this link shows no answers. To see where the request stands, open its page in the browser that sent it, or call {phone}.",
		"No falta llenar nada, así que este enlace no muestra respuestas. Para ver cómo va la solicitud, abra su página en el navegador que la envió o llame al {phone}.")
	toLanding = frame.Both("Go to the first page", "Ir a la primera página")

	notClearedTitle = frame.Both("We could not clear your answers", "No pudimos borrar sus respuestas")
	notClearedWords = frame.Both("They are still saved. Please press the button again, or call {phone}.", "Siguen guardadas. Oprima el botón otra vez o llame al {phone}.")
	clearAgain      = frame.Both("Clear my answers", "Borrar mis respuestas")
)

// linkNotes are what to know about the link.
var linkNotes = []validation.Text{
	frame.Both("Anyone who has this link can see and change your answers. Don’t share it.", "Quien tenga este enlace puede ver y cambiar sus respuestas. No lo comparta."),
	frame.Both("We did not keep your Social Security number for the link. If you want to give it, type it when you come back.", "No guardamos su número de Seguro Social para el enlace. Si quiere darlo, escríbalo cuando vuelva."),
	frame.Both("If you ask for a new link, this one stops working.", "Si pide un enlace nuevo, este deja de funcionar."),
}

// zoneNames are the time zones of the country by their abbreviations.
var zoneNames = map[string]validation.Text{
	"EST": easternTime, "EDT": easternTime, "CST": centralTime, "CDT": centralTime, "MST": mountainTime, "MDT": mountainTime,
	"PST": pacificTime, "PDT": pacificTime, "AKST": alaskaTime, "AKDT": alaskaTime, "HST": hawaiiTime, "HDT": hawaiiTime,
	"AST": atlanticTime, "ADT": atlanticTime, "SST": samoaTime, "ChST": guamTime,
}

var (
	easternTime  = frame.Both("Eastern Time", "hora del Este")
	centralTime  = frame.Both("Central Time", "hora del Centro")
	mountainTime = frame.Both("Mountain Time", "hora de la Montaña")
	pacificTime  = frame.Both("Pacific Time", "hora del Pacífico")
	alaskaTime   = frame.Both("Alaska Time", "hora de Alaska")
	hawaiiTime   = frame.Both("Hawaii Time", "hora de Hawái")
	atlanticTime = frame.Both("Atlantic Time", "hora del Atlántico")
	samoaTime    = frame.Both("Samoa Time", "hora de Samoa")
	guamTime     = frame.Both("Guam Time", "hora de Guam")
)

var dayNames = map[string][]string{
	"en": {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	"es": {"domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"},
}

// timeInZone is t in words with its day, to the minute, and with the name of its own time zone.
func timeInZone(p frame.Page, t time.Time) string {
	zone := t.Format("MST")
	if name, known := zoneNames[zone]; known {
		zone = p.T(name)
	}
	day := dayNames[p.Language][t.Weekday()]
	if p.Language == "es" {
		half := "a.\u00a0m."
		if t.Hour() >= 12 {
			half = "p.\u00a0m."
		}
		at := " a las "
		if t.Hour()%12 == 1 {
			at = " a la "
		}
		return day + " " + date(p.Language, lead.DateOf(t)) + at + t.Format("3:04 ") + half + ", " + zone
	}
	return day + ", " + date(p.Language, lead.DateOf(t)) + " at " + t.Format("3:04 PM, ") + zone
}

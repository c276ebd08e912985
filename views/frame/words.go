package frame

import "intake/validation"

// Both is a text in both languages.
func Both(en, es string) validation.Text { return validation.Text{EN: en, ES: es} }

// Words of the layout that pages use too.
var (
	PrivacyNotice = Both("Privacy notice", "Aviso de privacidad")
	Terms         = Both("Terms", "Términos")
	StopCalls     = Both("Stop calls and messages", "Detener llamadas y mensajes")
	Continue      = Both("Continue", "Continuar")
)

// Words of the layout.
var (
	skipToContent = Both("Skip to the content", "Ir al contenido")
	questions     = Both("Questions? Call", "¿Preguntas? Llame al")
	testSite      = Both("Test site. Do not enter real details.", "Sitio de prueba. No escriba datos reales.")
	whoWeAre      = Both("Who we are", "Quiénes somos")
	gpcHonored    = Both("Opt-out request honored", "Solicitud de exclusión respetada")
	errorPrefix   = Both("Error: ", "Error: ")
	noticePrefix  = Both("Notice: ", "Aviso: ")
)

// Words of forms and their fields.
var (
	errorSummaryTitle = Both("There is a problem", "Hay un problema")
	leaveEmpty        = Both("Leave this box empty", "Deje este campo vacío")
	optional          = Both("(optional)", "(opcional)")
	chooseOne         = Both("Choose one", "Elija una opción")
	chooseShort       = Both("Choose", "Elija")
	showDigits        = Both("Show", "Mostrar")
	typeSecretAgain   = Both("For your safety this box is empty again. Type the number once more if you want to give it.", "Por su seguridad este campo está vacío otra vez. Escriba el número de nuevo si quiere darlo.")
)

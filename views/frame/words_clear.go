package frame

// Words of clearing the answers.
var (
	answersKept    = Both("We keep your answers for 3 days on this browser.", "Guardamos sus respuestas 3 días en este navegador.")
	clearAnswers   = Both("Clear my answers", "Borrar mis respuestas")
	clearedForGood = Both(
		"You cannot undo this. A link to come back stops working too. A request that you already sent stays with us.",
		"No se puede deshacer. Un enlace para volver también deja de funcionar. Una solicitud que ya envió se queda con nosotros.")
	clearNow = Both("Yes, clear my answers", "Sí, borrar mis respuestas")
)

package legal

import "intake/views/frame"

var (
	description = frame.Both("{title} of {seller}, version {version}. The whole text, in English and in Spanish.", "{title} de {seller}, versión {version}. El texto completo, en español y en inglés.")
	version     = frame.Both("Version", "Versión")
)

package static

import "net/http"

// Look is the consumers' sheet and icon in one colour. The zero value has the colour that ships.
type Look struct{ sheet, icon string }

// Sheet is the address of the consumers' style sheet.
func (l Look) Sheet() string { return Path("style.css") }

// Icon is the address of the icon.
func (l Look) Icon() string { return Path("icon.svg") }

// SheetBytes is the consumers' style sheet as it is served.
func (l Look) SheetBytes() []byte { return served[l.Sheet()].body }

// Serve answers requests for any file below Prefix.
func (l Look) Serve(w http.ResponseWriter, r *http.Request) { Serve(w, r) }

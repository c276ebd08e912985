package static

import (
	"bytes"
	"net/http"
)

// shipped is the color of tokens.css and icon.svg.
const shipped = "#0b5563"

// Look is the consumers' style sheet and icon in one color. The zero value has the color that ships.
type Look struct {
	sheet, icon string          // addresses; empty when nothing was painted
	painted     map[string]file // by address
}

// Paint makes the look in one color, written "#rrggbb"; an empty one is the color that ships. It
// refuses, in words, a color that text on it or in it could not be read with, by day or by night.
func Paint(color string) (Look, error) {
	if color == "" {
		return Look{}, nil
	}
	brand, err := parseColor(color)
	if err != nil {
		return Look{}, err
	}
	day, night := byDay(brand), byNight(brand)
	if err := legible(brand, day, night); err != nil {
		return Look{}, err
	}
	sheet, icon := served[Path("consumer.css")], served[Path("icon.svg")]
	sheet.body = append(bytes.Clone(sheet.body), css(day, night)...)
	icon.body = bytes.ReplaceAll(icon.body, []byte(shipped), []byte(brand.String()))
	look := Look{sheet: address("consumer.css", sheet.body), icon: address("icon.svg", icon.body)}
	look.painted = map[string]file{look.sheet: sheet, look.icon: icon}
	return look, nil
}

// Sheet is the address of the consumers' style sheet.
func (l Look) Sheet() string {
	if l.sheet == "" {
		return Path("consumer.css")
	}
	return l.sheet
}

// Icon is the address of the icon.
func (l Look) Icon() string {
	if l.icon == "" {
		return Path("icon.svg")
	}
	return l.icon
}

// SheetBytes is the consumers' style sheet as it is served. Nobody changes it.
func (l Look) SheetBytes() []byte { return l.file(l.Sheet()).body }

// Serve answers a GET of one of the addresses that the look and Path give; every other address is
// 404, also a plain name.
func (l Look) Serve(w http.ResponseWriter, r *http.Request) {
	f := l.file(r.URL.Path)
	if f.body == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", f.mediaType)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(f.body) // the browser went away: nobody is left to tell
}

// file is the file at an address; without a body when there is none.
func (l Look) file(address string) file {
	if f, ok := l.painted[address]; ok {
		return f
	}
	return served[address]
}

package static

import (
	"bytes"
	"net/http"
)

// defaultColor is the color of tokens.css and icon.svg.
const defaultColor = "#0b5563"

// Theme is the style sheets and the icon in one color. The zero value has the default color.
type Theme struct {
	sheet, staff, icon string          // addresses; empty for the default color
	custom             map[string]file // by address
}

// NewTheme returns the theme in one color, written "#rrggbb"; empty is the default color. It refuses a color with
// which some text would have too little contrast, in light or dark mode, and says which text.
func NewTheme(color string) (Theme, error) {
	if color == "" {
		return Theme{}, nil
	}
	brand, err := parseColor(color)
	if err != nil {
		return Theme{}, err
	}
	day, night := lightPalette(brand), darkPalette(brand)
	if err := checkContrast(brand, day, night); err != nil {
		return Theme{}, err
	}
	sheet, staff, icon := byPath[Path("consumer.css")], byPath[Path("staff.css")], byPath[Path("icon.svg")]
	sheet.body = append(bytes.Clone(sheet.body), css(day, night)...)
	staff.body = append(bytes.Clone(staff.body), css(day, night)...)
	icon.body = bytes.ReplaceAll(icon.body, []byte(defaultColor), []byte(brand.String()))
	theme := Theme{sheet: address("consumer.css", sheet.body), staff: address("staff.css", staff.body), icon: address("icon.svg", icon.body)}
	theme.custom = map[string]file{theme.sheet: sheet, theme.staff: staff, theme.icon: icon}
	return theme, nil
}

// Sheet is the address of the consumers' style sheet.
func (l Theme) Sheet() string {
	if l.sheet == "" {
		return Path("consumer.css")
	}
	return l.sheet
}

// StaffSheet is the address of the staff's style sheet.
func (l Theme) StaffSheet() string {
	if l.staff == "" {
		return Path("staff.css")
	}
	return l.staff
}

// Icon is the address of the icon.
func (l Theme) Icon() string {
	if l.icon == "" {
		return Path("icon.svg")
	}
	return l.icon
}

// SheetBytes is the consumers' style sheet as it is served. Callers must not change it.
func (l Theme) SheetBytes() []byte { return l.file(l.Sheet()).body }

// Serve answers a GET of an address that the theme or Path returns; every other address is 404, also a name
// without a hash.
func (l Theme) Serve(w http.ResponseWriter, r *http.Request) {
	f := l.file(r.URL.Path)
	if f.body == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", f.mediaType)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(f.body) // an error means that the browser has gone
}

// file is the file at an address; its body is nil when there is none.
func (l Theme) file(address string) file {
	if f, ok := l.custom[address]; ok {
		return f
	}
	return byPath[address]
}

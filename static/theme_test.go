package static

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// tokens returns the custom properties of one mode of tokens.css.
func tokens(t *testing.T, mode string) map[string]string {
	t.Helper()
	text, err := files.ReadFile("tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	day, night, ok := strings.Cut(string(text), "@media screen and (prefers-color-scheme: dark)")
	if !ok {
		t.Fatal("tokens.css has no dark mode")
	}
	found := map[string]string{}
	for _, m := range regexp.MustCompile(`--([\w-]+): ([^;]+);`).FindAllStringSubmatch(map[string]string{"day": day, "night": night}[mode], -1) {
		found[m[1]] = m[2]
	}
	return found
}

func TestTokens_AreThoseOfTheDefaultColor(t *testing.T) {
	brand := mustParse(defaultColor)
	for mode, p := range map[string]palette{"day": lightPalette(brand), "night": darkPalette(brand)} {
		want := tokens(t, mode)
		for name, got := range map[string]color{
			"brand": p.brand, "brand-deep": p.deep, "brand-tint": p.tint, "on-brand": p.onBrand, "band": p.band, "on-band": p.onBand,
			"card": p.card, "paper": p.paper, "ink": p.ink,
		} {
			if got.String() != want[name] {
				t.Errorf("by %s --%s would be painted %s; tokens.css says %s", mode, name, got, want[name])
			}
		}
	}
}

func TestTokens_CanBeReadInBothModes(t *testing.T) {
	for _, mode := range []string{"day", "night"} {
		token := tokens(t, mode)
		for _, pair := range []struct {
			text, on string
			least    float64
		}{
			{"ink", "paper", 7}, {"ink", "card", 7}, {"ink", "brand-tint", 7}, {"ink", "notice-tint", 7},
			{"ink-soft", "paper", minTextContrast}, {"ink-soft", "card", minTextContrast}, {"ink-soft", "brand-tint", minTextContrast},
			{"brand", "card", minTextContrast}, {"brand", "paper", minTextContrast}, {"brand", "brand-tint", minTextContrast}, {"brand", "notice-tint", minTextContrast},
			{"brand-deep", "card", minTextContrast}, {"brand-deep", "brand-tint", minTextContrast},
			{"on-brand", "brand", minTextContrast}, {"on-brand", "brand-deep", minTextContrast}, {"on-band", "band", minTextContrast},
			{"error", "card", minTextContrast}, {"error", "error-tint", minTextContrast}, {"notice", "notice-tint", minTextContrast}, {"good", "card", minTextContrast}, {"good", "good-tint", minTextContrast},
			{"on-simulator", "simulator", minTextContrast}, {"on-sandbox", "sandbox", minTextContrast}, {"on-production", "production", minTextContrast},
			{"edge", "card", 3}, {"edge", "paper", 3}, {"error", "card", 3}, {"brand", "card", 3}, // controls
		} {
			if got := contrast(mustParse(token[pair.text]), mustParse(token[pair.on])); got < pair.least {
				t.Errorf("by %s --%s on --%s has a contrast of %.2f, want %.1f", mode, pair.text, pair.on, got, pair.least)
			}
		}
	}
}

func TestContrast_IsThatOfWCAG(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want float64
	}{{"#ffffff", "#000000", 21}, {"#777777", "#ffffff", 4.48}, {"#767676", "#ffffff", 4.54}, {"#ffffff", "#ffffff", 1}} {
		if got := contrast(mustParse(tt.a), mustParse(tt.b)); got < tt.want-0.005 || got > tt.want+0.005 {
			t.Errorf("%s on %s: got %.3f, want %.2f", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestNewTheme_ExplainsWhyItRefusesAColor(t *testing.T) {
	for color, want := range map[string]string{
		"#ffd400":                "the color #ffd400 is too light: the words on a button would have a contrast of 1.4 to 1 in light mode",
		"#747474":                "a link on the page",
		"#6e6e6e":                "a link on its tint",
		"teal":                   "the color must be written like #0b5563",
		"#0b556":                 "the color must be written like #0b5563",
		"0b5563":                 "the color must be written like #0b5563",
		"#0b5563}*{display:none": "must be written like #0b5563",
	} {
		if _, err := NewTheme(color); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", color, err, want)
		}
	}
}

// A color that is dark enough in light mode can be read in dark mode too.
func TestNewTheme_AcceptsEveryDarkColor(t *testing.T) {
	for _, color := range []string{"#0b5563", "#000000", "#7a1fa2", "#8b0000", "#003366", "#1a5d1a", "#5c3317", "#0000ff", "#333333", "#6b21a8", "#9d174d", "#14532d"} {
		look, err := NewTheme(color)
		if err != nil {
			t.Error(err)
			continue
		}
		if color != defaultColor && (look.Sheet() == Path("consumer.css") || look.Icon() == Path("icon.svg")) {
			t.Errorf("%s looks as what ships", color)
		}
	}
}

func TestTheme_ServesItsAddresses(t *testing.T) {
	painted, err := NewTheme("#7a1fa2")
	if err != nil {
		t.Fatal(err)
	}
	get := func(l Theme, address string) *httptest.ResponseRecorder {
		answer := httptest.NewRecorder()
		l.Serve(answer, httptest.NewRequest(http.MethodGet, address, nil))
		return answer
	}
	for _, l := range []Theme{{}, painted} {
		sheet, icon := get(l, l.Sheet()), get(l, l.Icon())
		if staff := get(l, l.StaffSheet()); staff.Code != 200 || !strings.Contains(staff.Body.String(), ".environment") || !strings.Contains(staff.Body.String(), "--brand:") {
			t.Errorf("%s is answered %d, or is not the staff's sheet", l.StaffSheet(), staff.Code)
		}
		if sheet.Code != 200 || sheet.Body.String() != string(l.SheetBytes()) || sheet.Header().Get("Content-Type") != "text/css; charset=utf-8" {
			t.Errorf("%s is answered %d, %d bytes", l.Sheet(), sheet.Code, sheet.Body.Len())
		}
		if icon.Code != 200 || icon.Header().Get("Content-Type") != "image/svg+xml; charset=utf-8" {
			t.Errorf("%s is answered %d", l.Icon(), icon.Code)
		}
		if script := get(l, Path("form.js")); script.Code != 200 {
			t.Errorf("the script is answered %d", script.Code)
		}
		if plain := get(l, Prefix+"consumer.css"); plain.Code != 404 {
			t.Errorf("the plain name is answered %d", plain.Code)
		}
	}
	if !strings.Contains(get(painted, painted.StaffSheet()).Body.String(), "--brand:#7a1fa2") {
		t.Error("the color is not in the staff's sheet")
	}
	if !strings.Contains(get(painted, painted.Sheet()).Body.String(), "--brand:#7a1fa2") || !strings.Contains(get(painted, painted.Icon()).Body.String(), "#7a1fa2") {
		t.Error("the color is not in the sheet and the icon")
	}
	if get(Theme{}, painted.Sheet()).Code != 404 {
		t.Error("a sheet that nobody painted is served")
	}
}

// What moves for more than five seconds could not be stopped (WCAG 2.2, 2.2.2).
func TestSheets_NothingMovesForLong(t *testing.T) {
	animation := regexp.MustCompile(`animation:\s*\w+ ([\d.]+)s \w+ (\w+)`)
	moving := 0
	for name := range sheets {
		sheet, err := read(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range animation.FindAllSubmatch(sheet, -1) {
			moving++
			var seconds, times float64
			if _, err := fmt.Sscan(string(m[1])+" "+string(m[2]), &seconds, &times); err != nil || seconds*times > 5 {
				t.Errorf("%s: %s moves for longer than 5 s", name, m[0])
			}
		}
	}
	if moving == 0 {
		t.Error("nothing moves: the pattern finds no animation")
	}
}

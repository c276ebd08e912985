package static

import "fmt"

// palette is the colors of tokens.css in one of the two modes: those that depend on the brand color, and those
// that are shown next to them.
type palette struct {
	mode                                     string
	brand, deep, tint, onBrand, band, onBand color
	card, paper, ink                         color
}

// lightPalette uses the color as it is.
func lightPalette(brand color) palette {
	card := mustParse("#ffffff")
	return palette{
		mode: "in light mode", card: card, paper: mustParse("#f6f6f3"), ink: mustParse("#16242a"),
		brand: brand, deep: brand.mix(black, 0.25), tint: card.mix(brand, 0.1), onBrand: white, band: brand, onBand: white,
	}
}

// minDarkContrast is the contrast of the brand color on a dark card: more than WCAG asks, because light text on
// dark looks thinner.
const minDarkContrast = 8

// darkPalette uses the hue, as light as it must be on a dark card.
func darkPalette(brand color) palette {
	p := palette{
		mode: "in dark mode", card: mustParse("#152024"), paper: mustParse("#0d1518"), ink: mustParse("#e8eef0"),
		onBand: white,
	}
	lightness := 0.5
	for lightness < 1 && contrast(brand.withLightness(lightness, 0.55), p.card) < minDarkContrast {
		lightness += 0.01
	}
	p.brand, p.deep = brand.withLightness(lightness, 0.55), brand.withLightness(min(lightness+0.12, 1), 0.55)
	p.tint, p.band, p.onBrand = p.card.mix(brand.withLightness(0.25, 1), 0.4), brand.withLightness(0.15, 0.6), brand.withLightness(0.05, 0.8)
	return p
}

// css is the rules that replace the default palettes.
func css(day, night palette) string {
	return ":root{" + day.tokens() + "}@media screen and (prefers-color-scheme:dark){:root{" + night.tokens() + "}}\n"
}

func (p palette) tokens() string {
	return fmt.Sprintf("--brand:%s;--brand-deep:%s;--brand-tint:%s;--on-brand:%s;--band:%s;--on-band:%s",
		p.brand, p.deep, p.tint, p.onBrand, p.band, p.onBand)
}

// minTextContrast is the contrast that WCAG 2.2 asks of text (1.4.3).
const minTextContrast = 4.5

// checkContrast refuses a color with which some text would have too little contrast.
func checkContrast(brand color, palettes ...palette) error {
	for _, p := range palettes {
		for _, pair := range []struct {
			what     string
			text, on color
		}{
			{"the words on a button", p.onBrand, p.brand}, {"the words on a button under the finger", p.onBrand, p.deep},
			{"the headline", p.onBand, p.band}, {"a link on a card", p.brand, p.card}, {"a link on the page", p.brand, p.paper},
			{"a link on its tint", p.brand, p.tint}, {"text on the tint", p.ink, p.tint},
		} {
			if got := contrast(pair.text, pair.on); got < minTextContrast {
				return fmt.Errorf("the color %s is too light: %s would have a contrast of %.1f to 1 %s, and %.1f is the least; take a darker one",
					brand, pair.what, got, p.mode, minTextContrast)
			}
		}
	}
	return nil
}

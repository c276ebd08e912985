package static

import "fmt"

// palette is the tokens that depend on the brand's color, in one of the two modes, and those of
// tokens.css that stand beside them.
type palette struct {
	mode                                     string
	brand, deep, tint, onBrand, band, onBand color
	card, paper, ink                         color
}

// byDay takes the color as it is.
func byDay(brand color) palette {
	card := mustParse("#ffffff")
	return palette{
		mode: "by day", card: card, paper: mustParse("#f6f6f3"), ink: mustParse("#16242a"),
		brand: brand, deep: brand.mix(black, 0.25), tint: card.mix(brand, 0.1), onBrand: white, band: brand, onBand: white,
	}
}

// easyAtNight is the contrast that the brand has on a dark card: more than the law asks, since thin
// strokes of light look thinner.
const easyAtNight = 8

// byNight takes the hue, as light as it must be on a dark card.
func byNight(brand color) palette {
	p := palette{
		mode: "by night", card: mustParse("#152024"), paper: mustParse("#0d1518"), ink: mustParse("#e8eef0"),
		onBand: white,
	}
	lightness := 0.5
	for lightness < 1 && contrast(brand.as(lightness, 0.55), p.card) < easyAtNight {
		lightness += 0.01
	}
	p.brand, p.deep = brand.as(lightness, 0.55), brand.as(min(lightness+0.12, 1), 0.55)
	p.tint, p.band, p.onBrand = p.card.mix(brand.as(0.25, 1), 0.4), brand.as(0.15, 0.6), brand.as(0.05, 0.8)
	return p
}

// css is the rules that put the palettes in place of the shipped ones.
func css(day, night palette) string {
	return ":root{" + day.tokens() + "}@media screen and (prefers-color-scheme:dark){:root{" + night.tokens() + "}}\n"
}

func (p palette) tokens() string {
	return fmt.Sprintf("--brand:%s;--brand-deep:%s;--brand-tint:%s;--on-brand:%s;--band:%s;--on-band:%s",
		p.brand, p.deep, p.tint, p.onBrand, p.band, p.onBand)
}

// enough is the contrast that WCAG 2.2 asks of text (1.4.3).
const enough = 4.5

// legible refuses a color with which something could not be read.
func legible(brand color, palettes ...palette) error {
	for _, p := range palettes {
		for _, pair := range []struct {
			what     string
			text, on color
		}{
			{"the words on a button", p.onBrand, p.brand}, {"the words on a button under the finger", p.onBrand, p.deep},
			{"the headline", p.onBand, p.band}, {"a link on a card", p.brand, p.card}, {"a link on the page", p.brand, p.paper},
			{"a link on its tint", p.brand, p.tint}, {"text on the tint", p.ink, p.tint},
		} {
			if got := contrast(pair.text, pair.on); got < enough {
				return fmt.Errorf("the color %s is too light: %s would have a contrast of %.1f to 1 %s, and %.1f is the least; take a darker one",
					brand, pair.what, got, p.mode, enough)
			}
		}
	}
	return nil
}

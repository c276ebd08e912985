package static

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
)

// color is red, green and blue from 0 to 1.
type color [3]float64

var (
	white = color{1, 1, 1}
	black = color{0, 0, 0}
)

var colorPattern = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

func parseColor(s string) (color, error) {
	if !colorPattern.MatchString(s) {
		return color{}, fmt.Errorf("the color must be written like %s", defaultColor)
	}
	n, err := strconv.ParseUint(s[1:], 16, 32)
	if err != nil {
		return color{}, err
	}
	return color{float64(n>>16) / 255, float64(n>>8&255) / 255, float64(n&255) / 255}, nil
}

func mustParse(s string) color {
	c, err := parseColor(s)
	if err != nil {
		panic("static: " + err.Error())
	}
	return c
}

func (c color) String() string {
	whole := func(part float64) int { return int(math.Round(part * 255)) }
	return fmt.Sprintf("#%02x%02x%02x", whole(c[0]), whole(c[1]), whole(c[2]))
}

// mix is c mixed with a share of d, from 0 to 1.
func (c color) mix(d color, share float64) color {
	for i := range c {
		c[i] += (d[i] - c[i]) * share
	}
	return c
}

// luminance as WCAG 2.2 defines it.
func (c color) luminance() float64 {
	linear := func(part float64) float64 {
		if part <= 0.04045 {
			return part / 12.92
		}
		return math.Pow((part+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c[0]) + 0.7152*linear(c[1]) + 0.0722*linear(c[2])
}

// contrast of two colors as WCAG 2.2 defines it, from 1 to 21.
func contrast(c, d color) float64 {
	light, dark := c.luminance(), d.luminance()
	if light < dark {
		light, dark = dark, light
	}
	return (light + 0.05) / (dark + 0.05)
}

// withLightness is a color of c's hue with another lightness, and with c's saturation up to most.
func (c color) withLightness(lightness, most float64) color {
	high, low := max(c[0], c[1], c[2]), min(c[0], c[1], c[2])
	if high == low {
		return black.mix(white, lightness)
	}
	spread := 1 - math.Abs(high+low-1)
	saturation := min((high-low)/spread, most)
	chroma := (1 - math.Abs(2*lightness-1)) * saturation
	for i := range c {
		c[i] = lightness - chroma/2 + chroma*(c[i]-low)/(high-low)
	}
	return c
}

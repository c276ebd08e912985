package web

import "strings"

// OurURL is a path of ours with scheme and host. It is empty for an empty path.
func (b *Base) OurURL(path string) string {
	if path == "" {
		return ""
	}
	return b.PublicURL.Scheme + "://" + b.PublicURL.Host + path
}

// Viewport is size, as a script has measured it, if it is like "360x640", else nothing.
func Viewport(size string) string {
	width, height, _ := strings.Cut(size, "x")
	for _, n := range []string{width, height} {
		if n == "" || len(n) > 5 || !isDigits(n) {
			return ""
		}
	}
	return size
}

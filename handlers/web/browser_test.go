package web

import "testing"

func TestViewport_IsASizeOrNothing(t *testing.T) {
	for said, want := range map[string]string{
		"360x640": "360x640", "1280x800": "1280x800", "": "", "x": "", "360": "", "360x": "", "123456x1": "", "-1x5": "", "360x640x2": "", "<b>x<i>": "",
	} {
		if got := Viewport(said); got != want {
			t.Errorf("%q is kept as %q, want %q", said, got, want)
		}
	}
}

package handlers

import (
	"context"
	"io"
	"testing"

	"github.com/a-h/templ"
)

func TestStencil_CutsAtTheOneMark(t *testing.T) {
	for _, tt := range []struct {
		page, want string
	}{{"<p>MARK</p>", "<p>key</p>"}, {"<p></p>", ""}, {"MARK MARK", ""}} {
		s, err := cut(written(tt.page), "MARK")
		if (err == nil) != (tt.want != "") {
			t.Errorf("%q: got the error %v", tt.page, err)
		}
		if got := string(s.with("key")); err == nil && got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.page, got, tt.want)
		}
	}
}

// written is a page of these very bytes.
func written(page string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, page)
		return err
	})
}

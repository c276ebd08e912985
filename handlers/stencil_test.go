package handlers

import (
	"context"
	"io"
	"regexp"
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

func TestShowForm_GivesEveryVisitorAKeyOfTheirOwn(t *testing.T) {
	d := openDoor(t)
	key := regexp.MustCompile(`name="submissionKey" value="([A-Z2-7]{26,35})\.[A-Za-z0-9_-]{54}"`)
	seen := map[string]bool{}
	for range 100 {
		m := key.FindStringSubmatch(d.get("/apply").Body.String())
		if m == nil || seen[m[1]] {
			t.Fatalf("a page without a key of its own: %v", m)
		}
		seen[m[1]] = true
	}
}

// written is a page of these very bytes.
func written(page string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, page)
		return err
	})
}

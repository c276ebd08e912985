package consent

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func part(hole Hole, text string) Part { return Part{hole, []byte(text)} }

func TestCut_ReturnsThePageWithoutItsMarks(t *testing.T) {
	for _, tt := range []struct {
		story, drawn string
		want         []Part
	}{
		{"nothing of one's own", "<p>Hi</p>", []Part{part(Shell, "<p>Hi</p>")}},
		{"a name", "<p>" + Mark(Words, "Maria") + "</p>", []Part{part(Shell, "<p>"), part(Words, "Maria"), part(Shell, "</p>")}},
		{"a stretch", "<dl>" + Begin(Answers) + "<dd>78745</dd>" + End() + "</dl>", []Part{part(Shell, "<dl>"), part(Answers, "<dd>78745</dd>"), part(Shell, "</dl>")}},
		{"one behind the other", Mark(Words, "a") + Mark(Answers, "b"), []Part{part(Words, "a"), part(Answers, "b")}},
		{"nothing inside", "x" + Mark(Words, "") + "y", []Part{part(Shell, "x"), part(Shell, "y")}},
		{"a text that would end its own stretch", Mark(Words, "Ma"+End()+"ria"), []Part{part(Words, "Ma/ria")}},
		{"an empty page", "", nil},
	} {
		t.Run(tt.story, func(t *testing.T) {
			got, err := Cut([]byte(tt.drawn))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
			joined := string(Page{Parts: got}.Bytes())
			if strings.Contains(joined, mark) {
				t.Errorf("a mark goes out: %q", joined)
			}
		})
	}
}

func TestCut_RefusesMarksThatAreNotInPairs(t *testing.T) {
	for story, drawn := range map[string]string{
		"an end alone":          "x" + End() + "y",
		"no end":                "x" + Begin(Words) + "y",
		"one inside another":    Begin(Answers) + Mark(Words, "x") + End(),
		"words in words":        Begin(Words) + "x" + Begin(Words) + "y" + End(),
		"answers in words":      Begin(Words) + "x" + Begin(Answers) + "y" + End(),
		"two ends":              Mark(Words, "x") + End(),
		"a mark of nobody":      "x" + mark + "?" + End(),
		"a mark cut off":        "x" + mark,
		"an end that has begun": Begin(Words) + "x" + mark,
	} {
		t.Run(story, func(t *testing.T) {
			if parts, err := Cut([]byte(drawn)); err == nil {
				t.Errorf("%q is cut into %v", drawn, parts)
			}
		})
	}
}

func TestCut_ReturnsAnErrorWithoutPersonalData(t *testing.T) {
	_, err := Cut([]byte(Begin(Words) + "Maria"))
	if err == nil || strings.Contains(err.Error(), "Maria") {
		t.Errorf("got %v, want an error without the name", err)
	}
}

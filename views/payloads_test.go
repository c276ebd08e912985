package views

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"intake/internal/lead"
	"intake/validation"
)

// payloads are ways out of text, of a quoted value, of a tag, of a comment, of a link and of a
// script, as they are used against pages.
var payloads = []string{
	`<script>alert(1)</script>`, `"><script>alert(1)</script>`, `'><script>alert(1)</script>`, `</title><script>alert(1)</script>`,
	`</textarea><script>alert(1)</script>`, `</select><script>alert(1)</script>`, `</style><script>alert(1)</script>`, `--><script>alert(1)</script>`,
	`<img src=x onerror=alert(1)>`, `"><img src=x onerror=alert(1)>`, `'><img/src=x/onerror=alert(1)>`, `<svg onload=alert(1)>`, `"><svg/onload=alert(1)>`,
	`<iframe src=javascript:alert(1)>`, `<iframe srcdoc="<script>alert(1)</script>">`, `<object data=javascript:alert(1)>`, `<embed src=//evil.example>`,
	`<a href=javascript:alert(1)>x</a>`, `<form action=//evil.example><button>x`, `<base href=//evil.example/>`, `<meta http-equiv=refresh content="0;url=//evil.example">`,
	`<link rel=stylesheet href=//evil.example/x.css>`, `<style>@import '//evil.example'</style>`, `<math><mi xlink:href="javascript:alert(1)">x`,
	`" autofocus onfocus=alert(1) x="`, `' autofocus onfocus=alert(1) x='`, `" style="position:fixed;inset:0" x="`, `" formaction="javascript:alert(1)`,
	`<!--`, `<![CDATA[<script>alert(1)</script>]]>`, `<noscript><p title="</noscript><img src=x onerror=alert(1)>">`, `<template><script>alert(1)</script></template>`,
	`<scr<script>ipt>alert(1)</scr</script>ipt>`, `<SCRIPT SRC=//evil.example/x.js></SCRIPT>`, `<details open ontoggle=alert(1)>`, `<x onclick=alert(1)>click`,
	"<img src=x\tonerror=\nalert(1)>", "\u003cscript\u003ealert(1)\u003c/script\u003e", `&lt;script&gt;alert(1)&lt;/script&gt;`, `javascript:alert(1)`, `{{constructor.constructor('alert(1)')()}}`,
}

// harmless stands where a payload stands.
const harmless = "x"

// skeleton is the elements of a page with the names of their attributes, and where its links lead.
func skeleton(t *testing.T, page templ.Component) string {
	t.Helper()
	var b strings.Builder
	for n := range parse(t, render(t, page)).root.Descendants() {
		if n.Type != html.ElementNode && n.Type != html.CommentNode {
			continue
		}
		if n.Type == html.CommentNode {
			b.WriteString("\n!")
			continue
		}
		b.WriteString("\n" + n.Data)
		for _, a := range n.Attr {
			b.WriteString(" " + a.Key)
			if slices.Contains([]string{"href", "src", "action", "http-equiv", "content"}, a.Key) {
				b.WriteString("=" + a.Val)
			}
		}
	}
	return b.String()
}

// boxes is every box of the form by name.
func boxes() []string {
	var names []string
	for _, f := range slices.Concat(validation.Fields(), validation.Ticks()) {
		for _, input := range f.Boxes() {
			if ApplyAsks(input) {
				names = append(names, input)
			}
		}
	}
	return names
}

func TestPayloads_MakeNoNodeInAnyFieldOfAnyPage(t *testing.T) {
	if len(payloads) < 30 {
		t.Fatalf("%d payloads are too few", len(payloads))
	}
	walked, sound := 0, map[string]string{} // skeletons with harmless text, by place
	same := func(place, payload string, draw func(typed string) templ.Component) {
		walked++
		if sound[place] == "" {
			sound[place] = skeleton(t, draw(harmless))
		}
		if skeleton(t, draw(payload)) != sound[place] {
			t.Errorf("%q in %s changes the page", payload, place)
		}
	}
	for _, payload := range payloads {
		for _, box := range boxes() {
			same("the box "+box, payload, func(typed string) templ.Component {
				return ApplyPage(apply(t, "en", map[string]string{box: typed}))
			})
			broken := apply(t, "es", map[string]string{box: payload})
			_, problems := validation.Parse(broken.Form, validation.Options{Today: lead.Date{Year: 2026, Month: 11, Day: 22}, RequireCredit: true})
			same("the returned box "+box+fmt.Sprint(problems), payload, func(typed string) templ.Component {
				a := apply(t, "es", map[string]string{box: typed})
				a.Errors, a.Notice, a.Earlier = problems, NotSaved, &Earlier{StatusPath: "/status/H", At: time.Unix(0, 0)}
				return ApplyPage(a)
			})
		}
		for _, state := range []State{Received, Checking, Slow, Qualified, Finished} {
			same("the status "+string(state), payload, func(typed string) templ.Component {
				return StatusPage(Status{Page: page("en"), State: state, Reference: typed, EventsPath: "/status/" + typed + "/events"})
			})
		}
		for _, status := range []int{400, 403, 404, 413, 429, 500, 503} {
			same(fmt.Sprint("the problem ", status), payload, func(typed string) templ.Component {
				return ProblemPage(Problem{Page: page("en"), Status: status, Reference: typed})
			})
		}
		same("the ticket", payload, func(typed string) templ.Component {
			a := apply(t, "en", nil)
			a.Ticket = typed
			return ApplyPage(a)
		})
		same("our own name", payload, func(typed string) templ.Component {
			p := page("en")
			p.Brand, p.Seller = typed, typed
			return ProblemPage(Problem{Page: p, Status: 404})
		})
	}
	t.Logf("%d payloads, %d boxes, %d pages walked", len(payloads), len(boxes()), walked)
}

// TestPayloads_FindAPlantedHole writes each payload without escaping it where the pages escape.
func TestPayloads_FindAPlantedHole(t *testing.T) {
	hole := func(typed string) templ.Component {
		return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
			_, err := fmt.Fprintf(w, `<!doctype html><title>%[1]s</title><p title="%[1]s">%[1]s</p><p title='%[1]s'>%[1]s</p><a href="%[1]s">x</a>`, typed)
			return err
		})
	}
	for _, payload := range payloads {
		if !strings.ContainsAny(payload, `<>"':`) || strings.HasPrefix(payload, "&lt;") {
			continue
		}
		if skeleton(t, hole(payload)) == skeleton(t, hole(harmless)) {
			t.Errorf("%q is not found in a page with holes", payload)
		}
	}
}

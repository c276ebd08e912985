package views

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"golang.org/x/net/html"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/validation"
	"intake/views/apply"
	"intake/views/frame"
	"intake/views/legal"
	"intake/views/optout"
	"intake/views/status"
)

// payloads try to leave a text, a quoted value, a tag, a comment, a link or a script.
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

// harmless is typed in the place of a payload, for comparison.
const harmless = "x"

// skeleton is the elements of a page, the names of their attributes, and where links lead.
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
			description := a.Key == "content" && attr(n, "name") == "description" // it is text
			if slices.Contains([]string{"href", "src", "action", "http-equiv", "content"}, a.Key) && !description {
				b.WriteString("=" + a.Val)
			}
		}
	}
	return b.String()
}

// pagesWith are pages that show a text in a place where it may come from outside, by that place.
func pagesWith(t *testing.T) map[string]func(typed string) templ.Component {
	all := map[string]func(string) templ.Component{
		"the time of the page": func(typed string) templ.Component {
			l := landing(t, "en", nil)
			l.Shown, l.Origin = typed, typed
			return apply.LandingPage(l)
		},
		"our own name": func(typed string) templ.Component {
			p := page("en")
			p.Brand, p.Seller = typed, typed
			return frame.ProblemPage(frame.Problem{Page: p, Status: 404})
		},
		"the box of the opt-out": func(typed string) templ.Component {
			return optout.Page(optout.Form{Page: page("es"), Typed: typed, Invalid: true})
		},
		"a document": func(typed string) templ.Component {
			passages := []consent.Passage{{Heading: typed, Paragraphs: []string{typed}}}
			return legal.Page(legal.Document{Page: page("en"), Version: typed, Contents: consent.Contents{Title: typed, Passages: passages}})
		},
		"the answers to check": func(typed string) templ.Component { return apply.CheckPage(checkWith(t, typed)) },
		"the recording": func(typed string) templ.Component {
			c := check(t, "en", maria)
			c.Recording = &apply.Recording{Script: typed}
			return apply.CheckPage(c)
		},
	}
	for _, state := range []status.State{status.Received, status.Checking, status.Slow, status.Qualified, status.Finished} {
		all["the status "+string(state)] = func(typed string) templ.Component {
			return status.Page(status.Progress{Page: page("en"), State: state, Reference: typed, EventsPath: "/status/" + typed + "/events", Refresh: 5})
		}
	}
	for _, code := range problemStatuses(t) {
		all[fmt.Sprint("the problem ", code)] = func(typed string) templ.Component {
			return frame.ProblemPage(frame.Problem{Page: page("en"), Status: code, Reference: typed})
		}
	}
	return all
}

// checkWith is a check page with the text, unvalidated, as every answer.
func checkWith(t *testing.T, typed string) apply.Check {
	c := check(t, "es", maria)
	for _, field := range []*lead.Private[string]{
		&c.Applicant.FirstName, &c.Applicant.LastName, &c.Applicant.Email, &c.Applicant.HomePhone, &c.Applicant.CellPhone,
		&c.Applicant.Address1, &c.Applicant.Address2, &c.Applicant.City, &c.Applicant.State, &c.Applicant.ZipCode, &c.Applicant.EmployerName,
	} {
		*field = lead.Keep(typed)
	}
	c.Request, c.PageID, c.SSNEnds = typed, typed, typed
	c.Warnings = []validation.Warning{{Field: "email", Message: validation.Text{EN: typed, ES: typed}, Suggestion: typed}}
	return c
}

// loanSite asks for every field.
var loanSite = frame.Site{LoanFields: true}

// addSteps adds each box of each step by itself.
func addSteps(t *testing.T, all map[string]func(string) templ.Component) {
	for number := apply.StepDebt; number <= apply.StepIncome; number++ {
		for _, f := range apply.StepFields(loanSite, number) {
			for _, box := range f.Boxes() {
				all["the box "+box] = func(typed string) templ.Component { return stepWith(t, number, map[string]string{box: typed}, nil) }
			}
		}
	}
}

func stepWith(t *testing.T, number int, typed map[string]string, errors validation.Errors) templ.Component {
	if number == apply.StepDebt {
		l := withLoan(t, "en", typed)
		l.Errors = errors
		return apply.LandingPage(l)
	}
	s := stepOf("en", number, typed)
	s.Errors, s.Notice, s.SSNEnds = errors, apply.AnswersNotSaved, "6789"
	return apply.StepPage(s)
}

func TestPayloads_MakeNoNodeInAnyFieldOfAnyPage(t *testing.T) {
	if len(payloads) < 30 {
		t.Fatalf("%d payloads are too few", len(payloads))
	}
	walked, all := 0, pagesWith(t)
	addSteps(t, all)
	for place, page := range all {
		sound := skeleton(t, page(harmless))
		for _, payload := range payloads {
			walked++
			if skeleton(t, page(payload)) != sound {
				t.Errorf("%q in %s changes the page", payload, place)
			}
		}
	}
	for _, payload := range payloads { // the errors differ from payload to payload, and so does the page
		for number := apply.StepDebt; number <= apply.StepIncome; number++ {
			typed, plain := map[string]string{}, map[string]string{}
			for _, f := range apply.StepFields(loanSite, number) {
				for _, box := range f.Boxes() {
					typed[box], plain[box] = payload, harmless
				}
			}
			walked++
			errors := errorsIn(t, number, typed)
			if skeleton(t, stepWith(t, number, typed, errors)) != skeleton(t, stepWith(t, number, plain, errors)) {
				t.Errorf("%q in every box of step %d changes the page with its errors", payload, number)
			}
		}
	}
	t.Logf("%d payloads, %d places, %d pages walked", len(payloads), len(all), walked)
}

// TestPayloads_FindAPlantedHole writes each payload unescaped.
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

package views

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"intake/views/apply"
)

func TestPages_ObeyTheLaws(t *testing.T) {
	for name, c := range allPages(t) {
		t.Run(name, func(t *testing.T) {
			parse(t, render(t, c)).obeysTheLaws(t)
		})
	}
}

// TestLaws_FindABrokenPage changes one thing at a time in a sound page.
func TestLaws_FindABrokenPage(t *testing.T) {
	sound := render(t, apply.StepPage(stepWithErrors(t, "en", apply.StepYou, nil)))
	checked := render(t, apply.CheckPage(check(t, "es", maria)))
	kept := landing(t, "en", nil)
	kept.Notice = apply.DraftExpired
	noticed := render(t, apply.LandingPage(kept))
	for _, offense := range []struct{ page, from, to string }{
		{sound, `for="email"`, `for="homePhone"`},
		{sound, `aria-describedby="email-error"`, `aria-describedby="nowhere"`},
		{sound, `aria-describedby="email-error"`, ``},
		{sound, `href="#email"`, `href="#nowhere"`},
		{sound, `id="lastName"`, `id="firstName"`},
		{sound, `form="answers"`, `form="other"`},
		{sound, `<main `, `<main style="color:red" `},
		{sound, `<main `, `<main onclick="x()" `},
		{sound, `</main>`, `<script>1</script></main>`},
		{sound, `</main>`, `<img src="https://elsewhere.example/x.png" alt=""></main>`},
		{sound, `</main>`, `<h1>two</h1></main>`},
		{sound, `<footer`, `<main`},
		{sound, `id="main"`, `id="content"`},
		{sound, `<p class="help">`, `<p class="contact">`},
		{sound, `tel:+15125550100`, `tel:+1`},
		{sound, `<html lang="en">`, `<html>`},
		{sound, `lang="es"`, `lang="fr"`},
		{sound, `value="es"`, `value="en"`},
		{sound, `tabindex="-1" aria-hidden="true"`, `name="language"`},
		{sound, `Enter your first name`, `Something else`},
		{sound, `<title>Error: `, `<title>`},
		{checked, `type="checkbox"`, `type="checkbox" checked`},
		{checked, `hreflang="en"`, ``},
		{checked, `<title>`, `<title>Error: `},
		{noticed, ` autofocus`, ``},
		{noticed, `<title>Notice: `, `<title>`},
		{checked, `<title>`, `<title>Aviso: `},
	} {
		broken := strings.Replace(offense.page, offense.from, offense.to, 1)
		if broken == offense.page {
			t.Fatalf("the page has no %s", offense.from)
		}
		if !breaksALaw(broken) {
			t.Errorf("no law forbids %s in the place of %s", offense.to, offense.from)
		}
	}
	for _, page := range []string{sound, checked, noticed} {
		if breaksALaw(page) {
			t.Error("a sound page breaks a law")
		}
	}
}

func breaksALaw(page string) bool {
	probe := &testing.T{}
	done := make(chan struct{})
	go func() { // Fatalf ends the goroutine that calls it
		defer close(done)
		parse(probe, page).obeysTheLaws(probe)
	}()
	<-done
	return probe.Failed()
}

// document is a parsed page.
type document struct{ root *html.Node }

func parse(t *testing.T, text string) document {
	t.Helper()
	root, err := html.ParseWithOptions(strings.NewReader(text), html.ParseOptionEnableScripting(false))
	if err != nil {
		t.Fatal(err)
	}
	return document{root}
}

// obeysTheLaws checks what holds for every page.
func (d document) obeysTheLaws(t *testing.T) {
	d.everyInputHasALabel(t)
	d.everyReferenceResolves(t)
	d.nothingIsInline(t)
	d.nothingIsLoadedFromOtherSites(t)
	d.oneMainHeading(t)
	d.landmarks(t)
	d.helpIsInItsPlace(t)
	d.languagesAreDeclared(t)
	d.noCheckboxIsChecked(t)
	d.enterContinues(t)
	d.errorsStandAboveAndBesideInTheSameWords(t)
	d.noticesAreAnnouncedAsErrorsAre(t)
}

// all is every element that has one of the names; without names, every element.
func (d document) all(names ...string) []*html.Node {
	var found []*html.Node
	for n := range d.root.Descendants() {
		if n.Type == html.ElementNode && (len(names) == 0 || slices.Contains(names, n.Data)) {
			found = append(found, n)
		}
	}
	return found
}

// classed is every element with the class.
func (d document) classed(class string) []*html.Node {
	return slices.DeleteFunc(d.all(), func(n *html.Node) bool { return !slices.Contains(strings.Fields(attr(n, "class")), class) })
}

func (d document) everyInputHasALabel(t *testing.T) {
	labelled := map[string]bool{}
	for _, n := range d.all("label") {
		labelled[attr(n, "for")] = true
		for inside := range n.Descendants() {
			labelled[attr(inside, "id")] = true
		}
	}
	for _, n := range d.all("input", "select", "textarea") {
		if attr(n, "type") != "hidden" && !labelled[attr(n, "id")] {
			t.Errorf("the input %q has no label", attr(n, "name"))
		}
	}
}

func (d document) everyReferenceResolves(t *testing.T) {
	ids := map[string]bool{}
	for _, n := range d.all() {
		if id := attr(n, "id"); id != "" && ids[id] {
			t.Errorf("the id %q is there twice", id)
		} else {
			ids[id] = true
		}
	}
	for _, n := range d.all() {
		for _, id := range strings.Fields(attr(n, "aria-describedby") + " " + attr(n, "aria-labelledby") + " " + attr(n, "form") + " " + attr(n, "for")) {
			if !ids[id] {
				t.Errorf("%s refers to %q, which is not there", n.Data, id)
			}
		}
		if id, ok := strings.CutPrefix(attr(n, "href"), "#"); ok && !ids[id] {
			t.Errorf("a link leads to #%s, which is not there", id)
		}
		if attr(n, "aria-invalid") == "true" && attr(n, "aria-describedby") == "" {
			t.Errorf("the invalid input %q does not refer to its error", attr(n, "name"))
		}
	}
}

func (d document) nothingIsInline(t *testing.T) {
	for _, n := range d.all() {
		if n.Data == "style" || (n.Data == "script" && attr(n, "src") == "") {
			t.Errorf("an inline %s", n.Data)
		}
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("%s has the attribute %s", n.Data, a.Key)
			}
		}
	}
}

func (d document) nothingIsLoadedFromOtherSites(t *testing.T) {
	for _, n := range d.all("script", "img", "link", "form", "iframe") {
		if n.Data == "link" && slices.Contains([]string{"canonical", "alternate"}, attr(n, "rel")) {
			continue // nothing is fetched
		}
		for _, key := range []string{"src", "href", "action"} {
			if strings.Contains(attr(n, key), "//") {
				t.Errorf("%s is loaded from %s", n.Data, attr(n, key))
			}
		}
	}
}

func (d document) oneMainHeading(t *testing.T) {
	if n := len(d.all("h1")); n != 1 {
		t.Errorf("there are %d h1, want one", n)
	}
}

// landmarks guide a screen reader: header, main and footer, each once and in this order.
func (d document) landmarks(t *testing.T) {
	var found []string
	for _, n := range d.all("header", "main", "footer") {
		found = append(found, n.Data)
	}
	if !slices.Equal(found, []string{"header", "main", "footer"}) {
		t.Errorf("the landmarks are %v", found)
	}
	for _, n := range d.all("main") {
		if attr(n, "id") != "main" {
			t.Error("the skip link does not lead to the main part")
		}
	}
}

// helpIsInItsPlace: our phone number is the last line of every header (WCAG 2.2, 3.2.6).
func (d document) helpIsInItsPlace(t *testing.T) {
	help := d.classed("help")
	if len(help) != 1 || help[0].Parent.Parent.Data != "header" || help[0].NextSibling != nil {
		t.Fatalf("the help line is not the last of the header, or not there once: %d", len(help))
	}
	if tel := help[0].LastChild; attr(tel, "href") != "tel:+15125550100" {
		t.Errorf("the help line ends with %q, which dials nothing", attr(tel, "href"))
	}
}

// languagesAreDeclared: that of the page, and that of the language switch, which is a link, or a button
// of the form that keeps what was typed.
func (d document) languagesAreDeclared(t *testing.T) {
	own := attr(d.all("html")[0], "lang")
	other := map[string]string{"en": "es", "es": "en"}[own]
	switches := d.classed("language")
	if other == "" || len(switches) != 1 || attr(switches[0], "lang") != other {
		t.Fatalf("the page is in %q with %d switches", own, len(switches))
	}
	s := switches[0]
	isLink := s.Data == "a" && attr(s, "hreflang") == other && strings.HasPrefix(attr(s, "href")+"/", map[string]string{"en": "/", "es": "/es/"}[other])
	isButton := s.Data == "button" && attr(s, "name") == "language" && attr(s, "value") == other && attr(s, "form") == "answers"
	if !isLink && !isButton {
		t.Errorf("the switch is a %s that leads to %q", s.Data, attr(s, "href"))
	}
}

// everyFormOfTheStaffHasTheToken of its session, once, also what htmx posts by itself: else it would be refused.
func (d document) everyFormOfTheStaffHasTheToken(t *testing.T) {
	for _, form := range d.all("form") {
		tokens := 0
		for n := range form.Descendants() {
			if attr(n, "name") == "csrfToken" && attr(n, "type") == "hidden" && attr(n, "value") == "TOKEN" {
				tokens++
			}
		}
		want := 1
		if attr(form, "action") == "/dev-sign-in/authorize" { // it belongs to no session
			want = 0
		}
		if tokens != want || attr(form, "method") != "post" {
			t.Errorf("the form to %s by %q has %d tokens", attr(form, "action"), attr(form, "method"), tokens)
		}
	}
	for _, n := range d.all() {
		inForm := n.Data == "form" || within(n, func(up *html.Node) bool { return up.Data == "form" })
		if params := attr(n, "hx-params"); attr(n, "hx-post") != "" && (!inForm || params != "" && !strings.HasPrefix(params, "not ") && !strings.Contains(params, "csrfToken")) {
			t.Errorf("htmx posts from %s %q without the token", n.Data, attr(n, "name"))
		}
	}
}

func (d document) noCheckboxIsChecked(t *testing.T) {
	for _, n := range d.all("input") {
		if attr(n, "type") == "checkbox" && slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "checked" }) {
			t.Errorf("the checkbox %q is checked in advance", attr(n, "name"))
		}
	}
}

// enterContinues: the Enter key presses the first button of a form, which must be Continue.
func (d document) enterContinues(t *testing.T) {
	for _, n := range d.all("button") {
		inForm := attr(n, "form") == "answers"
		for up := n.Parent; up != nil; up = up.Parent {
			inForm = inForm || attr(up, "id") == "answers"
		}
		if !inForm || attr(n, "type") == "button" {
			continue
		}
		if attr(n, "name") != "" {
			t.Errorf("the Enter key presses %q", attr(n, "name"))
		}
		return
	}
}

// errorsStandAboveAndBesideInTheSameWords: in the summary and beside the fields, and the title begins
// with "Error:".
func (d document) errorsStandAboveAndBesideInTheSameWords(t *testing.T) {
	var above, beside []string
	for _, summary := range d.classed("summary") {
		for link := range summary.Descendants() {
			if link.Data == "a" {
				above = append(above, words(link))
			}
		}
	}
	for _, n := range d.classed("problem") {
		beside = append(beside, words(n))
	}
	if !slices.Equal(above, beside) {
		t.Errorf("the summary says %q, the fields %q", above, beside)
	}
	title := strings.TrimPrefix(words(d.all("title")[0]), "SIMULATOR: ") // of pages of the staff
	if begins := strings.HasPrefix(title, "Error: "); begins != (len(above) > 0) {
		t.Errorf("the title is %q with %d problems", title, len(above))
	}
}

// noticesAreAnnouncedAsErrorsAre: what a visitor did not ask for has the focus and begins the title, unless there are
// errors, which come first. Pages of the staff have notices of their own.
func (d document) noticesAreAnnouncedAsErrorsAre(t *testing.T) {
	unasked := slices.DeleteFunc(d.classed("notice"), func(n *html.Node) bool { return attr(n, "role") != "alert" })
	if len(d.classed("help")) == 0 || len(d.classed("summary")) > 0 {
		return
	}
	prefix := map[string]string{"en": "Notice: ", "es": "Aviso: "}[attr(d.all("html")[0], "lang")]
	if title := words(d.all("title")[0]); strings.HasPrefix(title, prefix) != (len(unasked) > 0) {
		t.Errorf("the title is %q with %d notices", title, len(unasked))
	}
	for _, n := range unasked {
		if attr(n, "tabindex") != "-1" || !slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "autofocus" }) {
			t.Errorf("a notice cannot have the focus, or does not get it")
		}
	}
}

// words is the text inside a node with single spaces.
func words(n *html.Node) string {
	var all strings.Builder
	for inside := range n.Descendants() {
		if inside.Type == html.TextNode {
			all.WriteString(inside.Data + " ")
		}
	}
	return strings.Join(strings.Fields(all.String()), " ")
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

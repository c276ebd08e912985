package views

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// document is a parsed page with the laws it must obey.
type document struct{ root *html.Node }

func parse(t *testing.T, text string) document {
	t.Helper()
	root, err := html.ParseWithOptions(strings.NewReader(text), html.ParseOptionEnableScripting(false))
	if err != nil {
		t.Fatal(err)
	}
	return document{root}
}

// obeysTheLaws is all that holds for each page.
func (d document) obeysTheLaws(t *testing.T) {
	d.everyInputHasALabel(t)
	d.everyReferenceLeadsSomewhere(t)
	d.nothingIsInline(t)
	d.nothingComesFromElsewhere(t)
	d.oneHeadingOfTheFirstRank(t)
	d.landmarks(t)
	d.helpIsWhereItAlwaysIs(t)
	d.languagesAreNamed(t)
	d.noBoxIsTicked(t)
	d.enterPressesContinue(t)
	d.errorsAreToldTwiceInTheSameWords(t)
}

// all is every element with one of the names, or every element.
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

func (d document) everyReferenceLeadsSomewhere(t *testing.T) {
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
			t.Errorf("a link leads to %q, which is not there", id)
		}
		if attr(n, "aria-invalid") == "true" && attr(n, "aria-describedby") == "" {
			t.Errorf("the wrong input %q is not tied to what is wrong", attr(n, "name"))
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

func (d document) nothingComesFromElsewhere(t *testing.T) {
	for _, n := range d.all("script", "img", "link", "form", "iframe") {
		if n.Data == "link" && slices.Contains([]string{"canonical", "alternate"}, attr(n, "rel")) {
			continue // nothing is fetched
		}
		for _, key := range []string{"src", "href", "action"} {
			if strings.Contains(attr(n, key), "//") {
				t.Errorf("%s comes from %s", n.Data, attr(n, key))
			}
		}
	}
}

func (d document) oneHeadingOfTheFirstRank(t *testing.T) {
	if n := len(d.all("h1")); n != 1 {
		t.Errorf("there are %d headings of the first rank, want one", n)
	}
}

// landmarks lead a screen reader: masthead, main part, footer, each once and in this order.
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
			t.Error("the link to the content does not lead to the main part")
		}
	}
}

// helpIsWhereItAlwaysIs: WCAG 2.2, 3.2.6. The telephone number is the last line of the masthead.
func (d document) helpIsWhereItAlwaysIs(t *testing.T) {
	help := d.classed("help")
	if len(help) != 1 || help[0].Parent.Parent.Data != "header" || help[0].NextSibling != nil {
		t.Fatalf("the help line is not the last of the masthead, or not there once: %d", len(help))
	}
	if tel := help[0].LastChild; attr(tel, "href") != "tel:+15125550100" {
		t.Errorf("the help line ends with %q, which dials nothing", attr(tel, "href"))
	}
}

// languagesAreNamed: the page's own, and that of the switch, which is a link or keeps what was typed.
func (d document) languagesAreNamed(t *testing.T) {
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

func (d document) noBoxIsTicked(t *testing.T) {
	for _, n := range d.all("input") {
		if attr(n, "type") == "checkbox" && slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "checked" }) {
			t.Errorf("the box %q is ticked for the visitor", attr(n, "name"))
		}
	}
}

// enterPressesContinue: of the buttons of the form the first is the one that the Enter key presses.
func (d document) enterPressesContinue(t *testing.T) {
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

// errorsAreToldTwiceInTheSameWords: at the top and beside the box, and the title says that there is one.
func (d document) errorsAreToldTwiceInTheSameWords(t *testing.T) {
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
		t.Errorf("above the form is said %q, beside the boxes %q", above, beside)
	}
	title := words(d.all("title")[0])
	if begins := strings.HasPrefix(title, "Error: "); begins != (len(above) > 0) {
		t.Errorf("the title is %q with %d problems", title, len(above))
	}
}

// words is the text inside a node, blanks taken together.
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

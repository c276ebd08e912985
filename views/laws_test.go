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
		for _, id := range strings.Fields(attr(n, "aria-describedby") + " " + attr(n, "aria-labelledby")) {
			if !ids[id] {
				t.Errorf("%s refers to %q, which is not there", n.Data, id)
			}
		}
		if id, ok := strings.CutPrefix(attr(n, "href"), "#"); ok && !ids[id] {
			t.Errorf("a link leads to %q, which is not there", id)
		}
		if attr(n, "aria-invalid") == "true" && attr(n, "aria-describedby") == "" && !strings.HasPrefix(attr(n, "name"), "dateOfBirth-") {
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

func (d document) oneHeadingOfTheFirstRank(t *testing.T) {
	if n := len(d.all("h1")); n != 1 {
		t.Errorf("there are %d headings of the first rank, want one", n)
	}
}

func (d document) noBoxIsTicked(t *testing.T) {
	for _, n := range d.all("input") {
		if attr(n, "type") == "checkbox" && slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "checked" }) {
			t.Errorf("the box %q is ticked for the visitor", attr(n, "name"))
		}
	}
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

package views

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"intake/internal/consent"
	"intake/validation"
)

// pairs is every sentence of the tables in both languages: ours and those of package validation, as
// they stand in the sources, and the consent texts.
func pairs(t *testing.T) []validation.Text {
	t.Helper()
	var all []validation.Text
	for _, pattern := range []string{"*/*.go", "../validation/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") && !strings.HasSuffix(file, "_templ.go") {
				all = append(all, pairsIn(t, file)...)
			}
		}
	}
	english, spanish := texts(t).For("en", consent.Names{}), texts(t).For("es", consent.Names{})
	for i := range english {
		all = append(all, validation.Text{EN: english[i].Heading, ES: spanish[i].Heading}, validation.Text{EN: english[i].Control, ES: spanish[i].Control})
		for j := range english[i].Paragraphs {
			all = append(all, validation.Text{EN: english[i].Paragraphs[j], ES: spanish[i].Paragraphs[j]})
		}
	}
	if len(all) < 200 {
		t.Fatalf("%d pairs are found; the tables have more", len(all))
	}
	return all
}

// pairsIn is every two strings side by side in a literal or in a call of both.
func pairsIn(t *testing.T, file string) (found []validation.Text) {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		var both []ast.Expr
		switch n := n.(type) {
		case *ast.CallExpr:
			if nameOf(n.Fun) == "Both" {
				both = n.Args
			}
		case *ast.CompositeLit:
			both = n.Elts
		}
		if len(both) == 2 {
			en, ok1 := literal(both[0])
			es, ok2 := literal(both[1])
			if ok1 && ok2 {
				found = append(found, validation.Text{EN: en, ES: es})
			}
		}
		return true
	})
	return found
}

// nameOf is the name of a function without its package.
func nameOf(function ast.Expr) string {
	switch f := function.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

func literal(e ast.Expr) (string, bool) {
	if pair, ok := e.(*ast.KeyValueExpr); ok {
		e = pair.Value
	}
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

// spoken is everything on a page that a person reads or hears, one piece a line.
func spoken(d document) string {
	var lines []string
	for n := range d.root.Descendants() {
		switch {
		case n.Type == html.TextNode && n.Parent.Data != "script" && attr(n.Parent, "class") != "asLink language" && attr(n.Parent, "class") != "link language":
			lines = append(lines, n.Data)
		case n.Type == html.ElementNode:
			for _, a := range n.Attr {
				if a.Key == "aria-label" || a.Key == "alt" || a.Key == "placeholder" || a.Key == "content" || strings.HasPrefix(a.Key, "data-") {
					lines = append(lines, a.Val)
				}
			}
		}
	}
	for i, line := range lines {
		lines[i] = strings.Join(strings.Fields(line), " ")
	}
	return "\n" + strings.Join(lines, "\n") + "\n"
}

var filledIn = regexp.MustCompile(`\{\w+\}`)

// strangers is the sentences of one language that a page in the other has. A short one must be the
// whole of a piece, a long one may stand inside; what both languages share is nobody's.
func strangers(page string, language string, all []validation.Text) (found []string) {
	own := map[string]bool{}
	for _, pair := range all {
		own[pair.In(language)] = true
	}
	for _, pair := range all {
		foreign := pair.In(map[string]string{"en": "es", "es": "en"}[language])
		if own[foreign] {
			continue
		}
		for _, piece := range filledIn.Split(foreign, -1) {
			piece = strings.TrimSpace(piece)
			if len(piece) >= 16 && strings.Contains(page, piece) || len(piece) > 1 && strings.Contains(page, "\n"+piece+"\n") {
				found = append(found, piece)
			}
		}
	}
	return found
}

func TestPages_SpeakOneLanguage(t *testing.T) {
	all := pairs(t)
	for _, language := range []string{"en", "es"} {
		for name, c := range storybook(t, language) {
			for _, stranger := range strangers(spoken(parse(t, render(t, c))), language, all) {
				t.Errorf("%s in %s says %q", name, language, stranger)
			}
		}
	}
}

// TestPages_AStrangerIsHeard shows each page's sentences to a reader of the other language.
func TestPages_AStrangerIsHeard(t *testing.T) {
	all := pairs(t)
	for name, c := range storybook(t, "es") {
		if len(strangers(spoken(parse(t, render(t, c))), "en", all)) < 5 {
			t.Errorf("%s in Spanish could pass for English", name)
		}
	}
	for _, heard := range []string{"\nContinue\n", "\nEn 24 horas: nobody else, and we erase it at most 24 hours after the result of your request.\n"} {
		if len(strangers(heard, "es", all)) != 1 {
			t.Errorf("nobody hears %q", heard)
		}
	}
}

func TestWords_SayEachThingInBothLanguages(t *testing.T) {
	files, err := filepath.Glob("*/words*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no tables of words: %v", err)
	}
	for _, file := range files {
		for _, pair := range pairsIn(t, file) {
			if pair.EN == "" || pair.ES == "" || pair.EN == pair.ES && pair.EN != "Error: " {
				t.Errorf("%s: %q and %q", file, pair.EN, pair.ES)
			}
			if strings.Count(pair.EN, "{") != strings.Count(pair.ES, "{") {
				t.Errorf("%s: %q fills in less than %q, or more", file, pair.ES, pair.EN)
			}
		}
	}
}

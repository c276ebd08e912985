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

// pairs are all texts in both languages: those in the sources of the pages and of package validation,
// and the consent texts.
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

// pairsIn finds every two string literals that make up a composite literal or a call of Both.
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

// readableText is what people read on a page or hear from a screen reader, each text on a line.
func readableText(d document) string {
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

// foreignSentences are those of the other language that are found in a text: a long one anywhere, a
// short one as a whole line. Texts that are the same in both languages do not count.
func foreignSentences(text, language string, all []validation.Text) (found []string) {
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
			if len(piece) >= 16 && strings.Contains(text, piece) || len(piece) > 1 && strings.Contains(text, "\n"+piece+"\n") {
				found = append(found, piece)
			}
		}
	}
	return found
}

func TestPages_AreInOneLanguage(t *testing.T) {
	all := pairs(t)
	for _, language := range []string{"en", "es"} {
		for name, c := range storybook(t, language) {
			for _, sentence := range foreignSentences(readableText(parse(t, render(t, c))), language, all) {
				t.Errorf("%s in %s says %q", name, language, sentence)
			}
		}
	}
}

// TestForeignSentences_AreFound takes Spanish pages for English ones.
func TestForeignSentences_AreFound(t *testing.T) {
	all := pairs(t)
	for name, c := range storybook(t, "es") {
		if len(foreignSentences(readableText(parse(t, render(t, c))), "en", all)) < 5 {
			t.Errorf("in %s hardly any sentence is found to be Spanish", name)
		}
	}
	for _, text := range []string{"\nContinue\n", "\nEn 24 horas: 24 hours after the result of your request.\n"} {
		if len(foreignSentences(text, "es", all)) != 1 {
			t.Errorf("%q is not found", text)
		}
	}
}

func TestWords_AreInBothLanguages(t *testing.T) {
	files, err := filepath.Glob("*/words*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files with words: %v", err)
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

package validation

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"intake/validation/normalize"
)

// corpusCase is one line of testdata/corpus.tsv: what is typed into one box of a form that is
// otherwise right, and the answer that is documented for it.
type corpusCase struct {
	line       int
	box, typed string
	accepted   bool
	stored     string // when accepted; empty when there is no answer
	sentence   string // when refused, in English
}

func TestCorpus_IsAnsweredAsDocumented(t *testing.T) {
	cases := readCorpus(t)
	if len(cases) < 300 {
		t.Errorf("%d cases, want 300 or more", len(cases))
	}
	seen := map[string]bool{}
	for _, c := range cases {
		for _, fault := range c.faults() {
			t.Errorf("line %d, %s %.60q: %s", c.line, c.box, c.typed, fault)
		}
		key := c.box + "\t" + c.typed
		if seen[key] {
			t.Errorf("line %d, %s %.60q is there twice", c.line, c.box, c.typed)
		}
		seen[key] = true
	}
}

// The control: whatever is documented wrongly is found.
func TestCorpus_FindsWrongDocumentation(t *testing.T) {
	for _, c := range readCorpus(t) {
		for _, wrong := range []corpusCase{c.otherwise(), c.withAnotherAnswer()} {
			if len(wrong.faults()) == 0 {
				t.Errorf("line %d, %s %.60q passes as %t %.60q%.60q", c.line, c.box, c.typed, wrong.accepted, wrong.stored, wrong.sentence)
			}
		}
	}
}

func (c corpusCase) otherwise() corpusCase {
	c.accepted, c.stored, c.sentence = !c.accepted, c.sentence, c.stored
	return c
}

func (c corpusCase) withAnotherAnswer() corpusCase {
	if c.accepted {
		c.stored += "x"
	} else {
		c.sentence += "x"
	}
	return c
}

// faults is what the form does otherwise than documented.
func (c corpusCase) faults() []string {
	field, _, _ := strings.Cut(c.box, "-")
	a, errs := Parse(c.form(c.typed), consumer())
	stored := answersOf(a)[field]
	p, refused := errs.For(field)
	var faults []string
	if got := (corpusCase{c.line, c.box, c.typed, !refused, stored, p.Message.EN}); got != c {
		faults = append(faults, fmt.Sprintf("accepted: %t, stored %.60q, sentence %q; documented: %t, %.60q, %q",
			got.accepted, got.stored, got.sentence, c.accepted, c.stored, c.sentence))
	}
	if len(errs) > 1 || refused && p.Message.ES == "" {
		faults = append(faults, fmt.Sprintf("%d problems, in Spanish %q", len(errs), p.Message.ES))
	}
	if text, rule := normalize.Text(stored, len(stored)); text != stored || rule != "" {
		faults = append(faults, "what is stored is not in NFC or has what must not be stored")
	}
	if again, _ := Parse(FormOf(a), consumer()); !refused && answersOf(again)[field] != stored {
		faults = append(faults, "what is stored is read otherwise the second time")
	}
	return faults
}

// form is a form that is right but for what is typed into the box.
func (c corpusCase) form(typed string) Form {
	changes := map[string]string{c.box: typed}
	if c.box == birthBox {
		changes[birthMonth], changes[birthDay], changes[birthYear] = "", "", ""
	}
	return validForm(changes)
}

func readCorpus(t testing.TB) []corpusCase {
	t.Helper()
	data, err := os.ReadFile("testdata/corpus.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var cases []corpusCase
	for i, line := range strings.Split(string(data), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		c, err := readCase(line)
		if err != nil {
			t.Fatalf("line %d: %v", i+1, err)
		}
		c.line = i + 1
		cases = append(cases, c)
	}
	return cases
}

func readCase(line string) (corpusCase, error) {
	columns := strings.Split(line, "\t")
	if len(columns) != 4 || !isBox(columns[0]) {
		return corpusCase{}, fmt.Errorf("%d columns, the first %q", len(columns), columns[0])
	}
	c := corpusCase{box: columns[0]}
	var err error
	if c.typed, err = readText(columns[1]); err != nil {
		return c, err
	}
	switch columns[2] {
	case "accept":
		c.accepted = true
		c.stored, err = readText(columns[3])
	case "reject":
		c.sentence = columns[3]
	default:
		err = fmt.Errorf("neither accept nor reject: %q", columns[2])
	}
	return c, err
}

// isBox says whether some field has an input of that name.
func isBox(name string) bool {
	return slices.ContainsFunc(slices.Concat(Fields(), consents()), func(f Field) bool {
		return f.Name == name || slices.Contains(f.Boxes(), name)
	})
}

// readText reads strings of Go, such as "a" * 50 + "b".
func readText(expression string) (string, error) {
	var text strings.Builder
	for rest := expression; rest != ""; {
		part, err := strconv.QuotedPrefix(rest)
		if err != nil {
			return "", fmt.Errorf("%q: %w", expression, err)
		}
		rest = strings.TrimPrefix(rest, part)
		times := 1
		if behind, ok := strings.CutPrefix(rest, " * "); ok {
			digits, _, _ := strings.Cut(behind, " ")
			if times, err = strconv.Atoi(digits); err != nil {
				return "", fmt.Errorf("%q: %w", expression, err)
			}
			rest = strings.TrimPrefix(behind, digits)
		}
		rest = strings.TrimPrefix(rest, " + ")
		unquoted, err := strconv.Unquote(part)
		if err != nil {
			return "", fmt.Errorf("%q: %w", expression, err)
		}
		text.WriteString(strings.Repeat(unquoted, times))
	}
	return text.String(), nil
}

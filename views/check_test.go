package views

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"intake/internal/consent"
	"intake/validation"
	"intake/views/apply"
	"intake/views/frame"
)

// juan shares no answer with maria.
var juan = map[string]string{
	"firstName": "Juan Ángel", "lastName": "O'Brien & Sons <i>", "dateOfBirth-month": "12", "dateOfBirth-day": "1", "dateOfBirth-year": "1950",
	"email": "juan@gmial.com", "homePhone": "787-555-0199", "zipCode": "00901", "address1": "7", "city": "San Juan", "state": "TX",
}

// sharedParts are the parts of a check page that are stored once for many people.
func sharedParts(t *testing.T, c apply.Check) (found []string) {
	t.Helper()
	for _, part := range parts(t, apply.CheckPage(c)) {
		if part.Hole == consent.Shell {
			found = append(found, string(part.Bytes))
		}
	}
	return found
}

func TestCheckPage_SharedPartsAreTheSameForTwoPeople(t *testing.T) {
	for _, language := range []string{"en", "es"} {
		first := check(t, language, maria)
		first.SSNEnds = "6789"
		second := check(t, language, juan)
		second.Request, second.PageID, second.SSNGone, second.GPC = "OTHERREQUEST", "OTHERPAGE", true, true
		if diff := cmp.Diff(sharedParts(t, first), sharedParts(t, second)); diff != "" {
			t.Errorf("in %s:\n%s", language, diff)
		}
		first.Recording, second.Recording = &apply.Recording{Script: "https://a.example/x.js"}, &apply.Recording{Script: "https://a.example/x.js", Strict: true}
		if diff := cmp.Diff(sharedParts(t, first), sharedParts(t, second)); diff != "" {
			t.Errorf("recorded and sent, in %s:\n%s", language, diff)
		}
	}
}

func TestCheckPage_AnswersAreOnePartWithoutTheConsents(t *testing.T) {
	c := check(t, "en", maria)
	c.SSNEnds = "6789"
	var answerParts []string
	for _, part := range parts(t, apply.CheckPage(c)) {
		switch part.Hole {
		case consent.Answers:
			answerParts = append(answerParts, string(part.Bytes))
		case consent.Words:
			if strings.Contains(string(part.Bytes), "<") {
				t.Errorf("a part of the kind words holds an element: %s", part.Bytes)
			}
		}
	}
	if len(answerParts) != 1 {
		t.Fatalf("%d parts hold answers, want one", len(answerParts))
	}
	for _, answer := range []string{"Maria", "March 14, 1979", "maria.gonzalez79@gmail.com", "ends in 6789", "$3,200"} {
		if !strings.Contains(answerParts[0], answer) {
			t.Errorf("the answers lack %q", answer)
		}
	}
	if strings.Contains(answerParts[0], "checkbox") || strings.Contains(answerParts[0], "credit report") {
		t.Error("a consent would be erased with the answers")
	}
	if len(answerParts[0]) > 8<<10 {
		t.Errorf("the answers take %d bytes", len(answerParts[0]))
	}
}

func TestCheckPage_NamesPersonNumberAndButtonInTheTexts(t *testing.T) {
	for language, button := range map[string]string{"en": "Accept and send", "es": "Aceptar y enviar"} {
		d := parse(t, render(t, apply.CheckPage(check(t, language, maria))))
		blocks := d.classed("consent")
		if len(blocks) != 3 {
			t.Fatalf("%d consents, want 3", len(blocks))
		}
		for i, want := range [][]string{{"Maria Gonzalez", button}, nil, {"Maria Gonzalez", "(512) 555-0148", button}} {
			for _, w := range want {
				if !strings.Contains(words(blocks[i]), w) {
					t.Errorf("consent %d in %s does not name %q", i, language, w)
				}
			}
			var boxes []string
			for n := range blocks[i].Descendants() {
				if attr(n, "type") == "checkbox" {
					boxes = append(boxes, attr(n, "name"))
				}
			}
			if want := [...]string{validation.ConsentCredit, validation.ConsentTerms, validation.ConsentMarketing}[i]; !slices.Equal(boxes, []string{want}) {
				t.Errorf("consent %d has the boxes %q, want its own", i, boxes)
			}
		}
		send := d.classed("send")[0]
		sentence := words(send.FirstChild)
		if !strings.Contains(sentence, button) || words(send.LastChild) != button {
			t.Errorf("above the button %q is %q", words(send.LastChild), sentence)
		}
	}
}

// Whoever hears the page alone knows of each consent how many there are, and whether it is required.
func TestCheckPage_RanksTheConsentsAndSaysEachInPlainWordsFirst(t *testing.T) {
	for language, want := range map[string][]string{
		"en": {"1 of 3 · Required Your permission for a credit check", "2 of 3 · Required Terms and privacy", "3 of 3 · Optional Calls and texts about debt relief"},
		"es": {"1 de 3 · Obligatorio Su permiso para una consulta de crédito", "2 de 3 · Obligatorio Términos y privacidad", "3 de 3 · Opcional Llamadas y mensajes sobre alivio de deudas"},
	} {
		c := check(t, language, maria)
		d := parse(t, render(t, apply.CheckPage(c)))
		for i, block := range d.classed("consent") {
			if got := words(block.FirstChild); got != want[i] || block.FirstChild.Data != "h3" {
				t.Errorf("the heading is %q in a %s, want %q", got, block.FirstChild.Data, want[i])
			}
			if got, summary := words(block.FirstChild.NextSibling), c.Texts.For(language, consent.Names{})[i].Summary; got != summary || summary == "" {
				t.Errorf("under the heading stands %q, want %q", got, summary)
			}
		}
	}
}

func TestCheckPage_NeverShowsTheSSN(t *testing.T) {
	c := check(t, "en", withAnswers(maria, "socialSecurityNumber", "123-45-6789"))
	c.SSNEnds = "6789"
	page := render(t, apply.CheckPage(c))
	for _, number := range []string{"123456789", "123-45-6789", "123-45", "12345"} {
		if strings.Contains(page, number) {
			t.Errorf("the page holds %q", number)
		}
	}
	for _, n := range parse(t, page).all("dd") {
		if strings.Contains(words(n), "6789") && attr(n, "data-tf-sensitive") != "true" {
			t.Error("the last digits are not marked for the recording")
		}
	}
	if !strings.Contains(page, "the number that ends in 6 7 8 9") {
		t.Error("a screen reader would read the digits as one number")
	}
}

func TestCheckPage_WritesAnswersAsPeopleDoInFewLines(t *testing.T) {
	for language, want := range map[string][][2]string{
		"en": {
			{"You owe", "$15,000"},
			{"Name", "Maria Gonzalez"}, {"Born", "March 14, 1979"}, {"Email", "maria.gonzalez79@gmail.com"}, {"Phone", "(512) 555-0148"}, {"Cell phone", "(737) 555-0112"},
			{"Address", "4120 Bluebonnet Ln, Apt 3, Austin, TX 78745"}, {"Home", "I rent · 2 years · $1,250 a month"},
			{"Income", "Employed · Every two weeks · $3,200 a month before taxes"}, {"Employer", "Bluebonnet Bakery · 4 years 6 months"},
		},
		"es": {
			{"Debe", "$15,000"},
			{"Nombre", "Maria Gonzalez"}, {"Nacimiento", "14 de marzo de 1979"}, {"Correo", "maria.gonzalez79@gmail.com"}, {"Teléfono", "(512) 555-0148"}, {"Celular", "(737) 555-0112"},
			{"Dirección", "4120 Bluebonnet Ln, Apt 3, Austin, TX 78745"}, {"Vivienda", "Rento o alquilo · 2 años · $1,250 al mes"},
			{"Ingresos", "Empleo · Cada dos semanas · $3,200 al mes antes de impuestos"}, {"Empleador", "Bluebonnet Bakery · 4 años 6 meses"},
		},
	} {
		var got [][2]string
		for _, row := range parse(t, render(t, apply.CheckPage(check(t, language, maria)))).classed("row") {
			got = append(got, [2]string{words(row.FirstChild), words(row.FirstChild.NextSibling)})
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestCheckPage_LeavesOutOfALineWhatWasNotAnswered(t *testing.T) {
	c := check(t, "en", withAnswers(minimal(), "monthlyRent", "900", "monthsAtEmployer", "6"))
	got := map[string]string{}
	for _, row := range parse(t, render(t, apply.CheckPage(c))).classed("row") {
		got[words(row.FirstChild)] = words(row.LastChild)
	}
	for label, want := range map[string]string{"Address": "4120 Bluebonnet Ln, Austin, TX 78745", "Home": "$900 a month", "Employer": "6 months", "Income": "", "You owe": ""} {
		if got[label] != want {
			t.Errorf("%s is %q, want %q", label, got[label], want)
		}
	}
}

func TestCheckPage_WarningsStandBesideTheirAnswersAndLinkToThem(t *testing.T) {
	c := check(t, "en", doubtful)
	d := parse(t, render(t, apply.CheckPage(c)))
	if len(c.Warnings) < 6 {
		t.Fatalf("%d warnings are too few", len(c.Warnings))
	}
	var said []string
	for _, n := range d.classed("warning") {
		said = append(said, strings.TrimSpace(n.FirstChild.Data))
		link := n.LastChild
		path, box, _ := strings.Cut(attr(link, "href"), "#")
		if !slices.Contains(boxesAt(path), box) {
			t.Errorf("%q links to %q, where no such box is", said[len(said)-1], attr(link, "href"))
		}
	}
	var want []string
	for _, w := range c.Warnings {
		want = append(want, w.Message.EN)
	}
	slices.Sort(said)
	slices.Sort(want)
	if diff := cmp.Diff(want, said); diff != "" {
		t.Error(diff)
	}
}

func TestCheckPage_AsksForARecordingOnlyWhenThereIsOne(t *testing.T) {
	plain := render(t, apply.CheckPage(check(t, "en", maria)))
	for _, sign := range []string{"recording", "xxTrustedForm", "trustedform"} {
		if strings.Contains(plain, sign) {
			t.Errorf("without a recording the page says %q", sign)
		}
	}
	c := check(t, "en", maria)
	c.Recording = &apply.Recording{Script: "https://api.trustedform.com/trustedform.js", Strict: true}
	recorded := render(t, apply.CheckPage(c))
	notice, script := strings.Index(recorded, "This visit is recorded"), strings.Index(recorded, "data-recording=")
	if notice < 0 || script < notice || !strings.Contains(recorded, `name="xxTrustedFormCertUrl"`) || !strings.Contains(recorded, `data-strict="true"`) {
		t.Error("the notice does not come first, or the form does not ask for the certificate")
	}
}

// boxesAt are the boxes of the step that is shown at a path.
func boxesAt(path string) (boxes []string) {
	if path == "/" {
		path = apply.StepPath(apply.StepDebt)
	}
	for number := apply.StepDebt; number <= apply.StepIncome; number++ {
		for _, f := range apply.StepFields(frame.Site{}, number) {
			if apply.StepPath(number) == path {
				boxes = append(boxes, f.Boxes()...)
			}
		}
	}
	return boxes
}

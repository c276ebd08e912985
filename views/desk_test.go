package views

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"intake/internal/consent"
	"intake/internal/staff"
	"intake/validation"
	"intake/views/desk"
	"intake/views/frame"
)

// caller is Maria as an agent types her.
var caller = map[string]string{
	"firstName": "maria", "lastName": "gonzalez", "dateOfBirth": "3/14/79", "email": "maria.gonzalez79@gmail.com", "homePhone": "5125550148",
	"address1": "4120 bluebonnet ln", "zipCode": "78745", "city": "Austin", "state": "TX",
}

// deskRules are those of the desk.
var deskRules = validation.Options{Today: today, Desk: true, Asked: validation.Desk | validation.DeskMore}

// deskPage is the desk with what an agent has typed, as the handler makes it.
func deskPage(t *testing.T, typed map[string]string) *desk.Page {
	t.Helper()
	names := consent.Names{Seller: page("en").Seller, Contact: page("en").Phone}
	applicant, _ := validation.Parse(validation.NewForm(typed), deskRules)
	p := &desk.Page{
		StaffPage: frame.StaffPage{Site: page("en").Site, Person: staff.Person{Key: "issuer|dana", Name: "Dana", Roles: []staff.Role{staff.Agent}}, Path: "/desk", Clock: frame.Clock{Now: noon, Zone: zoneOfStories}},
		Token:     "HANDLE.PROOF", Form: validation.NewForm(typed), Notes: map[string]desk.Note{},
		Call: desk.Call{
			Offered: true, Language: "en", State: applicant.State.Reveal(), Given: map[consent.Purpose]string{},
			Lines: texts(t).Script("en", "", names), Spanish: texts(t).Script("es", "", names),
		},
	}
	for _, f := range validation.Asked(deskRules.Asked) {
		if said := validation.ReadBack(f.Name, applicant, today); said != "" && said != typed[f.Name] {
			p.Notes[f.Name] = desk.Note{Text: said}
		}
	}
	for _, w := range validation.Warnings(applicant, deskRules) {
		p.Notes[w.Field] = desk.Note{Text: w.Message.EN, Warning: true}
	}
	if city, state, known := validation.PlaceOf(typed["zipCode"]); known {
		p.Place = desk.Place{ZIP: typed["zipCode"], City: city, State: state}
		p.Clock = desk.Clock{Local: "12:05 PM CST", State: "Texas"}
	}
	return p
}

// withErrors is the page as it is shown again.
func withErrors(t *testing.T, p *desk.Page, typed map[string]string) *desk.Page {
	t.Helper()
	_, errs := validation.Parse(validation.NewForm(typed), deskRules)
	if p.Errors = desk.InOrder(errs); len(errs) == 0 {
		t.Fatal("there are no errors")
	}
	return p
}

var earlier = desk.Matches{All: []desk.Match{
	{Same: "phone", Ago: "2 days ago", Agent: "Omar", Result: 1014},
	{Same: "phone and email", Ago: "21 days ago", Path: "/desk/leads/LEAD"},
}}

// deskStories is the desk in every state, by the name of its golden file.
func deskStories(t *testing.T) map[string]templ.Component {
	all := map[string]templ.Component{"desk-empty.html": desk.DeskPage(deskPage(t, nil))}
	all["desk-filled.html"] = desk.DeskPage(filledDesk(t))
	everyWrong := map[string]string{}
	for _, f := range validation.Asked(deskRules.Asked) {
		everyWrong[f.Name] = "\u202e"
	}
	all["desk-every-wrong.html"] = desk.DeskPage(withErrors(t, deskPage(t, everyWrong), everyWrong))
	all["desk-required.html"] = desk.DeskPage(withErrors(t, deskPage(t, nil), nil))
	doubted := withAnswers(caller, "firstName", "mar1a", "email", "maria@gmial.com", "homePhone", "8005550148", "address1", "4120", "state", "CA", "estimatedDebt", "1500000", "monthlyIncome", "320000")
	doubtfulPage := deskPage(t, doubted)
	doubtfulPage.Clock.Quiet = true
	doubtfulPage.Matches = earlier
	all["desk-doubtful.html"] = desk.DeskPage(doubtfulPage)
	waiting := filledDesk(t)
	waiting.Call.ID, waiting.Call.Given[consent.Credit] = "", ""
	waiting.Outcome = &desk.Outcome{Kind: desk.Awaiting, ID: "LEAD", Missing: []string{"the call id", desk.Missing(consent.Credit)}}
	all["desk-awaiting-consent.html"] = desk.DeskPage(waiting)
	spanish := filledDesk(t)
	spanish.Call.Language = "es"
	all["desk-spanish.html"] = desk.DeskPage(spanish)
	offered := deskPage(t, nil)
	offered.Offer = desk.Offer{Token: "HANDLE.PROOF", At: noon}
	all["desk-offer.html"] = desk.DeskPage(offered)
	changed := filledDesk(t)
	changed.Outcome = &desk.Outcome{Kind: desk.Changed, ID: "LEAD"}
	all["desk-changed.html"] = desk.DeskPage(changed)
	for name, o := range map[string]desk.Outcome{
		"already-sent": {Kind: desk.AlreadySent, ID: "LEAD"}, "expired": {Kind: desk.Expired, ID: "LEAD"}, "opted-out": {Kind: desk.OptedOut, ID: "LEAD"},
		"closed": {Kind: desk.Closed, ID: "LEAD"}, "consent-not-saved": {Kind: desk.NotSaved, ID: "LEAD"}, "no-route": {Kind: desk.Awaiting, ID: "LEAD", NoRoute: true},
	} {
		late := filledDesk(t)
		late.Outcome = &o
		all["desk-"+name+".html"] = desk.DeskPage(late)
	}
	again := filledDesk(t)
	again.Call.State, again.Call.Again, again.Call.Given[consent.Credit] = "CA", []consent.Purpose{consent.Credit}, ""
	all["desk-read-again.html"] = desk.DeskPage(again)
	notSaved := filledDesk(t)
	notSaved.Outcome = &desk.Outcome{Kind: desk.NotSaved}
	all["desk-not-saved.html"] = desk.DeskPage(notSaved)
	sent := filledDesk(t)
	sent.Outcome = &desk.Outcome{Kind: desk.Saved, ID: "LEAD", Warnings: []string{"Email: Did you mean gmail.com?"}, Matches: earlier}
	all["desk-saved.html"] = desk.DeskPage(sent)
	closed := deskPage(t, nil)
	closed.Call.Offered, closed.AskSSN, closed.HelpOff, closed.Matches.Failed = false, true, true, true
	all["desk-no-recorded-call.html"] = desk.DeskPage(closed)
	hostilePage := map[string]string{
		"firstName": hostile["firstName"], "lastName": hostile["lastName"], "email": hostile["email"], "homePhone": hostile["homePhone"],
		"dateOfBirth": "<!--", "callId": `"><script>alert(1)</script>`,
	}
	wild := withErrors(t, deskPage(t, hostilePage), hostilePage)
	wild.Call.ID = hostilePage["callId"]
	all["desk-hostile.html"] = desk.DeskPage(wild)
	old := filledDesk(t)
	old.FromOldPage = true
	all["desk-from-old-page.html"] = desk.DeskPage(old)
	refused := deskPage(t, nil)
	refused.Prefill, refused.Offer = desk.PrefillUsed, desk.Offer{Token: "HANDLE.PROOF", At: noon}
	all["desk-prefill-refused.html"] = desk.DeskPage(refused)
	prefilled := deskPage(t, map[string]string{"homePhone": "512-555-0148"})
	prefilled.Call.ID, prefilled.Source, prefilled.HasDraft, prefilled.SavedAt = "C-1047", "radio-spring", true, noon
	all["desk-prefilled.html"] = desk.DeskPage(prefilled)
	others := deskPage(t, nil)
	others.Outcome = &desk.Outcome{Kind: desk.NotYours}
	all["desk-not-yours.html"] = desk.DeskPage(others)
	return all
}

// filledDesk is the desk before the lead is sent.
func filledDesk(t *testing.T) *desk.Page {
	p := deskPage(t, withAnswers(caller, "estimatedDebt", "15k"))
	p.Call.ID = "C-20261122-0042"
	p.Call.Given = map[consent.Purpose]string{consent.Recording: "yes", consent.Credit: "yes", consent.Terms: "yes", consent.Marketing: "no"}
	p.HasDraft, p.SavedAt = true, noon
	return p
}

func TestDeskPages_MatchTheGoldenFiles(t *testing.T) {
	all := deskStories(t)
	for name, c := range all {
		path := filepath.Join("testdata", "desk", name)
		got := assets.ReplaceAllString(render(t, c), `../static/$1.$2`)
		if *update {
			write(t, path, got)
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatalf("%v (go test ./views -update writes it)", err)
		}
		if diff := cmp.Diff(string(want), got); diff != "" {
			t.Errorf("%s (go test ./views -update, when this is meant):\n%s", name, diff)
		}
	}
	files, err := filepath.Glob("testdata/desk/*.html")
	if err != nil || len(files) != len(all) {
		t.Errorf("%d golden files for %d pages: %v", len(files), len(all), err)
	}
}

func TestDeskPages_ObeyTheLaws(t *testing.T) {
	for name, c := range deskStories(t) {
		t.Run(name, func(t *testing.T) {
			d := parse(t, render(t, c))
			d.everyInputHasALabel(t)
			d.everyReferenceResolves(t)
			d.nothingIsInline(t)
			d.nothingIsLoadedFromOtherSites(t)
			d.oneMainHeading(t)
			d.everyFormOfTheStaffHasTheToken(t)
			d.errorsStandAboveAndBesideInTheSameWords(t)
		})
	}
}

func TestDesk_TheTabKeyFollowsTheScript(t *testing.T) {
	d := parse(t, render(t, desk.DeskPage(deskPage(t, nil))))
	var order []string
	for _, n := range d.all("input", "select", "summary", "button") {
		name := attr(n, "name")
		switch {
		case attr(n, "type") == "hidden" || slices.Contains(order, name):
		case n.Data == "summary" && attr(n.Parent, "class") == "more":
			order = append(order, "More")
		case n.Data == "button" && attr(n, "id") == "send":
			order = append(order, "send")
		case name != "" && inForm(n) && !inMore(n):
			order = append(order, name)
		}
	}
	want := []string{
		"firstName", "lastName", "dateOfBirth", "email", "homePhone", "address1", "zipCode", "city", "state", "estimatedDebt", "More",
		"callId", "line-recording", "line-credit", "line-terms", "line-marketing", "send",
	}
	if diff := cmp.Diff(want, order); diff != "" {
		t.Error(diff)
	}
}

func within(n *html.Node, is func(*html.Node) bool) bool {
	for up := n.Parent; up != nil; up = up.Parent {
		if is(up) {
			return true
		}
	}
	return false
}

func inForm(n *html.Node) bool {
	return within(n, func(up *html.Node) bool { return attr(up, "id") == "answers" })
}

func inMore(n *html.Node) bool {
	return within(n, func(up *html.Node) bool { return attr(up, "class") == "more" })
}

func TestDesk_AsksForEveryFieldOfItsSurfaces(t *testing.T) {
	p := deskPage(t, nil)
	p.AskSSN = true
	boxes := boxesOn(parse(t, render(t, desk.DeskPage(p))))
	for _, f := range validation.Asked(validation.Desk | validation.DeskMore | validation.DeskSSN) {
		if !slices.Contains(boxes, f.Name) {
			t.Errorf("there is no box for %s", f.Name)
		}
	}
	p.AskSSN = false
	if boxes := boxesOn(parse(t, render(t, desk.DeskPage(p)))); slices.Contains(boxes, "socialSecurityNumber") {
		t.Error("the number is asked for although the desk must not")
	}
}

// Each input can be found by the name of its field, and no browser remembers what is in it.
func TestDesk_InputsHaveTheirNamesAndAreNotRemembered(t *testing.T) {
	d := parse(t, render(t, desk.DeskPage(filledDesk(t))))
	for _, n := range d.all("input", "select") {
		typed := attr(n, "type") == "text" || n.Data == "select"
		if typed && (attr(n, "id") != attr(n, "name") || attr(n, "autocomplete") != "off") {
			t.Errorf("%s has the id %q and autocomplete %q", attr(n, "name"), attr(n, "id"), attr(n, "autocomplete"))
		}
	}
}

func TestDesk_NeverShowsTheSSN(t *testing.T) {
	typed := withAnswers(caller, "socialSecurityNumber", "123-45-6789", "email", "maria")
	p := withErrors(t, deskPage(t, typed), typed)
	p.AskSSN = true
	p.Notes["socialSecurityNumber"] = desk.Note{Text: "valid, ends 6789"}
	if page := render(t, desk.DeskPage(p)); strings.Contains(page, "123-45") || strings.Contains(page, "123456789") {
		t.Error("the page holds the number")
	}
}

func TestDesk_TheKeysOfTheDocumentAreThoseOfThePage(t *testing.T) {
	body, err := os.ReadFile("../docs/desk.md")
	if err != nil {
		t.Fatal(err)
	}
	d := parse(t, render(t, desk.DeskPage(deskPage(t, nil))))
	keys := 0
	for _, n := range d.all("kbd") {
		keys++
		if !strings.Contains(string(body), "| `"+words(n)+"` |") {
			t.Errorf("docs/desk.md does not tell the key %s", words(n))
		}
	}
	if keys < 8 {
		t.Errorf("%d keys are printed", keys)
	}
}

func TestDesk_ErrorsAreInTheOrderOfThePage(t *testing.T) {
	_, errs := validation.Parse(validation.Form{}, deskRules)
	var got []string
	for _, e := range desk.InOrder(errs) {
		got = append(got, e.Field)
	}
	want := []string{"firstName", "lastName", "dateOfBirth", "email", "homePhone", "address1", "zipCode", "city", "state"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

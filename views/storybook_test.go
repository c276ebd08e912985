package views

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/a-h/templ"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/validation"
	"intake/views/apply"
	"intake/views/frame"
	"intake/views/handoff"
	"intake/views/legal"
	"intake/views/optout"
	"intake/views/status"
)

// today is the date of the storybook.
var today = lead.Date{Year: 2026, Month: time.November, Day: 22}

// noon is shortly after twelve on that day where Maria lives.
var noon = time.Date(2026, 11, 22, 12, 5, 0, 0, time.FixedZone("CST", -6*60*60))

// facts stand at the foot of every page.
var facts = map[string][]frame.Fact{
	"en": {{Name: "Hours", Text: "Monday to Friday, 9 a.m. to 6 p.m. Eastern Time (sample)"}, {Name: "Languages", Text: "English and Spanish (sample)"}, {Name: "Licenses", Text: "License numbers stand here (sample)"}},
	"es": {{Name: "Horario", Text: "De lunes a viernes, de 9 a.m. a 6 p.m., hora del este (ejemplo)"}, {Name: "Idiomas", Text: "Español e inglés (ejemplo)"}, {Name: "Licencias", Text: "Aquí van los números de licencia (ejemplo)"}},
}

func page(language string) frame.Page {
	return frame.Page{
		Site:     frame.Site{Brand: "Clearwater Relief (sample)", Seller: "Clearwater Relief LLC (sample)", Phone: "(512) 555-0100", Address: "100 Example Street, Austin, TX 78701 (sample)", Environment: "simulator", PublicURL: "https://intake.example", Facts: facts},
		Language: language,
	}
}

func texts(t *testing.T) consent.Texts {
	t.Helper()
	texts, err := consent.Load(consent.BuiltIn())
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

// maria has typed something into every box but those about a loan and the SSN.
var maria = map[string]string{
	"estimatedDebt": "15000", "firstName": "Maria", "lastName": "Gonzalez",
	"dateOfBirth-month": "3", "dateOfBirth-day": "14", "dateOfBirth-year": "1979",
	"email": "maria.gonzalez79@gmail.com", "homePhone": "512-555-0148", "cellPhone": "(737) 555-0112",
	"zipCode": "78745", "address1": "4120 Bluebonnet Ln", "address2": "Apt 3", "city": "Austin", "state": "TX",
	"residenceTypeId": "2", "monthsAtAddress": "2 years", "monthlyRent": "1,250",
	"incomeSourceId": "1", "payFrequencyId": "2", "monthlyIncome": "3,200", "employerName": "Bluebonnet Bakery", "monthsAtEmployer": "4 years 6 months",
}

// withAnswers is a copy of typed with other answers, given as pairs of box and answer.
func withAnswers(typed map[string]string, changes ...string) map[string]string {
	changed := maps.Clone(typed)
	for i := 0; i < len(changes); i += 2 {
		changed[changes[i]] = changes[i+1]
	}
	return changed
}

// errorsIn are the errors of a step.
func errorsIn(t *testing.T, number int, typed map[string]string) validation.Errors {
	t.Helper()
	return validation.ParseStep(validation.NewForm(typed), validation.Options{Today: today}, validation.Steps()[number-1]...)
}

func landing(t *testing.T, language string, typed map[string]string) apply.Landing {
	t.Helper()
	questions, _ := texts(t).Document(consent.Questions, language, consent.Names{Seller: page(language).Seller, Contact: page(language).Phone})
	return apply.Landing{
		Page: page(language), Questions: questions, Shown: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", Origin: "ORIGIN",
		Form: validation.NewForm(typed), Errors: errorsIn(t, apply.StepDebt, typed),
	}
}

// withLoan is the landing page of a site that asks about a loan too.
func withLoan(t *testing.T, language string, typed map[string]string) apply.Landing {
	t.Helper()
	l := landing(t, language, typed)
	l.LoanFields = true
	return l
}

func stepOf(language string, number int, typed map[string]string) apply.Step {
	return apply.Step{Page: page(language), Number: number, Form: validation.NewForm(typed)}
}

// stepWithErrors is a step as it is shown again.
func stepWithErrors(t *testing.T, language string, number int, typed map[string]string) apply.Step {
	t.Helper()
	s := stepOf(language, number, typed)
	if s.Errors = errorsIn(t, number, typed); len(s.Errors) == 0 {
		t.Fatalf("step %d has no errors", number)
	}
	return s
}

func check(t *testing.T, language string, typed map[string]string) apply.Check {
	t.Helper()
	rules := validation.Options{Today: today, Phone: page(language).Phone}
	applicant, problems := validation.Parse(validation.NewForm(withAnswers(typed, validation.ConsentTerms, "yes")), rules)
	if len(problems) > 0 {
		t.Fatalf("the answers have errors: %v", problems)
	}
	return apply.Check{
		Page: page(language), Request: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", PageID: "PAGEPAGEPAGEPAGEPAGEPAGEPA",
		Applicant: applicant, Warnings: validation.Warnings(applicant, rules), Texts: texts(t),
	}
}

// minimal has the required answers only.
func minimal() map[string]string {
	typed := map[string]string{}
	for name, answer := range maria {
		for _, f := range validation.Asked(validation.Consumer) {
			if f.Required && slices.Contains(f.Boxes(), name) {
				typed[name] = answer
			}
		}
	}
	return typed
}

// doubtful is valid and brings many warnings.
var doubtful = withAnswers(maria, "firstName", "Mar1a", "email", "maria@gmial.com", "homePhone", "800-555-0148", "address1", "4120", "state", "CA",
	"estimatedDebt", "1500000", "monthlyRent", "125000", "monthlyIncome", "320000", "zipCode", "78745")

// hostile tries to break out of every kind of box.
var hostile = map[string]string{
	"firstName": `"><script>alert(1)</script>`, "lastName": `</title><img src=x onerror=alert(1)>`, "email": "javascript:alert(1)",
	"homePhone": `' onfocus=alert(1) x='`, "dateOfBirth-month": `<!--`, "dateOfBirth-day": `{{7*7}}`, "dateOfBirth-year": `]]>`,
}

// everyBoxWrong has a character in every box that no answer may have: a right-to-left override.
func everyBoxWrong(number int) map[string]string {
	typed := map[string]string{}
	for _, f := range apply.StepFields(loanSite, number) {
		for _, box := range f.Boxes() {
			typed[box] = "\u202e"
		}
	}
	return typed
}

// storybook is every page in every state, by the name of its golden file without language and extension.
func storybook(t *testing.T, language string) map[string]templ.Component {
	all := map[string]templ.Component{}
	landingStories(t, language, all)
	stepStories(t, language, all)
	checkStories(t, language, all)
	laterStories(language, all)
	otherStories(t, language, all)
	return all
}

func landingStories(t *testing.T, language string, all map[string]templ.Component) {
	all["landing"] = apply.LandingPage(landing(t, language, nil))
	continued := landing(t, language, maria)
	continued.Continue = true
	all["landing-begun"] = apply.LandingPage(continued)
	all["landing-wrong"] = apply.LandingPage(landing(t, language, map[string]string{"estimatedDebt": "a lot"}))
	gone := landing(t, language, nil)
	gone.Notice = apply.DraftExpired
	all["landing-draft-gone"] = apply.LandingPage(gone)
	blocked := landing(t, language, nil)
	blocked.Notice = apply.NoCookie
	all["landing-no-cookie"] = apply.LandingPage(blocked)
	sent := apply.Sent{StatusPath: page(language).Link("/status/HANDLE"), At: noon}
	returned := landing(t, language, nil)
	returned.Sent = &sent
	all["landing-sent"] = apply.LandingPage(returned)
	for name, s := range map[string]apply.AlreadySent{
		"sent": {Sent: sent}, "sent-unchanged": {Sent: sent, Unchanged: true}, "sent-long-ago": {Unchanged: true},
	} {
		s.Page = page(language)
		s.Path = "/apply/check"
		all[name] = apply.AlreadySentPage(s)
	}
	notKept := landing(t, language, maria)
	notKept.Notice = apply.AnswersNotSaved
	all["landing-not-kept"] = apply.LandingPage(notKept)
	recorded := landing(t, language, nil)
	recorded.GPC, recorded.Environment = true, "production"
	if notice, ok := texts(t).Recording(language, consent.Names{Seller: recorded.Seller}); ok {
		recorded.Recording = &notice
	}
	all["landing-recorded-gpc"] = apply.LandingPage(recorded)
	all["landing-loan"] = apply.LandingPage(withLoan(t, language, withAnswers(maria, "loanAmount", "8000", "loanPurposeId", "3")))
	all["landing-loan-every-wrong"] = apply.LandingPage(withLoan(t, language, everyBoxWrong(apply.StepDebt)))
}

func stepStories(t *testing.T, language string, all map[string]templ.Component) {
	for number, name := range map[int]string{apply.StepYou: "step-2-you", apply.StepHome: "step-3-home", apply.StepIncome: "step-4-income"} {
		all[name] = apply.StepPage(stepOf(language, number, nil))
		all[name+"-typed"] = apply.StepPage(stepOf(language, number, maria))
		all[name+"-every-wrong"] = apply.StepPage(stepWithErrors(t, language, number, everyBoxWrong(number)))
		if number != apply.StepIncome {
			all[name+"-empty"] = apply.StepPage(stepWithErrors(t, language, number, nil))
		}
		changed := stepOf(language, number, maria)
		changed.Checked = true
		all[name+"-changed"] = apply.StepPage(changed)
		notKept := stepOf(language, number, maria)
		notKept.Notice = apply.AnswersNotSaved
		all[name+"-not-kept"] = apply.StepPage(notKept)
	}
	all["step-2-you-hostile"] = apply.StepPage(stepWithErrors(t, language, apply.StepYou, hostile))
	kept := stepOf(language, apply.StepIncome, maria)
	kept.SSNEnds = "6789"
	all["step-4-income-number-kept"] = apply.StepPage(kept)
	removed := stepOf(language, apply.StepIncome, maria)
	removed.Notice = apply.NumberRemoved
	all["step-4-income-number-removed"] = apply.StepPage(removed)
	all["step-4-income-number-wrong"] = apply.StepPage(stepWithErrors(t, language, apply.StepIncome, withAnswers(maria, "socialSecurityNumber", "666-45-6789")))
}

func laterStories(language string, all map[string]templ.Component) {
	sent := stepOf(language, apply.StepHome, maria)
	sent.Sent, sent.Checked = true, true
	all["step-3-home-sent"] = apply.StepPage(sent)
	p, until := page(language), noon.Add(lead.ReturnKept+time.Hour)
	all["later"] = apply.ReturnLinkPage(apply.ReturnLink{Page: p, Address: p.PublicURL + p.Link("/apply/return/ABCDEFGHIJKLMNOPQRSTUVWXYZ"), Until: until})
	p.Path = "/apply/return/ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	all["return"] = apply.ReturnPage(p, until)
	all["return-ended"], all["return-sent"] = apply.ReturnEndedPage(p), apply.ReturnSentPage(p)
	all["not-cleared"] = apply.NotClearedPage(p)
	cleared := apply.Landing{Page: page(language), Shown: "ABCDEFGHIJKLMNOPQRSTUVWXYZ", Origin: "ORIGIN", Notice: apply.AnswersCleared}
	all["landing-cleared"] = apply.LandingPage(cleared)
}

func checkStories(t *testing.T, language string, all map[string]templ.Component) {
	full := check(t, language, maria)
	full.SSNEnds = "6789"
	all["check"] = apply.CheckPage(full)
	loan := check(t, language, withAnswers(maria, "loanAmount", "8000", "loanPurposeId", "3"))
	loan.LoanFields = true
	all["check-loan"] = apply.CheckPage(loan)
	all["check-minimal"] = apply.CheckPage(check(t, language, minimal()))
	all["check-doubtful"] = apply.CheckPage(check(t, language, doubtful))
	gone := check(t, language, maria)
	gone.SSNGone = true
	all["check-number-gone"] = apply.CheckPage(gone)
	unchecked := check(t, language, maria)
	_, unchecked.Errors = validation.Parse(validation.NewForm(maria), validation.Options{Today: today, Phone: unchecked.Page.Phone, RequireCredit: true})
	unchecked.Notice = apply.BoxesEmptyAgain
	all["check-not-agreed"] = apply.CheckPage(unchecked)
	optional := check(t, language, maria)
	_, optional.Errors = validation.Parse(validation.NewForm(maria), validation.Options{Today: today, Phone: optional.Page.Phone})
	optional.CreditOptional, optional.Notice = true, apply.BoxesEmptyAgain
	all["check-not-agreed-credit-optional"] = apply.CheckPage(optional)
	notSaved := check(t, language, maria)
	notSaved.Notice = apply.RequestNotSaved
	all["check-not-saved"] = apply.CheckPage(notSaved)
	recorded := check(t, language, maria)
	recorded.Recording, recorded.GPC = &apply.Recording{Script: "https://api.trustedform.com/trustedform.js", Strict: true}, true
	all["check-recorded-gpc"] = apply.CheckPage(recorded)
}

func otherStories(t *testing.T, language string, all map[string]templ.Component) {
	statusStories(t, language, all)
	optOut := page(language)
	optOut.Path = "/opt-out"
	all["opt-out"] = optout.Page(optout.Form{Page: optOut})
	all["opt-out-wrong"] = optout.Page(optout.Form{Page: optOut, Typed: "maria", Invalid: true})
	all["opt-out-not-recorded"] = optout.Page(optout.Form{Page: optOut, Typed: "512-555-0148", Notice: optout.NotRecorded})
	optOut.Path = "/opt-out/done"
	all["opt-out-done"] = optout.Page(optout.Form{Page: optOut, Done: true})
	linkStories(t, language, all)
	for path, id := range map[string]string{"privacy": consent.PrivacyNotice, "terms": consent.TermsOfUse} {
		d := legal.Document{Page: page(language)}
		d.Path = "/" + path
		d.Contents, d.Version = texts(t).Document(id, language, consent.Names{Seller: d.Seller, Contact: d.Phone})
		all[path] = legal.Page(d)
	}
	for _, code := range problemStatuses(t) {
		all[fmt.Sprint("problem-", code)] = frame.ProblemPage(frame.Problem{Page: page(language), Status: code, Reference: "REFERENCE"})
	}
}

// progress is a request in a state, whose person may be called.
func progress(language string, state status.State) status.Progress {
	s := status.Progress{Page: page(language), State: state, Reference: "K7PM-3XRT", SentAt: noon, EventsPath: "/status/HANDLE/events", Marketing: true}
	s.Path = "/status/HANDLE"
	switch {
	case state == status.Received:
		s.Refresh = 15
	case state == status.Checking:
		s.AtPartner = noon.Add(time.Second)
	case state.Final():
		s.ResultAt = noon.Add(time.Minute)
	}
	return s
}

func statusStories(t *testing.T, language string, all map[string]templ.Component) {
	for _, state := range []status.State{status.Received, status.Checking, status.Slow, status.Qualified, status.Finished} {
		all["status-"+string(state)] = status.Page(progress(language, state))
	}
	silent := progress(language, status.Qualified)
	silent.Marketing = false
	all["status-qualified-no-calls"] = status.Page(silent)
	told := progress(language, status.Finished)
	told.Notice = consent.Contents{Title: "Notice", Passages: []consent.Passage{{Heading: "Notice", Paragraphs: []string{"Counsel writes it."}}}}
	all["status-finished-notice"] = status.Page(told)
	agreement := status.Agreement{Page: page(language), StatusPath: page(language).Link("/status/HANDLE"), At: noon, Reference: "K7PM-3XRT"}
	agreement.Path = "/status/HANDLE/agreement"
	names := consent.Names{Seller: agreement.Seller, Contact: agreement.Phone, Name: "M. G.", Phone: "xxx-xxx-0148"}
	acts := texts(t).Acts(language)
	if notice, ok := texts(t).RecordingAct(language); ok {
		acts = append(acts, notice)
	}
	for i, act := range acts {
		act.Given = i < 2
		text, _ := texts(t).Agreed(act, names)
		agreement.Acts = append(agreement.Acts, status.Agreed{Act: act, Text: text})
	}
	all["agreement"] = status.AgreementPage(agreement)
	gone := agreement
	gone.Acts = []status.Agreed{{Act: acts[0]}}
	all["agreement-words-gone"] = status.AgreementPage(gone)
}

// problemStatuses are the HTTP statuses whose problem page has words of its own, and one of the others.
func problemStatuses(t *testing.T) []int {
	t.Helper()
	draw := func(status int) string {
		return render(t, frame.ProblemPage(frame.Problem{Page: page("en"), Status: status}))
	}
	statuses := []int{http.StatusInternalServerError}
	for status := 400; status < 600; status++ {
		if draw(status) != draw(http.StatusInternalServerError) {
			statuses = append(statuses, status)
		}
	}
	return statuses
}

// linkStories are the pages of a link with which a person agrees on their own phone.
func linkStories(t *testing.T, language string, all map[string]templ.Component) {
	p := page(language)
	p.Path = ""
	link := handoff.Consents{
		Page: p, PageID: "PAGE2222PAGE2222PAGE.PROOF", FirstName: lead.Keep("Maria"), LastName: lead.Keep("Gonzalez"), Phone: lead.Keep("5125550148"), Texts: texts(t),
	}
	all["link"] = handoff.ConsentPage(link)
	link.Asks = lead.Asked{DateOfBirth: true, SSN: true}
	all["link-private"] = handoff.ConsentPage(link)
	link.Form = validation.NewForm(map[string]string{"dateOfBirth-day": "6", "socialSecurityNumber": "typed"})
	link.Errors = validation.ParseStep(link.Form, validation.Options{RequireCredit: true}, validation.Consent)
	link.Notice = handoff.Missing
	all["link-wrong"] = handoff.ConsentPage(link)
	for _, state := range []lead.HandOffState{lead.HandOffAccepted, lead.HandOffDeclined, lead.HandOffReplaced, lead.HandOffExpired, lead.HandOffEnded} {
		over := handoff.Over{Page: p, State: state}
		if state == lead.HandOffAccepted {
			over.StatusPath = p.Link("/status/HANDLE")
		}
		all["link-"+string(state)] = handoff.OverPage(over)
	}
	all["link-staff"] = handoff.StaffPage(p)
	code := page(language)
	code.Path = "/consent"
	all["link-code"] = handoff.CodePage(handoff.Code{Page: code})
	all["link-code-wrong"] = handoff.CodePage(handoff.Code{Page: code, Typed: "AAAA-AAAA", Problem: handoff.WrongCode})
}

package status_test

import (
	"html"
	"io/fs"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"intake/handlers"
	"intake/handlers/handlerstest"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/views/status"
)

func TestStatus_RevealsNoMoreThanTheConsumerMayKnow(t *testing.T) {
	app := handlerstest.New(t)
	path := app.Submit(handlerstest.Filled()).Header().Get("Location")
	for _, tt := range []struct {
		name   string
		change func(*lead.Lead)
		want   status.State
	}{
		{"just stored", func(*lead.Lead) {}, status.Received},
		{"suspect looks the same", func(l *lead.Lead) { l.Status = lead.Suspect }, status.Received},
		{"being sent", func(l *lead.Lead) { l.Status = lead.Sending }, status.Checking},
		{"1000 is not final", func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, 1000 }, status.Checking},
		{"1001 is not final", func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, 1001 }, status.Checking},
		{"9999 is not final", func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, 9999 }, status.Checking},
		{"1012", func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, 1012 }, status.Finished},
		{"1013", func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, 1013 }, status.Qualified},
		{"1017", func(l *lead.Lead) { l.Status, l.ResultCode = lead.Submitting, 1017 }, status.Qualified},
		{"1018", func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, 1018 }, status.Finished},
		{"duplicate", func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, 1003 }, status.Finished},
		{"in doubt", func(l *lead.Lead) { l.Status = lead.InDoubt }, status.Slow},
		{"parked", func(l *lead.Lead) { l.Status = lead.Parked }, status.Slow},
		{"parked at the hand-over", func(l *lead.Lead) { l.Status, l.SubmitStatus = lead.Parked, 1021 }, status.Qualified},
		{"submitted", func(l *lead.Lead) { l.Status = lead.Submitted }, status.Qualified},
		{"refused for a certificate", func(l *lead.Lead) { l.Status, l.SubmitStatus = lead.Refused, 400 }, status.Qualified},
		{"refused for good", func(l *lead.Lead) { l.Status, l.SubmitStatus = lead.Refused, 422 }, status.Finished},
		{"closed", func(l *lead.Lead) { l.Status = lead.Closed }, status.Finished},
		{"ten minutes old", func(l *lead.Lead) { l.ReceivedAt = l.ReceivedAt.Add(-10 * time.Minute) }, status.Slow},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l, _ := app.Store.OnlyLead(t)
			defer app.Store.ChangeLeads(func(was *lead.Lead) { *was = l })
			app.Store.ChangeLeads(func(l *lead.Lead) { l.Bid = "$99.00"; tt.change(l) })
			page := app.Get(path).Body.String()
			if !strings.Contains(page, `data-state="`+string(tt.want)+`"`) {
				t.Errorf("the page is not %s", tt.want)
			}
			if got := strings.Contains(page, ">Check again<"); got == tt.want.Final() {
				t.Errorf("leads to a look again: %v", got)
			}
			if got := strings.Contains(page, `class="sign good"`); got != (tt.want == status.Qualified) {
				t.Errorf("is green: %v", got)
			}
			if got := strings.Contains(page, "https://www.nfcc.org/") && strings.Contains(page, "https://www.consumerfinance.gov/"); got != (tt.want == status.Finished) {
				t.Errorf("names other help: %v", got)
			}
			for _, never := range []string{"99.00", "uplicate", "Maria", "1003", "1018", "555-0148", "complete"} {
				if strings.Contains(page, never) {
					t.Errorf("the page says %q", never)
				}
			}
		})
	}
}

// WCAG F41: a page that reloads itself takes the focus away.
func TestStatus_ReloadsByItselfInTheFirstMinuteAlone(t *testing.T) {
	app, now := handlerstest.NewWithClock(t)
	path := app.Submit(handlerstest.Filled()).Header().Get("Location")
	for _, tt := range []struct {
		age  time.Duration
		want bool
	}{{0, true}, {59 * time.Second, true}, {time.Minute, false}, {time.Hour, false}} {
		*now = handlerstest.Noon.Add(tt.age)
		page := app.Get(path).Body.String()
		if got := strings.Contains(page, `<noscript><meta http-equiv="refresh" content="15"></noscript>`); got != tt.want || !strings.Contains(page, `href="`+path+`">Check again`) {
			t.Errorf("after %s: reloads by itself: %v, want %v, and a link", tt.age, got, tt.want)
		}
	}
}

func TestStatus_IsAReceipt(t *testing.T) {
	for prefix, words := range map[string][]string{
		"":    {"November 22, 2026, 8:05 AM CST", "November 22, 2026, 8:07 AM CST", "Your reference", "You did not allow Seller LLC to call or text you", "You allowed Seller LLC to call and text you", "See and print what you agreed to", "Save this page’s web address"},
		"/es": {"22 de noviembre de 2026, 8:05 a.m. CST", "22 de noviembre de 2026, 8:07 a.m. CST", "Su referencia", "Usted no permitió que Seller LLC", "Usted permitió que Seller LLC", "Ver e imprimir lo que aceptó", "Guarde la dirección web"},
	} {
		app := handlerstest.New(t)
		path := prefix + app.Submit(handlerstest.Filled()).Header().Get("Location")
		v := app.Visit(t).Open(path).Sees(words[0]).SeesNot(words[1]).Sees(words[2:4]...).SeesNot(words[4]).Sees(words[5:]...)
		app.Store.ChangeLeads(func(l *lead.Lead) {
			l.Status, l.ResultCode, l.FinalAt, l.Permission.Marketing = lead.Created, 1015, handlerstest.Noon.Add(2*time.Minute), true
		})
		v.Open(path).Sees(words[:3]...).SeesNot(words[3]).Sees(words[4:]...)
		app.Store.ChangeLeads(func(l *lead.Lead) {
			l.Status, l.ResultCode, l.FinalAt, l.ChangedAt = lead.Sending, 0, time.Time{}, handlerstest.Noon.Add(2*time.Minute)
		})
		v.Open(path).Sees(words[:2]...)
	}
}

// The notice is said to everybody whose request ended without an offer, and to nobody else.
func TestStatus_HasASlotForANoticeAfterTheResult(t *testing.T) {
	files := fstest.MapFS{"result-notice-1.json": &fstest.MapFile{Data: []byte(`{"id": "result-notice", "version": "1", "placeholder": true, "note": "",
		"en": {"title": "Notice", "passages": [{"heading": "About this decision", "paragraphs": ["You may ask {seller} why."]}]},
		"es": {"title": "Aviso", "passages": [{"heading": "Sobre esta decisión", "paragraphs": ["Puede preguntar a {seller} por qué."]}]}}`)}}
	if err := fs.WalkDir(consent.BuiltIn(), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := fs.ReadFile(consent.BuiltIn(), name)
		files[name] = &fstest.MapFile{Data: body}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	texts, err := consent.Load(files)
	if err != nil {
		t.Fatal(err)
	}
	app := handlerstest.New(t, func(c *handlers.Config) { c.Texts = texts })
	path := app.Submit(handlerstest.Filled()).Header().Get("Location")
	const notice = "You may ask Seller LLC why."
	v := app.Visit(t).Open(path).SeesNot(notice)
	app.Store.ChangeLeads(func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, 1018 })
	v.Open(path).Sees(notice).Open("/es" + path).Sees("Puede preguntar a Seller LLC por qué.")
	app.Store.ChangeLeads(func(l *lead.Lead) { l.ResultCode = 1015 })
	v.Open(path).SeesNot(notice)
}

func TestAgreement_IsTheEvidenceWithoutTheWholeNameAndNumber(t *testing.T) {
	for prefix, words := range map[string][]string{
		"":    {"You checked this box:", "You left this box empty:", "I, M. O.,", "xxx-xxx-0148", "I agree to the credit check", "November 22, 2026, 8:05 AM CST"},
		"/es": {"Usted marcó esta casilla:", "Usted dejó esta casilla vacía:", "22 de noviembre de 2026, 8:05 a.m. CST"},
	} {
		app := handlerstest.New(t)
		path := app.Submit(handlerstest.Filled()).Header().Get("Location")
		v := app.Visit(t).Open(prefix+path+"/agreement").IsAt(prefix+path+"/agreement", http.StatusOK).
			Sees(words...).Sees(`href="`+prefix+path+`"`, "data-prints", "I agree to the credit check").SeesNot("Maria", "O&#39;Brien", "5550148", "(512) 555-0148", "{")
		_, record := app.Store.OnlyLead(t)
		for _, act := range record.Acts { // the words that were shown, in their language
			shown, ok := app.Texts.Agreed(act, app.Names())
			if !ok {
				t.Fatalf("there are no words of %s", act.Purpose)
			}
			v.Sees(html.EscapeString(shown.Heading), html.EscapeString(shown.Summary))
		}
		if got := strings.Count(v.Page.Body.String(), words[0]); got != 2 {
			t.Errorf("%s: %d boxes were checked, want 2", prefix, got)
		}
		app.Store.ChangeRecords(func(r *consent.Record) { r.Acts[0].SHA256 = "00" })
		v.Open(prefix + path + "/agreement").SeesNot("I agree to the credit report").Sees("(512) 555-0100")
		app.Store.ChangeLeads(func(l *lead.Lead) { l.ErasedAt = l.ReceivedAt })
		v.Open(prefix+path+"/agreement").IsAt(prefix+path+"/agreement", http.StatusGone)
		v.Open(prefix+path+"x/agreement").IsAt(prefix+path+"x/agreement", http.StatusNotFound)
	}
}

func TestStatus_FinalPagesAreTheSameBytes(t *testing.T) {
	app := handlerstest.New(t)
	path := app.Submit(handlerstest.Filled()).Header().Get("Location")
	var first string
	for _, code := range []int{1003, 1012, 1018, 1020, 1042} {
		app.Store.ChangeLeads(func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, code })
		page := app.Get(path).Body.String()
		if first == "" {
			first = page
		}
		if page != first {
			t.Errorf("the page for %d differs from the page for 1003", code)
		}
	}
}

func TestStatus_OffersToWaitOnlyWithMarketingConsent(t *testing.T) {
	for _, tt := range []struct {
		form url.Values
		want bool
	}{{handlerstest.Filled(), false}, {handlerstest.Filled("consentMarketing", "yes"), true}} {
		app := handlerstest.New(t)
		path := app.Submit(tt.form).Header().Get("Location")
		app.Store.ChangeLeads(func(l *lead.Lead) { l.Status, l.ResultCode = lead.Created, 1015 })
		if got := strings.Contains(app.Get(path).Body.String(), "Or wait for our call."); got != tt.want {
			t.Errorf("offers to wait: %v, want %v", got, tt.want)
		}
	}
}

func TestStatus_OfAnErasedLeadIsGone(t *testing.T) {
	app := handlerstest.New(t)
	path := app.Submit(handlerstest.Filled()).Header().Get("Location")
	app.Store.ChangeLeads(func(l *lead.Lead) { l.Status, l.ErasedAt = lead.Closed, l.ReceivedAt.Add(time.Hour) })
	if got := app.Get(path); got.Code != http.StatusGone || !strings.Contains(got.Body.String(), "(512) 555-0100") {
		t.Errorf("got %d, want 410 with the telephone number", got.Code)
	}
}

func TestStatus_UnknownHandleIsNotFound(t *testing.T) {
	app := handlerstest.New(t)
	for _, path := range []string{"/status/ABC", "/status/ABC/events", "/status/" + handlerstest.Handle} {
		if got := app.Get(path).Code; got != http.StatusNotFound {
			t.Errorf("%s: got %d, want 404", path, got)
		}
	}
}

func TestStatus_FollowsItsStreamInTheLanguageOfTheAddress(t *testing.T) {
	app := handlerstest.New(t)
	path := app.Submit(handlerstest.Filled()).Header().Get("Location")
	for _, prefix := range []string{"", "/es"} {
		app.Visit(t).Open(prefix+path).IsAt(prefix+path, http.StatusOK).Sees(`data-events="` + prefix + path + `/events"`)
	}
}

func TestStatus_ShowsTheReferenceOfTheLeadInBothLanguages(t *testing.T) {
	app := handlerstest.New(t)
	path := app.Submit(handlerstest.Filled()).Header().Get("Location")
	l, _ := app.Store.OnlyLead(t)
	for prefix, words := range map[string]string{"": "Your reference", "/es": "Su referencia"} {
		page := app.Get(prefix + path).Body.String()
		if !strings.Contains(page, "<dt>"+words+"</dt><dd>"+l.ID.Reference().String()+"</dd>") || strings.Contains(page, string(l.ID)) {
			t.Errorf("%s: the page lacks the reference, or shows the id:\n%s", prefix, page)
		}
	}
}

// The path is the key to the page.
func TestStatus_ItsAddressLeavesByNoReferer(t *testing.T) {
	app := handlerstest.New(t)
	path := app.Submit(handlerstest.Filled()).Header().Get("Location")
	if got := app.Get(path).Header().Get("Referrer-Policy"); got != "strict-origin" {
		t.Errorf("Referrer-Policy is %q", got)
	}
}

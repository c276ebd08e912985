package apply_test

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"intake/handlers"
	"intake/handlers/handlerstest"
	"intake/internal/consent"
	"intake/internal/lead"
)

func TestFinish_StoresTheLeadAndItsEvidence(t *testing.T) {
	app, now := handlerstest.NewWithClock(t)
	v := app.Visit(t)
	v.Header.Set("User-Agent", "Mozilla/5.0 (Phone)\x1b[31m")
	v.Header.Set("Referer", "https://news.example/article?id=7")
	v.Open("/?utm_source=news&gclid=abc").Send("estimatedDebt", "15,000").Send(aboutMaria...).Send(homeOfMaria...).
		Send("socialSecurityNumber", "123-45-6789").IsAt("/apply/check", 200)
	page, _, _ := strings.Cut(v.Form().Get("page"), ".")
	*now = now.Add(90*time.Second + 1500*time.Microsecond)
	v.Header.Del("Referer")
	v.Send(with(agreed, "viewport", "360x640", "consentMarketing", "yes")...).Sees("We have your request")

	l, record := app.Store.OnlyLead(t)
	if v.Path != "/status/"+l.Handle.Reveal() {
		t.Errorf("sent to %q", v.Path)
	}
	if l.Applicant.HomePhone.Reveal() != "5125550148" || l.Applicant.EstimatedDebt.Reveal() != 15000 || l.Applicant.SocialSecurityNumber.Reveal() != "123456789" ||
		l.Applicant.DateOfBirth.Reveal() != (lead.Date{Year: 1979, Month: time.March, Day: 14}) {
		t.Errorf("the applicant is %v", l.Applicant)
	}
	if l.Status != lead.Received || l.Step != lead.Send || l.Language != "en" || l.Request != v.Draft().Request || l.Draft.Reveal() != v.Cookies[handlerstest.Cookie] ||
		!l.ReceivedAt.Equal(record.At) || !l.NextAttemptAt.Equal(record.At) {
		t.Errorf("stored %s %s %s %s", l.Status, l.Step, l.Language, l.Draft.Reveal())
	}
	if want := (lead.Attribution{UTMSource: "news", GCLID: "abc", Referrer: "https://news.example", Landing: "/"}); l.Origin.Reveal() != want {
		t.Errorf("it came from %+v, want %+v", l.Origin.Reveal(), want)
	}
	if p := l.Permission; !p.CreditCheck || !p.Terms || !p.Marketing || p.ClientIP.Reveal() != "192.0.2.1" {
		t.Errorf("permission is %+v, want what was checked", p)
	}
	for what, got := range map[string][2]string{
		"time":        {record.At.Format("2006-01-02T15:04:05.000Z07:00"), "2026-11-22T14:06:30.001Z"},
		"zone":        {record.Zone.Reveal(), "America/Chicago"},
		"channel":     {record.Channel, "consumer-web"},
		"language":    {record.Language, "en"},
		"page":        {record.PageURL, "http://localhost:8080/apply/check"},
		"page id":     {record.PageID, page},
		"landing":     {record.LandingURL, "http://localhost:8080/"},
		"referrer":    {record.Referrer, "https://news.example"},
		"viewport":    {record.Viewport, "360x640"},
		"seller":      {record.Seller, "Seller LLC"},
		"version":     {record.FormVersion, "test"},
		"person":      {record.PersonName.Reveal(), "Maria O'Brien"},
		"phone":       {record.Phone.Reveal(), "5125550148"},
		"address":     {record.ClientIP.Reveal(), "192.0.2.1"},
		"browser":     {record.UserAgent.Reveal(), "Mozilla/5.0 (Phone)[31m"},
		"proxies":     {record.ProxyChain.Reveal(), ""},
		"certificate": {record.Certificate.State, "off"},
	} {
		if got[0] != got[1] {
			t.Errorf("the record's %s is %q, want %q", what, got[0], got[1])
		}
	}
	checkActs(t, app, record, "en", map[consent.Purpose]bool{consent.Credit: true, consent.Terms: true, consent.Marketing: true})
	if record.GPC {
		t.Error("the record says that the browser asked not to be followed")
	}
}

// checkActs wants one act for each consent, as given, naming the text that was shown.
func checkActs(t *testing.T, app handlerstest.App, record consent.Record, language string, given map[consent.Purpose]bool) {
	t.Helper()
	want := app.Texts.Acts(language)
	for i := range want {
		want[i].Given = given[want[i].Purpose]
	}
	if len(record.Acts) != len(want) {
		t.Fatalf("there are %d acts, want %d", len(record.Acts), len(want))
	}
	for i := range want {
		if record.Acts[i] != want[i] {
			t.Errorf("the act is %+v, want %+v", record.Acts[i], want[i])
		}
	}
}

func TestFinish_AnUnknownZIPCodeHasNoZone(t *testing.T) {
	app := handlerstest.New(t)
	app.Submit(handlerstest.Filled("zipCode", "00000"))
	if _, record := app.Store.OnlyLead(t); record.Zone.Given() {
		t.Errorf("the zone is %q, want none", record.Zone.Reveal())
	}
}

func TestFinish_MarketingIsOptional(t *testing.T) {
	app := handlerstest.New(t)
	app.Visit(t).UpTo("/es/apply/check").Send(agreed...)
	l, record := app.Store.OnlyLead(t)
	if l.Permission.Marketing || !l.Permission.CreditCheck || record.PageURL != "http://localhost:8080/es/apply/check" || record.LandingURL != "http://localhost:8080/es/" {
		t.Errorf("permission is %+v, the page %s", l.Permission, record.PageURL)
	}
	checkActs(t, app, record, "es", map[consent.Purpose]bool{consent.Credit: true, consent.Terms: true})
}

// P7: the visitor waits for one read and one write.
func TestFinish_ReadsOnceAndWritesOnce(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/apply/check")
	app.Store.Calls = nil
	v.Press(agreed...)
	if got := strings.Join(app.Store.Calls, " "); got != "FindDraft Save" {
		t.Errorf("the store was asked %s", got)
	}
}

func TestFinish_SaysWhenItCouldNotStore(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/es/apply/check")
	request := v.Form().Get("request")
	app.Store.FailSave = errors.New("disk canary-7319 full")
	v.Send(agreed...).IsAt("/es/apply/check", 503).Sees("No pudimos confirmar que su solicitud se guardó. Oprima el botón otra vez. No se enviará dos veces.", "Maria", `type="checkbox"`).SeesNot("canary").
		HasValue("request", request)
	if v.Page.Header().Get("Retry-After") == "" || !strings.Contains(app.Logged.String(), "canary-7319") {
		t.Error("there is no Retry-After, or the cause is not logged")
	}
	id, _, _ := strings.Cut(v.Form().Get("page"), ".")
	if string(app.Store.Pages[id].Bytes()) != v.Page.Body.String() {
		t.Error("the page with the consents is not kept as it was sent")
	}
	app.Store.FailSave, app.Store.OnSave = nil, nil
	v.Send(agreed...)
	if _, record := app.Store.OnlyLead(t); record.PageID != id {
		t.Errorf("the record names the page %q, want %q", record.PageID, id)
	}
}

// A browser that disconnects after sending the form has sent it.
func TestFinish_StoresTheLeadWhenTheBrowserLeavesAfterSending(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/apply/check")
	left, leave := context.WithCancel(t.Context())
	leave()
	v.Exchange(handlerstest.Request(http.MethodPost, "/apply/check", v.Form(agreed...).Encode()).WithContext(left))
	app.Store.OnlyLead(t)
}

// After one slow write the visitor does not wait for another, so the page is not stored.
func TestFinish_AfterALongWaitThePageComesAtOnce(t *testing.T) {
	app, now := handlerstest.NewWithClock(t)
	v := app.Visit(t).UpTo("/apply/check")
	app.Store.FailSave, app.Store.OnSave = errors.New("locked"), func() { *now = now.Add(5 * time.Second) }
	app.Store.Calls = nil
	v.Send(agreed...).IsAt("/apply/check", 503).Sees("It will not be sent twice.", "Maria").SeesNot("Nothing was sent").SeesNot(`type="checkbox"`)
	if got := strings.Join(app.Store.Calls, " "); got != "FindDraft Save" {
		t.Errorf("the store was asked %s", got)
	}
	app.Store.FailSave, app.Store.OnSave = nil, nil
	v.Send().IsAt("/apply/check", 422).Send(agreed...)
	app.Store.OnlyLead(t)
}

func TestFinish_WithoutAnyStorageEveryAnswerIsStillThere(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/apply/check")
	app.Store.Fail = errors.New("disk canary-7319 full")
	v.Send(agreed...).IsAt("/apply/check", 503).Sees("We could not confirm that your request was saved. Please press the button again. It will not be sent twice.", "Maria").SeesNot("canary", `type="checkbox"`)
	v.Send().IsAt("/apply/check", 503)
	app.Store.Fail = nil
	v.Send().IsAt("/apply/check", 422).Send(agreed...)
	app.Store.OnlyLead(t)
}

// A page that is loaded anew sends the same form again, and that is safe.
func TestFinish_ReloadingTheProblemPageTriesAgain(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).UpTo("/es/apply/check")
	app.Store.FailFind = errUnreadable
	got := v.Press(agreed...)
	if got.Code != 503 || got.Header().Get("Retry-After") == "" || !strings.Contains(got.Body.String(), `<html lang="es">`) || strings.Contains(got.Body.String(), "canary") {
		t.Errorf("got %d", got.Code)
	}
	app.Store.FailFind = nil
	if got := v.Press(agreed...); got.Code != 303 {
		t.Errorf("the same again got %d", got.Code)
	}
	app.Store.OnlyLead(t)
}

func TestFinish_TheProxyChainIsWhatOurOwnProxiesSay(t *testing.T) {
	chain := func(change ...func(*handlers.Config)) string {
		app := handlerstest.New(t, change...)
		r := app.Submission(handlerstest.Filled())
		r.Header["X-Forwarded-For"] = []string{"198.51.100.7\x1b", "203.0.113.9"}
		if got := app.Do(r); got.Code != http.StatusSeeOther {
			t.Fatalf("got %d", got.Code)
		}
		_, record := app.Store.OnlyLead(t)
		return record.ProxyChain.Reveal()
	}
	if got := chain(); got != "" {
		t.Errorf("without proxies of ours it is %q", got)
	}
	if got := chain(func(c *handlers.Config) { c.Proxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} }); got != "198.51.100.7, 203.0.113.9" {
		t.Errorf("behind our proxy it is %q", got)
	}
}

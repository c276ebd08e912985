package handlers

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"intake/internal/consent"
	"intake/internal/lead"
)

func TestFinish_StoresTheLeadAndItsEvidence(t *testing.T) {
	d, now := ticking(t)
	v := d.visit(t)
	v.header.Set("User-Agent", "Mozilla/5.0 (Phone)\x1b[31m")
	v.header.Set("Referer", "https://news.example/article?id=7")
	v.open("/?utm_source=news&gclid=abc").send("estimatedDebt", "15,000").send(aboutMaria...).send(homeOfMaria...).
		send("socialSecurityNumber", "123-45-6789").at("/apply/check", 200)
	page, _, _ := strings.Cut(v.form().Get("page"), ".")
	*now = now.Add(90*time.Second + 1500*time.Microsecond)
	v.header.Del("Referer")
	v.send(with(agreed, "viewport", "360x640", "consentMarketing", "yes")...).sees("We have your request")

	l, record := d.shelf.only(t)
	if v.place != "/status/"+l.Handle.Reveal() {
		t.Errorf("sent to %q", v.place)
	}
	if l.Applicant.HomePhone.Reveal() != "5125550148" || l.Applicant.EstimatedDebt.Reveal() != 15000 || l.Applicant.SocialSecurityNumber.Reveal() != "123456789" ||
		l.Applicant.DateOfBirth.Reveal() != (lead.Date{Year: 1979, Month: time.March, Day: 14}) {
		t.Errorf("the applicant is %v", l.Applicant)
	}
	if l.Status != lead.Received || l.Step != lead.Send || l.Language != "en" || !l.SubmissionKey.Equal(v.draft().SubmissionKey()) || l.Draft.Reveal() != v.cookies[draftCookie] ||
		!l.ReceivedAt.Equal(record.At) || !l.NextAttemptAt.Equal(record.At) {
		t.Errorf("stored %s %s %s %s", l.Status, l.Step, l.Language, l.SubmissionKey.Reveal())
	}
	if want := (lead.Attribution{UTMSource: "news", GCLID: "abc", Referrer: "https://news.example", Landing: "/"}); l.Origin.Reveal() != want {
		t.Errorf("it came from %+v, want %+v", l.Origin.Reveal(), want)
	}
	if p := l.Permission; !p.CreditCheck || !p.Terms || !p.Marketing || p.ClientIP.Reveal() != "192.0.2.1" {
		t.Errorf("permission is %+v, want what was ticked", p)
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
	checkActs(t, d, record, "en", map[consent.Purpose]bool{consent.Credit: true, consent.Terms: true, consent.Marketing: true})
	if record.GPC {
		t.Error("the record says that the browser asked not to be followed")
	}
}

// checkActs wants one act for each consent, as given, naming the text that was shown.
func checkActs(t *testing.T, d door, record consent.Record, language string, given map[consent.Purpose]bool) {
	t.Helper()
	want := d.Texts.Acts(language)
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
	d := openDoor(t)
	d.post(filled("zipCode", "00000"))
	if _, record := d.shelf.only(t); record.Zone.Given() {
		t.Errorf("the zone is %q, want none", record.Zone.Reveal())
	}
}

func TestFinish_MarketingIsOptional(t *testing.T) {
	d := openDoor(t)
	d.visit(t).upTo("/es/apply/check").send(agreed...)
	l, record := d.shelf.only(t)
	if l.Permission.Marketing || !l.Permission.CreditCheck || record.PageURL != "http://localhost:8080/es/apply/check" || record.LandingURL != "http://localhost:8080/es/" {
		t.Errorf("permission is %+v, the page %s", l.Permission, record.PageURL)
	}
	checkActs(t, d, record, "es", map[consent.Purpose]bool{consent.Credit: true, consent.Terms: true})
}

// P7: the visitor waits for one look and one write.
func TestFinish_ReadsOnceAndWritesOnce(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).upTo("/apply/check")
	d.shelf.calls = nil
	v.press(agreed...)
	if got := strings.Join(d.shelf.calls, " "); got != "FindDraft Save" {
		t.Errorf("the store was asked %s", got)
	}
}

func TestFinish_SaysWhenItCouldNotStore(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).upTo("/es/apply/check")
	request := v.form().Get("request")
	d.Leads = failing{d.shelf, errors.New("disk canary-7319 full")}
	v.send(agreed...).at("/es/apply/check", 503).sees("No pudimos guardar su solicitud. No se envió nada.", "Maria", `type="checkbox"`).seesNot("canary").
		value("request", request)
	if v.page.Header().Get("Retry-After") == "" || !strings.Contains(d.log.String(), "canary-7319") {
		t.Error("no time to wait is told, or the cause is not logged")
	}
	id, _, _ := strings.Cut(v.form().Get("page"), ".")
	if string(d.shelf.pages[id].Bytes()) != v.page.Body.String() {
		t.Error("the page with the consents is not kept as it was sent")
	}
	d.Leads = d.shelf
	v.send(agreed...)
	if _, record := d.shelf.only(t); record.PageID != id {
		t.Errorf("the record names the page %q, want %q", record.PageID, id)
	}
}

// A browser that goes away once the form is sent has sent it.
func TestFinish_WhoLeavesAfterSendingIsStored(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).upTo("/apply/check")
	left, leave := context.WithCancel(t.Context())
	leave()
	v.exchange(request(http.MethodPost, "/apply/check", v.form(agreed...).Encode()).WithContext(left))
	d.shelf.only(t)
}

// Whoever waited for one write does not wait for another.
func TestFinish_AfterALongWaitThePageComesAtOnce(t *testing.T) {
	d, now := ticking(t)
	v := d.visit(t).upTo("/apply/check")
	d.Leads = slow{failing{d.shelf, errors.New("locked")}, func() { *now = now.Add(5 * time.Second) }}
	d.shelf.calls = nil
	v.send(agreed...).at("/apply/check", 503).sees("Nothing was sent.", "Maria").seesNot(`type="checkbox"`)
	if got := strings.Join(d.shelf.calls, " "); got != "FindDraft" {
		t.Errorf("the store was asked %s", got)
	}
	d.Leads = d.shelf
	v.send().at("/apply/check", 422).send(agreed...)
	d.shelf.only(t)
}

// slow takes its time before it fails.
type slow struct {
	failing
	pass func()
}

func (s slow) Save(ctx context.Context, l lead.Lead, record consent.Record) (lead.Receipt, error) {
	s.pass()
	return s.failing.Save(ctx, l, record)
}

// failing saves nothing.
type failing struct {
	*shelf
	err error
}

func (f failing) Save(context.Context, lead.Lead, consent.Record) (lead.Receipt, error) {
	return lead.Receipt{}, f.err
}

func TestFinish_WithoutAnyStorageEveryAnswerIsStillThere(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).upTo("/apply/check")
	d.shelf.fail = errors.New("disk canary-7319 full")
	v.send(agreed...).at("/apply/check", 503).sees("We could not save your request. Nothing was sent. Please press the button again.", "Maria").seesNot("canary", `type="checkbox"`)
	v.send().at("/apply/check", 503)
	d.shelf.fail = nil
	v.send().at("/apply/check", 422).send(agreed...)
	d.shelf.only(t)
}

// A page that is loaded anew sends the same form again, and that is safe.
func TestFinish_ReloadingTheProblemIsATryOfItsOwn(t *testing.T) {
	d := openDoor(t)
	v := d.visit(t).upTo("/es/apply/check")
	d.Drafts = unreadable{d.shelf}
	got := v.press(agreed...)
	if got.Code != 503 || got.Header().Get("Retry-After") == "" || !strings.Contains(got.Body.String(), `<html lang="es">`) || strings.Contains(got.Body.String(), "canary") {
		t.Errorf("got %d", got.Code)
	}
	d.Drafts = d.shelf
	if got := v.press(agreed...); got.Code != 303 {
		t.Errorf("the same again got %d", got.Code)
	}
	d.shelf.only(t)
}

func TestFinish_TheVisitorsViewportIsASizeOrNothing(t *testing.T) {
	for said, want := range map[string]string{
		"360x640": "360x640", "1280x800": "1280x800", "": "", "x": "", "360": "", "360x": "", "123456x1": "", "-1x5": "", "360x640x2": "", "<b>x<i>": "",
	} {
		if got := viewport(said); got != want {
			t.Errorf("%q is kept as %q, want %q", said, got, want)
		}
	}
}

func TestFinish_TheProxyChainIsWhatOurOwnProxiesSay(t *testing.T) {
	chain := func(change ...func(*Config)) string {
		d := openDoor(t, change...)
		r := d.finishing(filled())
		r.Header["X-Forwarded-For"] = []string{"198.51.100.7\x1b", "203.0.113.9"}
		if got := d.do(r); got.Code != http.StatusSeeOther {
			t.Fatalf("got %d", got.Code)
		}
		_, record := d.shelf.only(t)
		return record.ProxyChain.Reveal()
	}
	if got := chain(); got != "" {
		t.Errorf("without proxies of ours it is %q", got)
	}
	if got := chain(func(c *Config) { c.Proxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} }); got != "198.51.100.7, 203.0.113.9" {
		t.Errorf("behind our proxy it is %q", got)
	}
}

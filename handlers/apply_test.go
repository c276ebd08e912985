package handlers

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"intake/internal/lead"
)

// postOld sends the one-page form.
func (d door) postOld(values url.Values) *httptest.ResponseRecorder {
	return d.do(request(http.MethodPost, "/apply", values.Encode()))
}

func TestOldForm_StoresTheLeadAndItsEvidence(t *testing.T) {
	d := openDoor(t)
	got := d.postOld(filled())
	if got.Code != http.StatusSeeOther {
		t.Fatalf("got %d, want 303", got.Code)
	}
	l, record := d.shelf.only(t)
	if want := "/status/" + l.Handle.Reveal(); got.Header().Get("Location") != want {
		t.Errorf("sent to %q, want %q", got.Header().Get("Location"), want)
	}
	if l.Applicant.HomePhone.Reveal() != "5125550148" || l.Status != lead.Received || l.Step != lead.Send {
		t.Errorf("stored %s %s with phone %q", l.Status, l.Step, l.Applicant.HomePhone.Reveal())
	}
	if !l.Permission.CreditCheck || !l.Permission.Terms || l.Permission.Marketing {
		t.Errorf("permission is %+v, want what was ticked", l.Permission)
	}
	if len(record.Acts) != 3 || record.Acts[2].Given || record.PageURL != "http://localhost:8080/apply" ||
		record.PersonName.Reveal() != "Maria O'Brien" || record.ClientIP.Reveal() != "192.0.2.1" {
		t.Errorf("the evidence is %+v", record)
	}
}

func TestOldForm_KeepsWhatWasTyped(t *testing.T) {
	d := openDoor(t)
	got := d.postOld(filled("homePhone", "12", "firstName", `<b>"Ma`, "socialSecurityNumber", "123-45-6789", "city", "San José"))
	if got.Code != http.StatusUnprocessableEntity {
		t.Fatalf("got %d, want 422", got.Code)
	}
	page := got.Body.String()
	for _, want := range []string{
		`value="&lt;b&gt;&#34;Ma"`, `value="12"`, `value="San José"`, `value="` + aKey + `"`,
		"<title>Error: ", `href="#homePhone"`, `id="homePhone-error"`, `aria-describedby="homePhone-error"`,
		`For your safety this box is empty again`, `<option value="TX" selected>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if n := strings.Count(page, "Enter a 10-digit US phone number, like 512 555 0148"); n != 2 {
		t.Errorf("the sentence stands there %d times, want in the summary and beside the field", n)
	}
	if strings.Contains(page, "123-45-6789") {
		t.Error("the page shows the SSN again")
	}
	if strings.Contains(page, "checked") {
		t.Error("a consent box is ticked for the visitor")
	}
	if len(d.shelf.leads) != 0 {
		t.Error("a lead was stored")
	}
}

func TestOldForm_SameKeyIsOneLead(t *testing.T) {
	d := openDoor(t)
	first := d.postOld(filled())
	for range 4 {
		if again := d.postOld(filled()); again.Code != 303 || again.Header().Get("Location") != first.Header().Get("Location") {
			t.Fatalf("got %d %s, want the first receipt", again.Code, again.Header().Get("Location"))
		}
	}
	d.shelf.only(t)
}

func TestOldForm_SameKeyWithOtherAnswersIsAConflict(t *testing.T) {
	d := openDoor(t)
	first := d.postOld(filled())
	got := d.postOld(filled("city", "Dallas"))
	if got.Code != http.StatusConflict {
		t.Fatalf("got %d, want 409", got.Code)
	}
	page := got.Body.String()
	for _, want := range []string{"An earlier version has been with us since", "14:05 UTC", "was not sent", first.Header().Get("Location"), `value="Dallas"`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(page, aKey) {
		t.Error("the form has the old key, so it could never be sent")
	}
}

func TestOldForm_BackAfterSendingFindsTheSameKey(t *testing.T) {
	d := openDoor(t)
	cookies := d.postOld(filled()).Result().Cookies()
	if len(cookies) != 1 || !cookies[0].Secure || !cookies[0].HttpOnly || cookies[0].Path != "/" || cookies[0].Domain != "" {
		t.Fatalf("the cookies are %v, want one that only our own pages get", cookies)
	}
	back := httptest.NewRequest(http.MethodGet, "http://localhost:8080/apply/old", nil)
	back.AddCookie(cookies[0])
	if !strings.Contains(d.do(back).Body.String(), aKey) {
		t.Error("Back shows another key")
	}
	if strings.Contains(d.get("/apply/old").Body.String(), aKey) {
		t.Error("a visitor without the cookie gets another's key")
	}
}

func TestOldForm_SaysWhenItCouldNotStore(t *testing.T) {
	d := openDoor(t)
	d.shelf.fail = errors.New("disk canary-7319 full")
	got := d.postOld(filled())
	if got.Code != http.StatusServiceUnavailable || got.Header().Get("Retry-After") == "" {
		t.Fatalf("got %d, Retry-After %q, want 503 with a time", got.Code, got.Header().Get("Retry-After"))
	}
	for _, want := range []string{"We could not save your request. Nothing was sent.", `value="Maria"`, `value="` + aKey + `"`} {
		if !strings.Contains(got.Body.String(), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(got.Body.String(), "canary") {
		t.Error("the page tells the cause")
	}
	if !strings.Contains(d.log.String(), "canary-7319") {
		t.Error("the log does not tell the cause")
	}
}

func TestOldForm_AsksAgainWithoutAKey(t *testing.T) {
	d := openDoor(t)
	got := d.postOld(filled("submissionKey", "short"))
	if got.Code != 422 || !strings.Contains(got.Body.String(), "Your answers are here. Please press the button again.") {
		t.Fatalf("got %d, want 422 with the sentence", got.Code)
	}
	if !strings.Contains(got.Body.String(), `value="Maria"`) {
		t.Error("what was typed is lost")
	}
}

func TestOldForm_GivesEveryVisitorAKeyOfTheirOwn(t *testing.T) {
	d := openDoor(t)
	key := regexp.MustCompile(`name="submissionKey" value="([A-Z2-7]{26,35})\.[A-Za-z0-9_-]{54}"`)
	seen := map[string]bool{}
	for range 100 {
		m := key.FindStringSubmatch(d.get("/apply/old").Body.String())
		if m == nil || seen[m[1]] {
			t.Fatalf("a page without a key of its own: %v", m)
		}
		seen[m[1]] = true
	}
}

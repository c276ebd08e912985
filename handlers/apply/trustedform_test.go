package apply_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"intake/handlers"
	"intake/handlers/handlerstest"
	"intake/handlers/trustedform"
	"intake/handlers/web"
	"intake/internal/consent"
	"intake/static"
)

// recorded has a check page that a server of its own, in the place of the vendor, records.
func recorded(t *testing.T) (handlerstest.App, *httptest.Server) {
	t.Helper()
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write([]byte("// records")) // nobody runs it here
	}))
	t.Cleanup(vendor.Close)
	recorder, err := trustedform.New(vendor.URL + "/script.js")
	if err != nil {
		t.Fatal(err)
	}
	return handlerstest.New(t, func(c *handlers.Config) { c.Recorder = recorder }), vendor
}

const aCertificate = "/454a35b802f3e7b63ffabb4efedb7c6ebe67886c"

// C-6
func TestRecorder_IsOnTheCheckPageAndNowhereElse(t *testing.T) {
	app, vendor := recorded(t)
	notice, _ := app.Texts.Recording("en", app.Names())
	v := app.Visit(t).Open("/").Sees(notice.Paragraphs[0])
	for _, answers := range [][]string{{"estimatedDebt", "1"}, aboutMaria, homeOfMaria, noIncome} {
		if policy := v.Page.Header().Get("Content-Security-Policy"); policy != web.ContentPolicy {
			t.Errorf("the policy of %s is %q", v.Path, policy)
		}
		v.SeesNot(vendor.URL, "xxTrustedForm", static.Path("recording.js")).Send(answers...)
	}
	v.IsAt("/apply/check", 200).Sees(notice.Heading, notice.Paragraphs[0], vendor.URL+"/script.js", `name="xxTrustedFormCertUrl"`)
	policy := v.Page.Header().Get("Content-Security-Policy")
	for _, want := range []string{"script-src 'self' " + vendor.URL + ";", "connect-src 'self' " + vendor.URL + ";", "img-src 'self' " + vendor.URL + ";", "form-action 'self';", "default-src 'none';"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy %q lacks %q", policy, want)
		}
	}
	page := v.Page.Body.String()
	if strings.Index(page, notice.Paragraphs[0]) > strings.Index(page, "<form") || strings.Contains(page, `<script src="`+vendor.URL) {
		t.Error("the notice does not come before the form, or the vendor's script is in the page itself")
	}
	v.Send(agreed...).SeesNot(vendor.URL)
	if got := v.Page.Header().Get("Content-Security-Policy"); got != web.ContentPolicy {
		t.Errorf("the policy of the status page is %q", got)
	}
}

func TestRecorder_OffLeavesNothingInThePage(t *testing.T) {
	app := handlerstest.New(t)
	notice, _ := app.Texts.Recording("en", app.Names())
	v := app.Visit(t).Open("/").SeesNot(notice.Heading, notice.Paragraphs[0]).UpTo("/apply/check").SeesNot("xxTrustedForm", static.Path("recording.js"), notice.Heading)
	if got := v.Page.Header().Get("Content-Security-Policy"); got != web.ContentPolicy {
		t.Errorf("the policy is %q", got)
	}
	if got := v.Press(with(agreed, "xxTrustedFormCertUrl", "https://cert.trustedform.com"+aCertificate)...); got.Code != 400 {
		t.Errorf("a certificate that nobody asked for: got %d", got.Code)
	}
	v.Send(agreed...)
	if _, record := app.Store.OnlyLead(t); record.Certificate.State != "off" || len(record.Acts) != 3 {
		t.Errorf("the record says %+v and has %d acts", record.Certificate, len(record.Acts))
	}
}

func TestRecorder_WaitsForTheFirstTouchWhereTheLawAsksForIt(t *testing.T) {
	for state, want := range map[string]bool{"TX": false, "CA": true, "PA": true, "NY": false} {
		app, _ := recorded(t)
		v := app.Visit(t).Open("/").Send().Send(aboutMaria...).Send(with(homeOfMaria, "state", state)...).Send(noIncome...)
		if !strings.Contains(v.Page.Body.String(), fmt.Sprintf(`data-strict="%t"`, want)) {
			t.Errorf("%s: strict is not %v", state, want)
		}
	}
}

func TestRecorder_TheLeadIsKeptWithOrWithoutACertificate(t *testing.T) {
	for _, tt := range []struct{ posted, state, id string }{
		{aCertificate, "given", aCertificate[1:]},
		{"", "none", ""},
		{"/../x", "refused", ""},
	} {
		app, vendor := recorded(t)
		v := app.Visit(t).UpTo("/apply/check")
		certificate := tt.posted
		if certificate != "" {
			certificate = vendor.URL + tt.posted
		}
		// The vendor's script adds inputs of its own, one of them with the name of ours.
		body := v.Form(with(agreed, "xxTrustedFormToken", certificate, "xxTrustedFormPingUrl", "https://ping.example/")...).Encode() +
			"&xxTrustedFormCertUrl=" + certificate
		if got := v.Exchange(handlerstest.Request(http.MethodPost, "/apply/check", body)); got.Code != 303 {
			t.Fatalf("%s: got %d", tt.state, got.Code)
		}
		l, record := app.Store.OnlyLead(t)
		if record.Certificate.State != tt.state || record.Certificate.ID != tt.id || l.Permission.CertificateID != tt.id {
			t.Errorf("the record says %s %q, the lead %q", record.Certificate.State, record.Certificate.ID, l.Permission.CertificateID)
		}
		notice := record.Acts[len(record.Acts)-1]
		if len(record.Acts) != 4 || notice.Purpose != consent.Recording || notice.Shown != "shown" || notice.Given {
			t.Errorf("the acts are %+v", record.Acts)
		}
	}
}

package handlers

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"intake/internal/consent"
	"intake/static"
)

// recorded is a door whose check page is recorded by a stand-in, a server of its own.
func recorded(t *testing.T) (door, *httptest.Server) {
	t.Helper()
	vendor := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		_, _ = w.Write([]byte("// records")) // nobody runs it here
	}))
	t.Cleanup(vendor.Close)
	recorder, err := NewRecorder(vendor.URL + "/script.js")
	if err != nil {
		t.Fatal(err)
	}
	return openDoor(t, func(c *Config) { c.Recorder = recorder }), vendor
}

const aCertificate = "/454a35b802f3e7b63ffabb4efedb7c6ebe67886c"

// C-6
func TestRecorder_IsOnTheCheckPageAndNowhereElse(t *testing.T) {
	d, vendor := recorded(t)
	notice, _ := d.Texts.Recording("en", d.names())
	v := d.visit(t).open("/").sees(notice.Paragraphs[0])
	for _, answers := range [][]string{{"estimatedDebt", "1"}, aboutMaria, homeOfMaria, noIncome} {
		if policy := v.page.Header().Get("Content-Security-Policy"); policy != contentPolicy {
			t.Errorf("the policy of %s is %q", v.place, policy)
		}
		v.seesNot(vendor.URL, "xxTrustedForm", static.Path("recording.js")).send(answers...)
	}
	v.at("/apply/check", 200).sees(notice.Heading, notice.Paragraphs[0], vendor.URL+"/script.js", `name="xxTrustedFormCertUrl"`)
	policy := v.page.Header().Get("Content-Security-Policy")
	for _, want := range []string{"script-src 'self' " + vendor.URL + ";", "connect-src 'self' " + vendor.URL + ";", "img-src 'self' " + vendor.URL + ";", "form-action 'self';", "default-src 'none';"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy %q lacks %q", policy, want)
		}
	}
	page := v.page.Body.String()
	if strings.Index(page, notice.Paragraphs[0]) > strings.Index(page, "<form") || strings.Contains(page, `<script src="`+vendor.URL) {
		t.Error("the notice does not come before the form, or the vendor's script is in the page itself")
	}
	v.send(agreed...).seesNot(vendor.URL)
	if got := v.page.Header().Get("Content-Security-Policy"); got != contentPolicy {
		t.Errorf("the policy of the status page is %q", got)
	}
}

func TestRecorder_OffLeavesNothingInThePage(t *testing.T) {
	d := openDoor(t)
	notice, _ := d.Texts.Recording("en", d.names())
	v := d.visit(t).open("/").seesNot(notice.Heading, notice.Paragraphs[0]).upTo("/apply/check").seesNot("xxTrustedForm", static.Path("recording.js"), notice.Heading)
	if got := v.page.Header().Get("Content-Security-Policy"); got != contentPolicy {
		t.Errorf("the policy is %q", got)
	}
	if got := v.press(with(agreed, "xxTrustedFormCertUrl", "https://cert.trustedform.com"+aCertificate)...); got.Code != 400 {
		t.Errorf("a certificate that nobody asked for: got %d", got.Code)
	}
	v.send(agreed...)
	if _, record := d.shelf.only(t); record.Certificate.State != "off" || len(record.Acts) != 3 {
		t.Errorf("the record says %+v and has %d acts", record.Certificate, len(record.Acts))
	}
}

func TestRecorder_WaitsForTheFirstTouchWhereTheLawAsksForIt(t *testing.T) {
	for state, want := range map[string]bool{"TX": false, "CA": true, "PA": true, "NY": false} {
		d, _ := recorded(t)
		v := d.visit(t).open("/").send().send(aboutMaria...).send(with(homeOfMaria, "state", state)...).send(noIncome...)
		if got := d.check(request(http.MethodGet, "/apply/check", ""), v.draft(), checkPage{}).Recording.Strict; got != want {
			t.Errorf("%s: strict is %v", state, got)
		}
	}
}

func TestRecorder_TheVendorsHostsAreItsOwn(t *testing.T) {
	r, err := NewRecorder("")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(r.script, "https://api.trustedform.com/trustedform.js?field=xxTrustedFormCertUrl") {
		t.Errorf("the script is %s", r.script)
	}
	if !strings.Contains(r.policy, "script-src 'self' https://cdn.trustedform.com https://api.trustedform.com;") {
		t.Errorf("the policy is %s", r.policy)
	}
	for _, bad := range []string{"yes", "ftp://x/y.js", "//x/y.js", "http://", "http://user@x/y.js", "http://x y/"} {
		if _, err := NewRecorder(bad); err == nil {
			t.Errorf("%q is taken for a script", bad)
		}
	}
}

// X7
func TestCertificate_IsTheVendorsOrNone(t *testing.T) {
	vendor, err := NewRecorder("")
	if err != nil {
		t.Fatal(err)
	}
	const id = "454a35b802f3e7b63ffabb4efedb7c6ebe67886c"
	for _, tt := range []struct{ story, address, state string }{
		{"the vendor's", "https://cert.trustedform.com/" + id, "given"},
		{"capital letters in the id", "https://cert.trustedform.com/" + strings.ToUpper(id), "given"},
		{"nothing", "", "none"},
		{"plain http", "http://cert.trustedform.com/" + id, "refused"},
		{"another host", "https://cert.trustedform.example/" + id, "refused"},
		{"a host that ends alike", "https://evilcert.trustedform.com/" + id, "refused"},
		{"a host that begins alike", "https://cert.trustedform.com.evil.example/" + id, "refused"},
		{"a host behind an @", "https://cert.trustedform.com@evil.example/" + id, "refused"},
		{"a name before the host", "https://user@cert.trustedform.com/" + id, "refused"},
		{"a port", "https://cert.trustedform.com:8443/" + id, "refused"},
		{"no id", "https://cert.trustedform.com/", "refused"},
		{"no path", "https://cert.trustedform.com", "refused"},
		{"a short id", "https://cert.trustedform.com/454a", "refused"},
		{"a long id", "https://cert.trustedform.com/" + strings.Repeat("a", 129), "refused"},
		{"more behind the id", "https://cert.trustedform.com/" + id + "/x", "refused"},
		{"a slash behind the id", "https://cert.trustedform.com/" + id + "/", "refused"},
		{"a query", "https://cert.trustedform.com/" + id + "?x=1", "refused"},
		{"a fragment", "https://cert.trustedform.com/" + id + "#x", "refused"},
		{"dots", "https://cert.trustedform.com/../" + id, "refused"},
		{"an escape", "https://cert.trustedform.com/%34" + id, "refused"},
		{"no scheme", "//cert.trustedform.com/" + id, "refused"},
		{"markup", "<script>alert(1)</script>", "refused"},
		{"the id alone", id, "refused"},
		{"a line feed", "https://cert.trustedform.com/" + id + "\n", "refused"},
	} {
		got := vendor.certificate(tt.address)
		wantID, wantURL := "", ""
		if tt.state == "given" {
			wantURL = tt.address
			wantID = strings.TrimPrefix(tt.address, "https://cert.trustedform.com/")
		}
		if got.State != tt.state || got.ID != wantID || got.URL.Reveal() != wantURL {
			t.Errorf("%s: got %s %q", tt.story, got.State, got.ID)
		}
	}
}

func TestRecorder_TheLeadIsKeptWithOrWithoutACertificate(t *testing.T) {
	for _, tt := range []struct{ posted, state, id string }{
		{aCertificate, "given", aCertificate[1:]},
		{"", "none", ""},
		{"/../x", "refused", ""},
	} {
		d, vendor := recorded(t)
		v := d.visit(t).upTo("/apply/check")
		certificate := tt.posted
		if certificate != "" {
			certificate = vendor.URL + tt.posted
		}
		// The vendor's script adds inputs of its own, one of them with the name of ours.
		body := v.form(with(agreed, "xxTrustedFormToken", certificate, "xxTrustedFormPingUrl", "https://ping.example/")...).Encode() +
			"&xxTrustedFormCertUrl=" + certificate
		if got := v.exchange(request(http.MethodPost, "/apply/check", body)); got.Code != 303 {
			t.Fatalf("%s: got %d", tt.state, got.Code)
		}
		l, record := d.shelf.only(t)
		if record.Certificate.State != tt.state || record.Certificate.ID != tt.id || l.Permission.CertificateID != tt.id {
			t.Errorf("the record says %s %q, the lead %q", record.Certificate.State, record.Certificate.ID, l.Permission.CertificateID)
		}
		notice := record.Acts[len(record.Acts)-1]
		if len(record.Acts) != 4 || notice.Purpose != consent.Recording || notice.Shown != "shown" || notice.Given {
			t.Errorf("the acts are %+v", record.Acts)
		}
	}
}

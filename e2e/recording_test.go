package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	pw "github.com/mxschmitt/playwright-go"

	"intake/internal/consent"
)

// certificateID is what the stand-in names its certificates.
const certificateID = "0123456789abcdef0123456789abcdef01234567"

// recorder stands in for the vendor of the recording: a script that writes the address of a certificate
// into the form, and tells what stood on the page when it ran.
type recorder struct {
	*httptest.Server
	mu    sync.Mutex
	pages []string // whose script was asked for
	saw   []string // on the page
}

// recordingScript is the vendor's script as far as our page is concerned.
const recordingScript = `(() => {
	const at = document.querySelector('form[data-recording]'), notice = document.querySelector('main .notice');
	const told = notice && notice.checkVisibility() && (notice.compareDocumentPosition(at) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
	const after = (at.compareDocumentPosition(document.currentScript) & Node.DOCUMENT_POSITION_FOLLOWING) !== 0;
	const number = document.querySelector('[data-tf-sensitive=true]');
	const input = document.querySelector('input[name=xxTrustedFormCertUrl]');
	input.value = '%s/%s';
	const own = document.createElement('input'); // the vendor's script adds some
	own.type = 'hidden'; own.name = 'xxTrustedFormToken'; own.value = input.value;
	at.append(own);
	new Image().src = '%s/saw.png?' + new URLSearchParams({told, after, number: number ? number.textContent.trim().slice(0, 9) : 'none'});
})();`

func startRecorder(t *testing.T) *recorder {
	t.Helper()
	r := &recorder{}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		r.mu.Lock()
		defer r.mu.Unlock()
		w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
		switch q.URL.Path {
		case "/script.js":
			r.pages = append(r.pages, q.Referer())
			w.Header().Set("Content-Type", "text/javascript")
			fmt.Fprintf(w, recordingScript, r.URL, certificateID, r.URL)
		case "/saw.png":
			r.saw = append(r.saw, q.URL.RawQuery)
			w.WriteHeader(http.StatusNoContent)
		default:
			http.NotFound(w, q)
		}
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *recorder) asked() (pages, saw []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.pages...), append([]string(nil), r.saw...)
}

// serveRecorded is a program whose check page is recorded.
func (r *recorder) serve(t *testing.T) *program {
	t.Helper()
	return serve(t, "INTAKE_TRUSTEDFORM="+r.URL+"/script.js", "INTAKE_SITE=relief.example")
}

// C-6: the script loads on the check page alone, after the notice and after the form; its certificate
// goes along, and is in the evidence.
func TestRecording_LoadsOnTheCheckPageAloneAfterTheNotice(t *testing.T) {
	t.Parallel()
	for prefix, words := range map[string]string{
		"":    "ActiveProspect records for Clearwater Relief LLC (sample) what is shown and done on the page “Review and send”.",
		"/es": "ActiveProspect graba para Clearwater Relief LLC (sample) lo que se muestra y se hace en la página “Revise y envíe”.",
	} {
		r := startRecorder(t)
		p := r.serve(t)
		v := p.visitedBy(t, onPhone)
		v.prefix = prefix
		v.open(prefix + "/")
		v.sees(words)
		for i, step := range steps {
			if pages, _ := r.asked(); len(pages) != 0 {
				t.Errorf("the script was asked for on the way to %s", step.path)
			}
			if i == len(steps)-1 {
				v.allow(strings.TrimPrefix(r.URL, "http://"))
			}
			v.fill(everything().only(step.boxes...))
			v.press()
			v.at(after(i))
		}
		v.sees(words)
		await(t, "the script has run", func() bool { _, saw := r.asked(); return len(saw) > 0 })
		pages, saw := r.asked()
		if len(pages) != 1 || len(saw) != 1 || saw[0] != "told=true&after=true&number="+map[string]string{"": "ends+in+9", "/es": "termina+e"}[prefix] {
			t.Errorf("the script was asked for %d times and saw %q", len(pages), saw)
		}
		v.fill(everything().only(consentBoxes...))
		v.press()
		v.atStatus()
		result := v.path()
		for _, path := range []string{"/", "/opt-out", "/privacy", result} {
			v.open(path)
		}
		want := everythingAtAlleviate()
		want["trustedformCertificateID"], want["siteURL"] = certificateID, "relief.example"
		checkArrived(t, p, want)
		if pages, _ := r.asked(); len(pages) != 1 {
			t.Errorf("the script was asked for %d times", len(pages))
		}
		record := p.record(result)
		if got := record.Certificate; got.State != "given" || got.ID != certificateID || got.URL.Reveal() != r.URL+"/"+certificateID {
			t.Errorf("the certificate in the record is %s %s", got.State, got.ID)
		}
		if notice := record.Acts[len(record.Acts)-1]; notice.Purpose != consent.Recording || notice.Shown != "shown" || notice.Given {
			t.Errorf("the notice in the record is %+v", notice)
		}
	}
}

// In the strict states nothing is asked of the vendor before the visitor touches the form.
func TestRecording_InTheStrictStatesItWaitsForTheFirstTouch(t *testing.T) {
	t.Parallel()
	for _, state := range []string{"CA", "PA", "TX"} {
		r := startRecorder(t)
		p := r.serve(t)
		v := p.visitedBy(t, onLaptop)
		v.allow(strings.TrimPrefix(r.URL, "http://"))
		v.walk(everything().with("state", state))
		must(t, v.WaitForLoadState(pw.PageWaitForLoadStateOptions{State: pw.LoadStateNetworkidle}))
		if pages, _ := r.asked(); (len(pages) > 0) != (state == "TX") {
			t.Errorf("%s: before the first touch the script was asked for %d times", state, len(pages))
		}
		must(t, v.Locator("#consentTerms").Check())
		await(t, "the script has run", func() bool { _, saw := r.asked(); return len(saw) > 0 })
		v.fill(everything().only(consentBoxes...))
		v.press()
		v.atStatus()
		if got := p.record(v.path()).Certificate; got.State != "given" {
			t.Errorf("%s: the certificate is %q", state, got.State)
		}
	}
}

// Blocked, broken or without a script: the lead is sent, and the record says that there is none.
func TestRecording_WithoutItTheLeadIsSentAllTheSame(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		story string
		who   person
		block func(v *visit, r *recorder)
	}{
		{"blocked", onPhone, func(v *visit, r *recorder) {
			must(t, v.Route(r.URL+"/**", func(route pw.Route) { _ = route.Abort() }))
		}},
		{"down", onPhone, func(_ *visit, r *recorder) { r.Close() }},
		{"without JavaScript", withoutScript, func(*visit, *recorder) {}},
	} {
		t.Run(tt.story, func(t *testing.T) {
			r := startRecorder(t)
			p := r.serve(t)
			v := p.visitedBy(t, tt.who)
			tt.block(v, r)
			v.allow(strings.TrimPrefix(r.URL, "http://"), "net::ERR_")
			v.apply(everything())
			v.sees(wordsQualified)
			result := v.path()
			want := everythingAtAlleviate()
			want["siteURL"] = "relief.example"
			checkArrived(t, p, want)
			if pages, _ := r.asked(); len(pages) != 0 {
				t.Errorf("the script came through %d times", len(pages))
			}
			if got := p.record(result).Certificate; got.State != "none" || got.ID != "" || got.URL.Given() {
				t.Errorf("the certificate is %q %q", got.State, got.ID)
			}
		})
	}
}

// Only the vendor's own addresses are certificates; what anything else says is not passed on.
func TestRecording_OnlyTheVendorsAddressIsACertificate(t *testing.T) {
	r := startRecorder(t)
	p := r.serve(t)
	order(t, p.twin, "assumptions", `{"duplicateMatch":"off"}`)
	for i, tt := range []struct{ address, state string }{
		{r.URL + "/" + certificateID, "given"},
		{"", "none"},
		{"https://cert.trustedform.com/" + certificateID, "refused"}, // not the stand-in's
		{"https://cert.trustedform.com.evil.example/" + certificateID, "refused"},
		{r.URL + "/" + certificateID + "?x=1", "refused"},
		{r.URL + "/../" + certificateID, "refused"},
		{r.URL + "/<script>", "refused"},
		{"javascript:alert(1)", "refused"},
		{certificateID, "refused"},
		{strings.Repeat("a", 4000), "refused"},
	} {
		v, person := p.visitor(), invented(i)
		page := v.walk(person)
		receipt := v.post(checkPath, page.form(person).with("xxTrustedFormCertUrl", tt.address)).receipt(t)
		await(t, "the lead is delivered", func() bool { return p.get(receipt).says(wordsQualified) })
		calls := p.ledger().Calls("createLead")
		got := inputOf(t, calls[len(calls)-1])["trustedformCertificateID"]
		if want := map[bool]any{true: certificateID}[tt.state == "given"]; got != want {
			t.Errorf("%.60q: Alleviate is told %v, want %v", tt.address, got, want)
		}
		if got := p.record(receipt).Certificate; got.State != tt.state || (got.ID != "") != (tt.state == "given") || got.URL.Given() != (tt.state == "given") {
			t.Errorf("%.60q: the certificate is %q %q, want it %s", tt.address, got.State, got.ID, tt.state)
		}
	}
}

// A page of a program that records nothing asks no vendor, takes no certificate and allows no host.
func TestRecording_IsOffUnlessConfigured(t *testing.T) {
	p := serve(t)
	v := p.visitor()
	page := v.walk(required())
	if policy := page.header.Get("Content-Security-Policy"); strings.Contains(policy, "://") {
		t.Errorf("the check page allows %s", policy)
	}
	if strings.Contains(page.body, "rustedForm") || page.says("ActiveProspect") {
		t.Error("the check page speaks of a recording")
	}
	if got := v.post(checkPath, page.form(required()).with("xxTrustedFormCertUrl", "https://cert.trustedform.com/"+certificateID)); got.status != 400 {
		t.Errorf("a certificate that nobody asked for is answered %d, want 400", got.status)
	}
	if got := p.record(v.finish(page, required()).receipt(t)).Certificate; got.State != "off" {
		t.Errorf("the certificate is %q", got.State)
	}
}

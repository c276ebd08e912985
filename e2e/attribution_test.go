package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	pw "github.com/mxschmitt/playwright-go"

	"intake/internal/lead"
)

// advert is the address behind an advertisement, each value unlike anything else.
const advert = "/?utm_source=zeitung&utm_medium=cpc-herkunft7319&utm_campaign=herbst%20herkunft7319&utm_term=schuld-herkunft7319" +
	"&utm_content=b-herkunft7319&gclid=Cj-herkunft7319&gbraid=0AA-herkunft7319&wbraid=Cl-herkunft7319&fbclid=IwAR-herkunft7319" +
	"&msclkid=a-herkunft7319&ttclid=E-herkunft7319&isAgent=herkunft7319&email=zaunkoenig-herkunft7319@canary.example"

// originCanary stands in each value of it but the source, by which leads are counted.
const originCanary = "herkunft7319"

var advertised = lead.Attribution{
	UTMSource: "zeitung", UTMMedium: "cpc-herkunft7319", UTMCampaign: "herbst herkunft7319", UTMTerm: "schuld-herkunft7319", UTMContent: "b-herkunft7319",
	GCLID: "Cj-herkunft7319", GBRAID: "0AA-herkunft7319", WBRAID: "Cl-herkunft7319", FBCLID: "IwAR-herkunft7319", MSCLKID: "a-herkunft7319", TTCLID: "E-herkunft7319",
	Referrer: "https://ads.example", Landing: "/",
}

// addresses are all that a tab asks for, with the headers that tell where it comes from.
type addresses struct {
	mu  sync.Mutex
	all []string
}

func (a *addresses) watch(v *visit) {
	v.OnRequest(func(r pw.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.all = append(a.all, r.URL()+" "+r.Headers()["referer"])
	})
}

func (a *addresses) list() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.all)
}

// Where a visitor came from first lies sealed with the lead and, but for the name of the source, nowhere else.
func TestAttribution_FirstTouchIsSealedWithTheLeadAndNowhereElse(t *testing.T) {
	t.Parallel()
	p := serve(t, "INTAKE_LOG=debug")
	v := p.visitedBy(t, onPhone)
	var asked addresses
	asked.watch(v)
	_, err := v.Goto(p.url+advert, pw.PageGotoOptions{Referer: pw.String("https://ads.example/creative/herkunft7319?x=herkunft7319")})
	must(t, err)
	for i, step := range steps {
		v.fill(everything().only(step.boxes...))
		v.press()
		v.at(after(i))
	}
	w := v.tab()
	w.open("/?utm_source=second-herkunft7319") // later touches change nothing
	v.agree()
	v.press()
	v.sees(wordsQualified)
	result := v.path()
	for i, address := range asked.list() {
		if i > 0 && strings.Contains(strings.ReplaceAll(address, p.url+advert, ""), originCanary) { // the first page loads its sheet as itself
			t.Errorf("an address of ours is %s", address)
		}
	}
	ledger, err := json.Marshal(awaitDelivered(t, p.twin, 1))
	must(t, err)
	if strings.Contains(string(ledger), originCanary) {
		t.Error("Alleviate was told where the visitor came from")
	}
	p.stop()
	places := append(filesUnder(t, p.dir), place{"the log", []byte(p.out.String())})
	for _, place := range places {
		if strings.Contains(string(place.text), originCanary) {
			t.Errorf("%s holds it in clear", place.name)
		}
	}
	if diff := cmp.Diff(advertised, p.origin(result)); diff != "" {
		t.Errorf("the origin of the lead (-want +got):\n%s", diff)
	}
	if record := p.record(result); record.Referrer != "https://ads.example" || record.LandingURL != p.url+"/" {
		t.Errorf("the record has the referrer %q and the first page %q", record.Referrer, record.LandingURL)
	}
}

// origin is what lies sealed with the lead of a status page.
func (p *program) origin(statusPath string) lead.Attribution {
	p.t.Helper()
	l, _ := p.onDisk(statusPath)
	s := p.stored()
	defer s.Close()
	whole, err := s.Find(p.ctx(), l.ID)
	must(p.t, err)
	return whole.Origin.Reveal()
}

// C-8: whoever asks not to be followed is not, and is told so on every page.
func TestAttribution_GlobalPrivacyControlIsHonouredAndShown(t *testing.T) {
	t.Parallel()
	words := map[string]string{"": "Opt-out request honored", "/es": "Solicitud de exclusión respetada"}
	p := serve(t)
	for prefix, honored := range words {
		v := p.visitedBy(t, onPhone)
		v.prefix = prefix
		v.expect(404, 422)
		must(t, v.Context().SetExtraHTTPHeaders(map[string]string{"Sec-GPC": "1"}))
		isTold := func() {
			t.Helper()
			if told, err := v.Locator("footer").GetByText(honored).IsVisible(); err != nil || !told {
				t.Errorf("%s does not say %q, %v", v.path(), honored, err)
			}
		}
		_, err := v.Goto(p.url+prefix+advert, pw.PageGotoOptions{Referer: pw.String("https://ads.example/")})
		must(t, err)
		for i, step := range steps {
			isTold()
			v.fill(required().only(step.boxes...))
			v.press()
			v.at(after(i))
		}
		isTold()
		v.pressAnyway() // without a checked box
		v.sees(map[string]string{"": "There is a problem", "/es": "Hay un problema"}[prefix])
		isTold()
		v.agree()
		v.press()
		v.atStatus()
		isTold()
		result := v.path()
		for _, path := range []string{"/opt-out", "/opt-out/done", "/privacy", "/terms", "/nowhere"} {
			v.open(prefix + path)
			isTold()
		}
		if diff := cmp.Diff(lead.Attribution{Landing: prefix + "/"}, p.origin(result)); diff != "" {
			t.Errorf("the origin of the lead (-want +got):\n%s", diff)
		}
		if record := p.record(result); !record.GPC || record.Referrer != "" {
			t.Errorf("the record has GPC %v and the referrer %q", record.GPC, record.Referrer)
		}
	}
	v := p.visitedBy(t, onPhone)
	v.open("/")
	if n, err := v.GetByText(words[""]).Count(); err != nil || n != 0 {
		t.Errorf("who did not ask is told all the same: %d, %v", n, err)
	}
}

// The signal may come late: what was noted before it is dropped.
func TestAttribution_ASignalThatComesLateDropsWhatWasNoted(t *testing.T) {
	p := serve(t)
	v := p.visitor()
	hidden := v.landAt(advert)
	v.post("/apply/debt", hidden)
	v.header.Set("Sec-GPC", "1")
	for _, step := range steps[1:] {
		v.post(step.path, required().only(step.boxes...))
	}
	receipt := v.finish(v.look(), required()).receipt(t)
	if diff := cmp.Diff(lead.Attribution{Landing: "/"}, p.origin(receipt)); diff != "" {
		t.Errorf("the origin of the lead (-want +got):\n%s", diff)
	}
}

// landAt opens the first page at the address and returns the hidden inputs of its form.
func (v *visitor) landAt(address string) answers {
	v.program.t.Helper()
	return v.get(address).hidden()
}

// An origin that is not signed by us is none.
func TestAttribution_AForgedOriginIsNone(t *testing.T) {
	p := serve(t)
	v := p.visitor()
	hidden := v.landAt(advert)
	v.post("/apply/debt", hidden.with("origin", hidden["origin"][:len(hidden["origin"])-4]+"AAAA"))
	for _, step := range steps[1:] {
		v.post(step.path, required().only(step.boxes...))
	}
	receipt := v.finish(v.look(), required()).receipt(t)
	if l, _ := p.onDisk(receipt); p.origin(receipt) != (lead.Attribution{}) {
		t.Errorf("lead %s came from %+v", l.ID, p.origin(receipt))
	}
}

package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"intake/internal/consent"
)

// handOffSSN is what the caller types on their own phone.
const handOffSSN = "219-09-6789"

var (
	deskWithoutScript = person{width: 1366, height: 768, noScript: true}
	phoneNoScript     = person{width: 360, height: 640, noScript: true}
)

// typesWithoutScript sends the reference caller without a complete consent.
func (v *visit) sendsWithoutConsent() {
	v.t.Helper()
	if v.who.noScript {
		v.fill(referenceCaller.without("callId", "line-recording", "line-credit", "line-terms"))
		must(v.t, v.Locator("#send").Click())
		v.sees("Saved, not sent")
		must(v.t, v.Locator("#outcome a").First().Click())
		v.sees("Waits for consent")
		return
	}
	v.typesCaller()
	must(v.t, v.Keyboard().Press("Control+Enter"))
	v.sees("Saved, not sent")
}

// speaks chooses the language of the call.
func (v *visit) speaks(prefix string) {
	v.t.Helper()
	if prefix == "/es" {
		must(v.t, v.Locator("#language-es").Check())
		must(v.t, v.Locator("#firstName").Focus())
	}
}

// makesLink makes a link that asks for the Social Security number, and returns its address and code.
func (v *visit) makesLink() (path, code string) {
	v.t.Helper()
	must(v.t, v.Locator("#askSSN").Check())
	if v.who.noScript {
		must(v.t, v.Locator("#link").Click())
	} else {
		must(v.t, v.Keyboard().Press("F8"))
	}
	v.sees("Link ready")
	address := ask[string](v, `document.getElementById('link-address').value`)
	path, ours := strings.CutPrefix(address, v.program.url)
	if !ours {
		v.t.Fatalf("the link leads to %s", address)
	}
	return path, ask[string](v, `document.querySelector('.code').textContent`)
}

// linkState is what the desk says of the link. Without a script its page is loaded again.
func (v *visit) awaitsLink(state string) {
	v.t.Helper()
	await(v.t, "the link is "+state, func() bool {
		if v.who.noScript {
			if _, err := v.Reload(); err != nil {
				return false
			}
		}
		got, err := v.Evaluate(`document.querySelector('[data-link]')?.dataset.link`)
		return err == nil && got == state
	})
}

// agrees checks the boxes and presses a button of the page of a link.
func (v *visit) agrees(button string, boxes ...string) {
	v.t.Helper()
	for _, box := range boxes {
		must(v.t, v.Locator(`[name="`+box+`"]`).Check())
	}
	must(v.t, v.Locator(`button[value="`+button+`"]`).Click())
}

// TestHandOff_TheCallerAgreesOnTheirOwnPhone goes all the way in two browsers: the agent makes a link, the caller types the number
// and agrees, and the desk turns by itself.
func TestHandOff_TheCallerAgreesOnTheirOwnPhone(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{"", "/es"} {
		for _, script := range []bool{true, false} {
			t.Run(fmt.Sprint(prefix, " script ", script), func(t *testing.T) {
				t.Parallel()
				p := serve(t)
				atDesk, onPhone := atDesk, onPhone
				if !script {
					atDesk, onPhone = deskWithoutScript, phoneNoScript
				}
				agent, caller := p.visitedBy(t, atDesk), p.visitedBy(t, onPhone)
				agent.signsIn("/desk", "Dana")
				agent.speaks(prefix)
				agent.sendsWithoutConsent()
				path, _ := agent.makesLink()
				if !strings.HasPrefix(path, prefix+"/consent/") {
					t.Fatalf("the link leads to %s", path)
				}
				caller.open(path)
				caller.sees(map[string]string{"": "Hello Maria", "/es": "Hola, Maria"}[prefix])
				caller.sees("(512) 555-0148")
				agent.awaitsLink("opened")

				caller.expect(422)
				must(t, caller.Locator("#socialSecurityNumber").Fill(handOffSSN))
				caller.agrees("accept", "consentCredit")
				caller.sees(wordProblem[prefix])
				if got := ask[string](caller, `document.getElementById('socialSecurityNumber').value`); got != "" {
					t.Errorf("the page holds the number: %d characters", len(got))
				}
				must(t, caller.Locator("#socialSecurityNumber").Fill(handOffSSN))
				pressed := time.Now()
				caller.agrees("accept", "consentCredit", "consentTerms", "consentMarketing")
				caller.prefix = prefix
				caller.atStatus()
				agent.awaitsLink("accepted")
				t.Logf("the desk was green %s after the press", time.Since(pressed).Round(time.Millisecond))
				agent.sees("Valid, ends 6789")
				if script {
					agent.sees("May I connect you now?")
					if clicks := ask[bool](agent, `document.activeElement.matches('[data-kinds] input')`); !clicks {
						t.Errorf("the cursor is at %q, and not at how the call ended", ask[string](agent, `document.activeElement.outerHTML`))
					}
				}
				got := onlyLead(t, awaitDelivered(t, p.twin, 1))
				if got["socialSecurityNumber"] != "219096789" || got["termsConsent"] != true || got["marketingOptIn"] != true || got["clientIP"] != "127.0.0.1" {
					t.Errorf("Alleviate got %v", got)
				}
				caller.open(path)
				caller.sees(map[string]string{"": "Thank you. We have your answer.", "/es": "Gracias. Tenemos su respuesta."}[prefix])
				if r := p.onlyRecord(t); r.Channel != consent.ConsumerLink || r.Language != map[string]string{"": "en", "/es": "es"}[prefix] || r.HandOff.OpenedAt.IsZero() {
					t.Errorf("the record is of %s in %s", r.Channel, r.Language)
				}
			})
		}
	}
}

// TestHandOff_ByCodeAndDeclined reads the code aloud; the caller does not agree. The agent's own browser may not answer.
func TestHandOff_ByCodeAndDeclined(t *testing.T) {
	t.Parallel()
	p := serve(t)
	agent, caller := p.visitedBy(t, atDesk), p.visitedBy(t, onPhone)
	agent.signsIn("/desk", "Dana")
	agent.sendsWithoutConsent()
	path, code := agent.makesLink()

	own := agent.tab()
	own.expect(403)
	own.open(path)
	own.sees("This page is for the caller")
	agent.awaitsLink("made")

	caller.expect(422)
	caller.open("/consent")
	must(t, caller.Locator("#code").Fill("AAAA-AAAA"))
	must(t, caller.Locator("#answers button").Click())
	caller.sees("That code is not right, or its time is over.")
	must(t, caller.Locator("#code").Fill(strings.ToLower(code)))
	must(t, caller.Locator("#answers button").Click())
	caller.sees("Hello Maria")
	agent.awaitsLink("opened")
	must(t, caller.Locator("header button.language").Click())
	caller.sees("Hola, Maria")
	caller.agrees("decline")
	caller.sees("Usted no aceptó")
	agent.awaitsLink("declined")
	agent.sees("That is fine. Nothing was sent.")
	if leads := p.ledger().Leads; len(leads) != 0 {
		t.Errorf("%d leads were sent", len(leads))
	}
}

// onlyRecord is the consent record of the one lead that is stored.
func (p *program) onlyRecord(t *testing.T) consent.Record {
	t.Helper()
	s := p.stored()
	defer s.Close()
	ids := p.leadIDs()
	if len(ids) != 1 {
		t.Fatalf("%d leads are stored", len(ids))
	}
	record, err := s.Consent(t.Context(), ids[0])
	must(t, err)
	return record
}

// TestHandOff_AfterCreateLead sends the link by the webhook once the lead is qualified; the certificate of the caller's visit and the number
// that the link was sent to go along with submitLead. The agent types, sends, makes the link and says how the call ended with few keys.
func TestHandOff_AfterCreateLead(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var bodies []string
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.Header.Get("webhook-signature") == "" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		mu.Lock()
		defer mu.Unlock()
		if bodies = append(bodies, string(body)); len(bodies) == 1 {
			w.WriteHeader(http.StatusServiceUnavailable) // and works the second time
		}
	}))
	defer receiver.Close()
	vendor := startRecorder(t)
	p := serve(t, "INTAKE_CONSENT_TIMING=after", "ALLEVIATE_CRM=manual", "INTAKE_LINK_SENDER=webhook", "INTAKE_LINK_WEBHOOK="+receiver.URL+"/links",
		"INTAKE_WEBHOOK_SECRET="+strings.Repeat("x", 32), "INTAKE_TRUSTEDFORM="+vendor.URL+"/script.js")
	agent, caller := p.visitedBy(t, atDesk), p.visitedBy(t, onPhone)
	caller.allow(strings.TrimPrefix(vendor.URL, "http://"))
	agent.signsIn("/desk", "Dana")
	_, err := agent.Evaluate(countKeys)
	must(t, err)
	agent.typesCaller()
	for box, value := range map[string]string{"callId": "C-1", "line-recording": "yes", "line-credit": "yes"} { // the lines cost no more than on any recorded call
		if value == "yes" {
			must(t, agent.Locator("#"+box).SetChecked(true))
		} else {
			must(t, agent.Locator("#"+box).Fill(value))
		}
	}
	must(t, agent.Keyboard().Press("Control+Enter"))
	agent.sees("Qualified: the caller agrees now")
	must(t, agent.Keyboard().Press("F8"))
	await(t, "the desk says that the link was sent", func() bool {
		got, err := agent.Evaluate(`document.querySelector('[data-sending]')?.dataset.sending`)
		return err == nil && got == "sent"
	})
	mu.Lock()
	var message struct{ Link, Phone string }
	must(t, json.Unmarshal([]byte(bodies[len(bodies)-1]), &message))
	if len(bodies) != 2 || bodies[0] != bodies[1] || message.Phone != "+15125550148" {
		t.Errorf("the webhook got %d messages, the last for %q", len(bodies), message.Phone)
	}
	mu.Unlock()
	caller.open(strings.TrimPrefix(message.Link, p.url))
	caller.sees("Hello Maria")
	await(t, "the vendor's script has run", func() bool { _, saw := vendor.asked(); return len(saw) > 0 })
	if pages, _ := vendor.asked(); len(pages) != 1 || pages[0] != "" {
		t.Errorf("the vendor was told of %q", pages)
	}
	caller.agrees("accept", "consentCredit", "consentTerms")
	caller.atStatus()
	agent.awaitsLink("accepted")
	agent.sees("Qualified, lead handed over")
	await(t, "the cursor is at how the call ended", func() bool { return ask[bool](agent, `document.activeElement.matches('[data-kinds] input')`) })
	must(t, agent.Keyboard().Press("1"))
	agent.sees("Saved: Transferred.")
	if keys := ask[int](agent, `window.keys`); keys > 83 {
		t.Errorf("%d keys for type, send, link and disposition, want at most 83", keys)
	}
	ledger := p.ledger()
	created, submitted := ledger.Calls("createLead"), ledger.Calls("submitLead")
	if len(created) != 1 || len(submitted) != 1 {
		t.Fatalf("%d createLead, %d submitLead", len(created), len(submitted))
	}
	if text := string(created[0].Input); strings.Contains(text, certificateID) || !strings.Contains(text, `"termsConsent":false`) {
		t.Errorf("createLead carried %s", text)
	}
	if text := string(submitted[0].Input); !strings.Contains(text, certificateID) || !strings.Contains(text, "5125550148") {
		t.Errorf("submitLead carried %s", text)
	}
	if log := p.out.String(); strings.Contains(log, message.Link[len(p.url)+len("/consent/"):]) {
		t.Error("the log has the token")
	}
}

// TestHandOff_ThePagesAreAccessible looks at the page of a link in each state, the box for a code, and the panel of the desk.
func TestHandOff_ThePagesAreAccessible(t *testing.T) {
	t.Parallel()
	p := serve(t)
	agent := p.visitedBy(t, person{width: 1366, height: 768, bypassCSP: true})
	agent.signsIn("/desk", "Dana")
	agent.sendsWithoutConsent()
	must(t, agent.Locator("#askDateOfBirth").Check())
	path, _ := agent.makesLink()
	agent.isAccessible("the panel with a link")
	v := p.visitor()
	states := []state{{"the link", v.get(path)}, {"the link in Spanish", v.get("/es" + path)}, {"the box for a code", v.get("/consent")}}
	form := answers{"page": strings.Split(strings.Split(states[0].body, `name="page" value="`)[1], `"`)[0], "answer": "accept", "dateOfBirth-day": "6"}
	states = append(states, state{"the link with errors", v.post(path, form)}, state{"a wrong code", v.post("/consent", answers{"code": "AAAA-AAAA"})})
	if got := v.post(path, answers{"answer": "decline"}); got.status != http.StatusSeeOther {
		t.Fatalf("declining is answered %d", got.status)
	}
	states = append(states, state{"the link declined", v.get(path)})
	for _, s := range states {
		if !strings.Contains(s.body, "<main") {
			t.Fatalf("%s is no page: %s", s.name, s.body)
		}
	}
	p.areAccessible(t, states)
	p.fit(t, states)
	p.fitLargeLetters(t, states)
	areValid(t, states)
}

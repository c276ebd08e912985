package e2e

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"intake/internal/lead"
)

// Whoever opts out on the page is heeded at once: a lead that waits is stopped, and nothing of it goes
// to Alleviate when it comes back.
func TestOptOut_ByThePageStopsALeadThatWaits(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		prefix, contact, done string
		who                   person
	}{
		{"", " +1 512-555-0148 ", "We will not contact you again", onPhone},
		{"/es", strings.ToUpper(required()["email"]), "No volveremos a comunicarnos con usted", withoutScript},
	} {
		t.Run(tt.done, func(t *testing.T) {
			t.Parallel()
			p, tw := apart(t)
			p.start() // without a simulator nothing becomes of the lead
			receipt := p.accepted(required())
			waiting, _ := p.onDisk(receipt)
			v := p.visitedBy(t, tt.who)
			v.prefix = tt.prefix
			v.open(tt.prefix + "/")
			must(t, v.Locator(`footer a[href$="/opt-out"]`).Click())
			v.at("/opt-out")
			must(t, v.Locator("#contact").Fill(tt.contact))
			v.press()
			v.at("/opt-out/done")
			v.sees(tt.done)
			if said := p.wants(0, "closed", "leads", "show", string(waiting.ID)); !strings.Contains(said, lead.OptedOut) {
				t.Errorf("the command line does not tell why:\n%s", said)
			}
			other := p.accepted(required().with("email", "other@example.com", "homePhone", "512 555 0177"))
			p.stop()
			tw.start()
			p.start()
			awaitDelivered(t, tw.addr, 1)
			p.stop()
			l, _ := p.onDisk(receipt)
			if l.Status != lead.Closed || l.Step != lead.AtRest || l.Reason != lead.OptedOut {
				t.Errorf("the lead is %s, waits for %q, because %q", l.Status, l.Step, l.Reason)
			}
			if l, _ := p.onDisk(other); l.Status != lead.Submitted {
				t.Errorf("the lead of somebody else is %s", l.Status)
			}
			checkAtMostOnce(t, tw, 1)
		})
	}
}

// The answer is the same for everybody, and a new request after it is a new word.
func TestOptOut_TellsNobodyWhoIsKnown(t *testing.T) {
	p := serve(t)
	p.accepted(required())
	ask := func(contact string) response {
		v := p.visitor()
		got := v.post("/opt-out", answers{"contact": contact})
		checkLeads(t, got, "/opt-out/done")
		got.header.Del("X-Request-Id")
		got.header.Del("Date")
		return got
	}
	known, stranger := ask("512 555 0148"), ask("512 555 0199")
	if diff := cmp.Diff(known.header, stranger.header); diff != "" || known.body != stranger.body {
		t.Errorf("the answers differ (-known +stranger):\n%s", diff)
	}
	for _, contact := range []string{"", "512", "nobody", "a@", "512 555 0148, 512 555 0149", markup} {
		got := p.visitor().post("/opt-out", answers{"contact": contact})
		if got.status != 422 || got.problems()["contact"] != "Enter a 10-digit phone number or an email address" || got.value(t, "contact") != contact {
			t.Errorf("%q is answered %d with %v", contact, got.status, got.problems())
		}
	}
}

// What Alleviate has already is on the list of what it must be told.
func TestOptOut_ALeadAtAlleviateIsOnTheListToTell(t *testing.T) {
	p := serve(t)
	receipt := p.accepted(required())
	awaitDelivered(t, p.twin, 1)
	await(t, "the lead is at rest", func() bool { return p.get(receipt).says(wordsQualified) })
	l, _ := p.onDisk(receipt)
	checkLeads(t, p.visitor().post("/opt-out", answers{"contact": qualifiedEmail}), "/opt-out/done")
	p.wants(0, string(l.ID), "leads", "list", "tell")
}

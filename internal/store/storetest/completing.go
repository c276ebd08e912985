package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store"
	"intake/internal/store/erasure"
	"intake/internal/store/proof"
	"intake/internal/store/restore"
)

var (
	ann = lead.Agent{Key: "https://id.example 7", Name: "Ann"}
	ben = lead.Agent{Key: "https://id.example 8", Name: "Ben"}
)

// CallRecord is the complete record of a call on which an agent read the lines of a script.
func CallRecord() consent.Record {
	r := consent.Record{
		At: time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC), Channel: consent.RecordedCall, Language: "en", Seller: "Example", FormVersion: "v1",
		PersonName: lead.Keep("José O'Brien"), Phone: lead.Keep("2025550143"), Zone: lead.Keep("America/Chicago"),
		Call: consent.Call{ID: lead.Keep("call-7319"), Agent: lead.Keep("Ann https://id.example 7"), Script: "1"},
	}
	for _, p := range []consent.Purpose{consent.Recording, consent.Credit, consent.Terms, consent.Marketing} {
		r.Acts = append(r.Acts, consent.Act{Purpose: p, Given: true, TextID: "script/" + string(p), Version: "1", Language: "en", SHA256: "00ff", Shown: consent.ReadAloud})
	}
	return r
}

// incomplete is a record before the agent has typed the id of the recording.
func incomplete() consent.Record {
	r := CallRecord()
	r.Call.ID = lead.Private[string]{}
	return r
}

var completing = map[string]func(*testing.T, *bench){
	"a lead without a complete record waits, is not due and permits nothing": func(t *testing.T, b *bench) {
		l, record := Lead("key"), incomplete()
		l.Agent = ann
		record.ClientIP, record.UserAgent = lead.Keep("203.0.113.9"), lead.Keep("the agent's browser")
		if _, err := b.Save(t.Context(), l, record); err != nil {
			t.Fatal(err)
		}
		got := b.find(t, l.ID)
		if !got.AwaitsConsent() || got.Step != lead.AtRest || !got.NextAttemptAt.IsZero() || got.Permission.Terms || got.Permission.CreditCheck || got.Permission.ClientIP.Given() {
			t.Errorf("%s, hold %q, waits for %q at %v, permits %+v", got.Status, got.Hold, got.Step, got.NextAttemptAt, got.Permission)
		}
		stored, err := b.Consent(t.Context(), l.ID)
		if diff := cmp.Diff(incomplete(), stored); err != nil || diff != "" {
			t.Errorf("%v, record (-want +got):\n%s", err, diff)
		}
		b.clock.forward(48 * time.Hour)
		b.wantClaimable(t, 0, 0, 0)
		b.wantOrphans(t, true)
		if at, err := b.OldestUnsent(t.Context()); err != nil || !at.IsZero() {
			t.Errorf("it counts as unsent since %v, %v", at, err)
		}
	},
	"a complete record lets it go, and the history says who completed it": func(t *testing.T, b *bench) {
		l := b.saveWaiting(t, "key")
		b.clock.forward(time.Hour)
		record := CallRecord()
		record.Call.OptIn = true
		if err := b.CompleteConsent(t.Context(), l.ID, record, ben); err != nil {
			t.Fatal(err)
		}
		got, err := b.Consent(t.Context(), l.ID)
		if diff := cmp.Diff(record, got); err != nil || diff != "" {
			t.Errorf("%v, record (-want +got):\n%s", err, diff)
		}
		b.wantHistory(t, l.ID, "0 stored:  → received", "0 consent given: received → received")
		events, err := b.History(t.Context(), l.ID)
		if err != nil || events[1].By != ben || !events[1].At.Equal(b.clock.Now()) || events[0].By != (lead.Agent{}) {
			t.Errorf("%+v, %v", events, err)
		}
		claimed := b.claim(t, lead.Send)
		if p := claimed.Permission; claimed.ID != l.ID || !p.Terms || !p.CreditCheck || !p.Marketing || !p.ClientIP.Equal(lead.Private[string]{}) {
			t.Errorf("claimed %s, which permits %+v", claimed.ID, p)
		}
	},
	"the same consent again changes nothing, by another process too, and another one is refused": func(t *testing.T, b *bench) {
		l := b.saveWaiting(t, "key")
		for _, s := range []*store.Store{b.Store, b.Store, b.again(t)} {
			again := CallRecord()
			again.At = b.clock.Now()
			if err := s.CompleteConsent(t.Context(), l.ID, again, ann); err != nil {
				t.Error(err)
			}
			b.clock.forward(time.Minute)
		}
		b.wantHistory(t, l.ID, "0 stored:  → received", "0 consent given: received → received")
		other := CallRecord()
		other.Call.ID = lead.Keep("call-2")
		if err := b.CompleteConsent(t.Context(), l.ID, other, ann); !errors.Is(err, lead.ErrNotWaiting) {
			t.Errorf("another consent: %v", err)
		}
		b.claim(t, lead.Send)
		if err := b.CompleteConsent(t.Context(), l.ID, CallRecord(), ann); err != nil {
			t.Errorf("while it is being sent: %v", err)
		}
		if got, err := b.Consent(t.Context(), l.ID); err != nil || got.Call.ID.Reveal() != "call-7319" {
			t.Errorf("call %q, %v", got.Call.ID.Reveal(), err)
		}
	},
	"two processes at once complete it once": func(t *testing.T, b *bench) {
		l, other := b.saveWaiting(t, "key"), b.again(t)
		done := make([]error, 8)
		together(len(done), func(i int) {
			s, record := b.Store, CallRecord()
			if i%2 == 1 {
				s = other
				record.Call.ID = lead.Keep("call-2")
			}
			done[i] = s.CompleteConsent(t.Context(), l.ID, record, ann)
		})
		won, err := b.Consent(t.Context(), l.ID)
		if err != nil {
			t.Fatal(err)
		}
		for i, err := range done {
			if wins := (i%2 == 1) == (won.Call.ID.Reveal() == "call-2"); wins && err != nil || !wins && !errors.Is(err, lead.ErrNotWaiting) {
				t.Errorf("%d, whose record is stored %v: %v", i, wins, err)
			}
		}
		b.wantHistory(t, l.ID, "0 stored:  → received", "0 consent given: received → received")
	},
	"to complete is one commit": func(t *testing.T, b *bench) {
		l := b.saveWaiting(t, "key")
		b.exec(t, "alter table lead_event rename to gone")
		if err := b.CompleteConsent(t.Context(), l.ID, CallRecord(), ann); err == nil {
			t.Fatal("it reported nothing")
		}
		b.exec(t, "alter table gone rename to lead_event")
		stored, err := b.Consent(t.Context(), l.ID)
		if diff := cmp.Diff(incomplete(), stored); err != nil || diff != "" || !b.find(t, l.ID).AwaitsConsent() {
			t.Errorf("%v, record (-want +got):\n%s", err, diff)
		}
		if err := b.CompleteConsent(t.Context(), l.ID, CallRecord(), ann); err != nil {
			t.Error(err)
		}
		b.claim(t, lead.Send)
	},
	"what does not wait, comes late or is not complete is refused": func(t *testing.T, b *bench) {
		l, consumers := b.saveWaiting(t, "key"), b.save(t, "consumer's own")
		if err := b.CompleteConsent(t.Context(), consumers.ID, CallRecord(), ann); !errors.Is(err, lead.ErrNotWaiting) {
			t.Errorf("a consumer's lead: %v", err)
		}
		if got, err := b.Consent(t.Context(), consumers.ID); err != nil || got.Channel != "consumer-web" {
			t.Errorf("its record is of %q, %v", got.Channel, err)
		}
		for story, record := range map[string]consent.Record{"no id": incomplete(), "a page's": Record()} {
			if err := b.CompleteConsent(t.Context(), l.ID, record, ann); !errors.Is(err, proof.ErrIncomplete) {
				t.Errorf("%s: %v", story, err)
			}
		}
		if err := b.CompleteConsent(t.Context(), "nobody", CallRecord(), ann); !errors.Is(err, lead.ErrNotFound) {
			t.Errorf("no such lead: %v", err)
		}
		b.clock.forward(lead.ConsentWait)
		if err := b.CompleteConsent(t.Context(), l.ID, CallRecord(), ann); !errors.Is(err, lead.ErrNotWaiting) {
			t.Errorf("after its time: %v", err)
		}
		b.wantClosedWithoutConsent(t, l.ID)
	},
	"a person who opted out is not sent, whenever the consent comes": func(t *testing.T, b *bench) {
		l := b.saveWaiting(t, "key")
		b.clock.forward(time.Millisecond)
		if stopped := b.optOut(t, optOutByPhone()); !slices.Equal(stopped, []lead.PartnerID{l.ID}) {
			t.Errorf("stopped %v", stopped)
		}
		if err := b.CompleteConsent(t.Context(), l.ID, CallRecord(), ann); !errors.Is(err, lead.ErrNotWaiting) {
			t.Errorf("after the opt-out: %v", err)
		}
		b.clock.forward(time.Millisecond)
		late := b.saveWaiting(t, "late")
		b.exec(t, "update suppression set last_at = $1", b.clock.Now().UnixMilli()) // an opt-out that has not seen the lead
		if err := b.CompleteConsent(t.Context(), late.ID, CallRecord(), ann); !errors.Is(err, lead.ErrOptedOut) {
			t.Errorf("with an opt-out: %v", err)
		}
		if got := b.find(t, late.ID); got.Status != lead.Closed || got.Reason != lead.OptedOut {
			t.Errorf("%s, %q", got.Status, got.Reason)
		}
		b.wantClaimable(t, 0, 0, 0)
		b.wantToTell(t)
	},
	"the chain links a record when it can change no more, and once": func(t *testing.T, b *bench) {
		completed, closed := b.saveWaiting(t, "completed"), b.saveWaiting(t, "closed")
		b.chain(t)
		b.wantChain(t, proof.ChainReport{}) // none is late, since none can be linked yet
		b.save(t, "consumer's own")
		b.chain(t)
		b.wantChain(t, proof.ChainReport{Linked: 1})
		if err := b.CompleteConsent(t.Context(), completed.ID, CallRecord(), ann); err != nil {
			t.Fatal(err)
		}
		if n, _, err := b.Unchained(t.Context()); err != nil || n != 0 {
			t.Errorf("%d wait although submitLead may still ask for a certificate, %v", n, err)
		}
		b.rejectedThere(t, completed.ID)
		if n, oldest, err := b.Unchained(t.Context()); err != nil || n != 1 || !oldest.Equal(completed.ReceivedAt) {
			t.Errorf("%d wait since %v, %v", n, oldest, err)
		}
		b.chain(t)
		b.wantChain(t, proof.ChainReport{Linked: 2})
		b.clock.forward(lead.ConsentWait)
		b.wantClosedNow(t, closed.ID)
		b.chain(t)
		b.chain(t)
		b.wantChain(t, proof.ChainReport{Linked: 3})
		b.wantRows(t, 3, "select count(*) from consent_link")
		b.clock.forward(6 * 365 * day)
		b.wantErased(t, erasure.Erased{SSNs: 3, Answers: 3, Evidence: 3})
		b.wantChain(t, proof.ChainReport{Linked: 3, Erased: 3})
	},
	"everything in the record of a call is in its link": func(t *testing.T, b *bench) {
		l := b.saveWaiting(t, "key")
		if err := b.CompleteConsent(t.Context(), l.ID, CallRecord(), ann); err != nil {
			t.Fatal(err)
		}
		b.rejectedThere(t, l.ID)
		b.chain(t)
		var text, digests string
		if err := b.behind(t).QueryRow("select consent, digests from lead join consent_link on lead_id = id").Scan(&text, &digests); err != nil {
			t.Fatal(err)
		}
		var record map[string]any
		if err := json.Unmarshal([]byte(text), &record); err != nil || record["script"] != "1" {
			t.Fatalf("the record is %s, %v", text, err)
		}
		record["oralOptIn"] = false // as it is when it is left out
		for name, was := range record {
			record[name] = otherValue(was)
			other, err := json.Marshal(record)
			if err != nil {
				t.Fatal(err)
			}
			record[name] = was
			b.wantLinkBroken(t, "lead", "consent", "$1", string(other))
		}
		for _, name := range []string{"call_id", "call_agent"} {
			if !strings.Contains(digests, `"`+name+`":"`) {
				t.Errorf("no digest of %s in %s", name, digests)
			}
			b.wantLinkBroken(t, "consent_link", "digests", "replace(digests, $1, $2)", `"`+name+`"`, `"none"`)
		}
		b.wantChain(t, proof.ChainReport{Linked: 1})
	},
	"a lead that waits for a day is closed, in batches, by two processes at once, and nobody is told": func(t *testing.T, b *bench) {
		var ids []lead.PartnerID
		for i := range 120 {
			ids = append(ids, b.saveWaiting(t, fmt.Sprint("waiting ", i)).ID)
		}
		b.clock.forward(time.Millisecond)
		young, consumers := b.saveWaiting(t, "young"), b.save(t, "consumer's own")
		b.clock.forward(lead.ConsentWait - 2*time.Millisecond)
		b.wantClosedNow(t)
		b.clock.forward(time.Millisecond)
		other, closed := b.again(t), make([][]lead.PartnerID, 2)
		together(2, func(i int) {
			var err error
			if closed[i], err = []*store.Store{b.Store, other}[i].CloseWithoutConsent(t.Context(), b.clock.Now()); err != nil {
				t.Error(err)
			}
		})
		got := slices.Concat(closed...)
		slices.Sort(got)
		slices.Sort(ids)
		if diff := cmp.Diff(ids, got); diff != "" {
			t.Errorf("closed (-want +got):\n%s", diff)
		}
		b.wantClosedWithoutConsent(t, ids[0])
		b.wantHistory(t, ids[0], "0 stored:  → received", "0 no consent: received → closed")
		if !b.find(t, young.ID).AwaitsConsent() || b.find(t, consumers.ID).Status != lead.Received {
			t.Error("a lead was closed that should not be")
		}
		b.wantToTell(t)
		b.wantClosedNow(t)
	},
	"the word after a restore that Alleviate does not have it is no consent": func(t *testing.T, b *bench) {
		l := b.saveWaiting(t, "key")
		b.clock.forward(time.Second)
		b.wantGuarded(t, restore.Doubts{InDoubt: 1})
		if err := b.CompleteConsent(t.Context(), l.ID, CallRecord(), ann); !errors.Is(err, lead.ErrNotWaiting) {
			t.Errorf("while it is in doubt: %v", err)
		}
		b.wantLifted(t, false, 0)
		b.clock.forward(time.Hour)
		got := b.decide(t, l.ID, lead.Decision{Event: lead.NotThere, Who: "ann", Reason: "asked", Confirmed: "Al", ConfirmedAt: b.clock.Now()})
		if !got.AwaitsConsent() || !b.find(t, l.ID).AwaitsConsent() {
			t.Errorf("%s, hold %q", got.Status, got.Hold)
		}
		b.clock.forward(time.Hour)
		b.wantClaimable(t, 0, 0, 0)
		if err := b.CompleteConsent(t.Context(), l.ID, CallRecord(), ann); err != nil {
			t.Fatal(err)
		}
		b.claim(t, lead.Send)
	},
	"the same form sent again gives its receipt, and one with more consent is another": func(t *testing.T, b *bench) {
		l := callLead("key")
		receipt, err := b.Save(t.Context(), l, incomplete())
		if err != nil || receipt.ID != l.ID || receipt.Again {
			t.Fatalf("%+v, %v", receipt, err)
		}
		again, complete := callLead("key"), CallRecord()
		again.Permission = complete.Permission()
		if receipt, err = b.Save(t.Context(), again, complete); !errors.Is(err, lead.ErrChanged) || receipt.ID != l.ID {
			t.Errorf("with the id of the call: %+v, %v", receipt, err)
		}
		if err := b.CompleteConsent(t.Context(), l.ID, complete, ann); err != nil {
			t.Fatal(err)
		}
		for story, record := range map[string]consent.Record{"as it was": incomplete(), "as it is": complete} {
			again := callLead("key")
			again.Permission = record.Permission()
			if receipt, err := b.Save(t.Context(), again, record); err != nil || receipt.ID != l.ID || !receipt.Again {
				t.Errorf("%s: %+v, %v", story, receipt, err)
			}
		}
	},
}

// callLead is a lead that Ann has typed during a call.
func callLead(key string) lead.Lead {
	l := Lead(key)
	l.Agent, l.Permission = ann, lead.Permission{}
	return l
}

// saveWaiting stores a lead of Ann's that awaits consent.
func (b *bench) saveWaiting(t *testing.T, key string) lead.Lead {
	t.Helper()
	l := callLead(key)
	l.Hold = lead.AwaitingConsent
	if _, err := b.Save(t.Context(), l, incomplete()); err != nil {
		t.Fatal(err)
	}
	return b.find(t, l.ID)
}

// rejectedThere has Alleviate answer that it does not want the lead.
func (b *bench) rejectedThere(t *testing.T, id lead.PartnerID) {
	t.Helper()
	for {
		l := b.claim(t, lead.Send)
		b.outcome(t, l, lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: 1018})
		if l.ID == id {
			return
		}
	}
}

func (b *bench) wantClosedNow(t *testing.T, want ...lead.PartnerID) {
	t.Helper()
	got, err := b.CloseWithoutConsent(t.Context(), b.clock.Now())
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("closed %v, %v, want %v", got, err, want)
	}
}

func (b *bench) wantClosedWithoutConsent(t *testing.T, id lead.PartnerID) {
	t.Helper()
	if got := b.find(t, id); got.Status != lead.Closed || got.Reason != "no consent" || got.Hold != "" || got.Step != lead.AtRest || !got.FinalAt.Equal(b.clock.Now()) {
		t.Errorf("%s, %q, hold %q, final at %v", got.Status, got.Reason, got.Hold, got.FinalAt)
	}
}

package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"intake/internal/audit"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store"
	"intake/internal/store/consentlink"
	"intake/internal/store/proof"
)

// PhoneRecord is what a person has agreed to on their own phone, on the page.
func PhoneRecord(page string) consent.Record {
	r := Record()
	r.Channel, r.PageID, r.Acts = consent.ConsumerLink, page, nil
	for _, p := range []consent.Purpose{consent.Credit, consent.Terms, consent.Marketing} {
		r.Acts = append(r.Acts, consent.Act{Purpose: p, Given: true, TextID: string(p), Version: "3", Language: "es", SHA256: "00ff", Control: "Acepto", Shown: "unchecked"})
	}
	return r
}

var handingOff = map[string]func(*testing.T, *bench){
	"an acceptance on the person's phone lets the lead go, with the browser, the certificate and the answers": func(t *testing.T, b *bench) {
		l := b.saveWaiting(t, "key")
		h := b.handOff(t, l.ID, lead.Asked{SSN: true, DateOfBirth: true})
		token := h.Tokens[lead.RouteShown].Reveal()
		page := b.handOffPage(t, token)
		born := lead.Date{Year: 1980, Month: time.May, Day: 6}
		if err := b.AcceptHandOff(t.Context(), token, PhoneRecord(page), lead.Accepted{SSN: lead.Keep("219098888"), DateOfBirth: lead.Keep(born)}); err != nil {
			t.Fatal(err)
		}
		b.wantHandOff(t, l.ID, lead.HandOffAccepted)
		b.wantHistory(t, l.ID, "0 stored:  → received", "0 link made: received → received", "0 consent given: received → received")
		claimed := b.claim(t, lead.Send)
		p := claimed.Permission
		if !p.Terms || !p.CreditCheck || !p.Marketing || p.ClientIP.Reveal() != "198.51.100.7" || p.CertificateID != "0a1b" || p.MobilePhone.Given() || p.Written != lead.Send {
			t.Errorf("it permits %+v, address %q", p, p.ClientIP.Reveal())
		}
		if a := claimed.Applicant; a.SocialSecurityNumber.Reveal() != "219098888" || a.DateOfBirth.Reveal() != born || a.FirstName.Reveal() != "José" {
			t.Error("the answers are not those of before with what was typed on the phone")
		}
		stored, err := b.Consent(t.Context(), l.ID)
		if err != nil || stored.Channel != consent.ConsumerLink || stored.HandOff.Route != lead.RouteShown || stored.HandOff.SentTo.Given() || stored.PageID != page ||
			stored.Call.Agent.Reveal() != "Ann https://id.example 7" || stored.Call.ID.Given() {
			t.Errorf("%+v, %v", stored, err)
		}
		if ends, born, err := b.TypedInPrivate(t.Context(), l.ID); err != nil || ends != "8888" || !born {
			t.Errorf("staff see that it ends %q, %v", ends, err)
		}
		b.outcome(t, claimed, lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: 1018})
		b.chain(t)
		b.wantChain(t, proof.ChainReport{Linked: 1, Pages: 1})
	},
	"the lines that the caller agreed to before stay in the record": func(t *testing.T, b *bench) {
		l := b.saveWaiting(t, "key") // whose lines are checked, and whose call has no id
		token := b.handOff(t, l.ID, lead.Asked{}).Tokens[lead.RouteShown].Reveal()
		record := PhoneRecord(b.handOffPage(t, token))
		record.Acts[2].Given = false // marketing, which was agreed to aloud
		if err := b.AcceptHandOff(t.Context(), token, record, lead.Accepted{}); err != nil {
			t.Fatal(err)
		}
		stored, err := b.Consent(t.Context(), l.ID)
		if err != nil || len(stored.Acts) != 7 || stored.Acts[0].Shown != consent.ReadAloud || stored.Call.Script != "1" {
			t.Errorf("%+v, %v", stored.Acts, err)
		}
		if got := b.find(t, l.ID); got.Permission.Marketing || !got.Permission.Terms {
			t.Errorf("what was said aloud counts against the box: %+v", got.Permission)
		}
	},
	"a link that was sent proves the phone that it was sent to, and no other route does": func(t *testing.T, b *bench) {
		for _, route := range lead.Routes() {
			l := b.saveWaiting(t, string(route))
			h, err := b.StartHandOff(t.Context(), l.ID, "es", lead.Asked{}, true, ann)
			must(t, err)
			token := h.Tokens[route].Reveal()
			found, _, err := b.FindHandOff(t.Context(), token)
			if err == nil {
				err = b.OpenHandOff(t.Context(), found)
			}
			if err == nil {
				err = b.AcceptHandOff(t.Context(), token, PhoneRecord(b.handOffPage(t, token)), lead.Accepted{})
			}
			if err != nil {
				t.Fatal(err)
			}
			want := ""
			if route == lead.RouteSent {
				want = "2025550144"
			}
			stored, err := b.Consent(t.Context(), l.ID)
			if got := b.find(t, l.ID).Permission.MobilePhone.Reveal(); err != nil || got != want || stored.HandOff.SentTo.Reveal() != want || stored.HandOff.Route != route || stored.HandOff.OpenedAt.IsZero() {
				t.Errorf("%s: %q, record %+v, %v", route, got, stored.HandOff, err)
			}
			b.wantHandOff(t, l.ID, lead.HandOffAccepted)
		}
	},
	"one of many who press at once is accepted, by several processes too": func(t *testing.T, b *bench) {
		l, other := b.saveWaiting(t, "key"), b.again(t)
		h := b.handOff(t, l.ID, lead.Asked{})
		done, pages := make([]error, 8), make([]string, 8)
		for i := range done {
			pages[i] = b.handOffPage(t, h.Tokens[lead.RouteShown].Reveal())
		}
		together(len(done), func(i int) {
			s := []*store.Store{b.Store, other}[i%2]
			done[i] = s.AcceptHandOff(t.Context(), h.Tokens[lead.RouteShown].Reveal(), PhoneRecord(pages[i]), lead.Accepted{})
		})
		won := 0
		for _, err := range done {
			if err == nil {
				won++
			} else if !errors.Is(err, lead.ErrHandOffOver) {
				t.Error(err)
			}
		}
		if won != 1 {
			t.Errorf("%d were accepted", won)
		}
		b.wantHistory(t, l.ID, "0 stored:  → received", "0 link made: received → received", "0 consent given: received → received")
	},
	"to accept is one commit": func(t *testing.T, b *bench) {
		l := b.saveWaiting(t, "key")
		token := b.handOff(t, l.ID, lead.Asked{}).Tokens[lead.RouteShown].Reveal()
		record := PhoneRecord(b.handOffPage(t, token))
		b.exec(t, "alter table lead_event rename to gone")
		if err := b.AcceptHandOff(t.Context(), token, record, lead.Accepted{SSN: lead.Keep("219098888")}); err == nil {
			t.Fatal("it reported nothing")
		}
		b.exec(t, "alter table gone rename to lead_event")
		if got := b.find(t, l.ID); !got.AwaitsConsent() || got.Applicant.SocialSecurityNumber.Reveal() != "219099999" {
			t.Errorf("%s, hold %q", got.Status, got.Hold)
		}
		b.wantHandOff(t, l.ID, lead.HandOffMade)
		if err := b.AcceptHandOff(t.Context(), token, record, lead.Accepted{}); err != nil {
			t.Error(err)
		}
	},
	"opening is noted once and uses nothing up, and an answer is the last word": func(t *testing.T, b *bench) {
		l := b.saveWaiting(t, "key")
		token := b.handOff(t, l.ID, lead.Asked{}).Tokens[lead.RouteShown].Reveal()
		for range 2 {
			h, of, err := b.FindHandOff(t.Context(), token)
			if err != nil || !h.Open() || of.Applicant.FirstName.Reveal() != "José" || of.Handle.Reveal() != b.handle(l.ID) {
				t.Fatalf("%+v, %v", h, err)
			}
			if err := b.OpenHandOff(t.Context(), h); err != nil {
				t.Fatal(err)
			}
			b.wantHandOff(t, l.ID, lead.HandOffOpened)
		}
		if err := b.DeclineHandOff(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		b.wantHandOff(t, l.ID, lead.HandOffDeclined)
		b.wantOver(t, l.ID, token)
		if err := b.DeclineHandOff(t.Context(), token); !errors.Is(err, lead.ErrHandOffOver) {
			t.Errorf("declined twice: %v", err)
		}
		b.wantHistory(t, l.ID, "0 stored:  → received", "0 link made: received → received", "0 link opened: received → received", "0 link declined: received → received")
		if got := b.find(t, l.ID); !got.AwaitsConsent() {
			t.Errorf("%s, hold %q", got.Status, got.Hold)
		}
	},
	"a link ends with its time, with a newer one, with an opt-out, with an erasure and with its lead": func(t *testing.T, b *bench) {
		for want, end := range map[lead.HandOffState]func(lead.Lead){
			lead.HandOffExpired: func(lead.Lead) { b.clock.forward(lead.HandOffKept) },
			lead.HandOffReplaced: func(l lead.Lead) {
				b.clock.forward(time.Second)
				b.handOff(t, l.ID, lead.Asked{})
			},
		} {
			l := b.saveWaiting(t, string(want))
			token := b.handOff(t, l.ID, lead.Asked{}).Tokens[lead.RouteShown].Reveal()
			end(l)
			h, _, err := b.FindHandOff(t.Context(), token)
			if err != nil || h.State() != want {
				t.Errorf("%s, %v, want %s", h.State(), err, want)
			}
			b.wantOver(t, l.ID, token)
		}
		for story, end := range map[string]func(lead.Lead){
			"opt-out": func(lead.Lead) { b.optOut(t, lead.OptOut{Channel: "web", Phone: lead.Keep("2025550143")}) },
			"erasure": func(l lead.Lead) {
				must(t, second(b.EraseOnRequest(t.Context(), l.ID, audit.Entry{Who: "Sue", Reason: "asked"})))
			},
			"a recorded call": func(l lead.Lead) { must(t, b.CompleteConsent(t.Context(), l.ID, CallRecord(), ann)) },
			"a day":           func(lead.Lead) { b.clock.forward(time.Minute) },
		} {
			b.clock.forward(time.Second) // behind the opt-out
			l := b.saveWaiting(t, story)
			if story == "a day" {
				b.clock.forward(lead.ConsentWait - time.Minute)
			}
			token := b.handOff(t, l.ID, lead.Asked{}).Tokens[lead.RouteShown].Reveal()
			end(l)
			h, of, err := b.FindHandOff(t.Context(), token)
			if gone := errors.Is(err, lead.ErrNotFound); gone != (story == "erasure") || !gone && (h.State() != lead.HandOffEnded || of.Applicant.FirstName.Given()) {
				t.Errorf("%s: %s, %v", story, h.State(), err)
			}
			if _, err := b.HandOffByCode(t.Context(), h.Code.Reveal()); !errors.Is(err, lead.ErrNotFound) {
				t.Errorf("%s: the code leads on: %v", story, err)
			}
		}
	},
	"the lead of a person who opts out during a call is closed by the press, and not sent": func(t *testing.T, b *bench) {
		l := b.saveWaiting(t, "key")
		token := b.handOff(t, l.ID, lead.Asked{}).Tokens[lead.RouteShown].Reveal()
		record := PhoneRecord(b.handOffPage(t, token))
		b.exec(t, fmt.Sprintf("insert into suppression (person, since, last_at, channel) select home_phone_index, %[1]d, %[1]d, 'web' from lead_private", b.clock.Now().UnixMilli()))
		if err := b.AcceptHandOff(t.Context(), token, record, lead.Accepted{}); !errors.Is(err, lead.ErrOptedOut) {
			t.Errorf("%v", err)
		}
		if got := b.find(t, l.ID); got.Status != lead.Closed || got.Reason != lead.OptedOut {
			t.Errorf("%s, %q", got.Status, got.Reason)
		}
	},
	"a token of another key, of another route and a page of another link are refused": func(t *testing.T, b *bench) {
		l, others := b.saveWaiting(t, "key"), b.saveWaiting(t, "other")
		h, other := b.handOff(t, l.ID, lead.Asked{}), b.handOff(t, others.ID, lead.Asked{})
		token := h.Tokens[lead.RouteShown].Reveal()
		changed := token[:len(token)-1] + map[bool]string{true: "B", false: "A"}[strings.HasSuffix(token, "A")]
		for _, wrong := range []string{"", "x", changed, strings.ToLower(token), token + "A", strings.Repeat("A", len(token))} {
			if _, _, err := b.FindHandOff(t.Context(), wrong); !errors.Is(err, lead.ErrNotFound) {
				t.Errorf("%d letters: %v", len(wrong), err)
			}
		}
		page := b.handOffPage(t, other.Tokens[lead.RouteShown].Reveal())
		if err := b.AcceptHandOff(t.Context(), token, PhoneRecord(page), lead.Accepted{}); !errors.Is(err, lead.ErrNoPage) {
			t.Errorf("a page of another link: %v", err)
		}
		incomplete := PhoneRecord(b.handOffPage(t, token))
		incomplete.Acts[0].Given = false
		if err := b.AcceptHandOff(t.Context(), token, incomplete, lead.Accepted{}); !errors.Is(err, proof.ErrIncomplete) {
			t.Errorf("without the credit check: %v", err)
		}
	},
	"a qualified lead that waits goes on to submitLead, and so does one that was refused for want of a certificate": func(t *testing.T, b *bench) {
		for story, tt := range map[string]struct {
			refuse bool
			event  string
		}{
			"waits":   {false, "consent given: created → created"},
			"refused": {true, "certificate: refused → created"},
		} {
			l, record := callLead(story), CallRecord()
			record.Call.WrittenFollows = true
			if _, err := b.Save(t.Context(), l, record); err != nil {
				t.Fatal(err)
			}
			if _, err := b.StartHandOff(t.Context(), l.ID, "en", lead.Asked{}, false, ann); !errors.Is(err, lead.ErrNoHandOff) {
				t.Errorf("before createLead: %v", err)
			}
			out := lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: 1014, Reason: lead.HandOffDue}
			if tt.refuse {
				out.Reason, out.Next = "", lead.Submit
			}
			b.outcome(t, b.claim(t, lead.Send), out)
			if tt.refuse {
				b.outcome(t, b.claim(t, lead.Submit), lead.Outcome{Event: lead.WasRefused, SubmitStatus: 400})
			}
			b.chain(t)
			if got := b.find(t, l.ID); !got.MayHandOff() {
				t.Errorf("%s: %s, waits for %q, %q", story, got.Status, got.Step, got.Reason)
			}
			token := b.handOff(t, l.ID, lead.Asked{}).Tokens[lead.RouteShown].Reveal()
			if err := b.AcceptHandOff(t.Context(), token, PhoneRecord(b.handOffPage(t, token)), lead.Accepted{}); err != nil {
				t.Fatal(err)
			}
			claimed := b.claim(t, lead.Submit)
			if p := claimed.Permission; claimed.ID != l.ID || p.CertificateID != "0a1b" || p.Written != lead.Submit || !p.Marketing {
				t.Errorf("%s: %s permits %+v", story, claimed.ID, p)
			}
			var history []string
			events, err := b.History(t.Context(), l.ID)
			for _, e := range events {
				history = append(history, fmt.Sprintf("%s: %s → %s", e.Event, e.From, e.To))
			}
			if err != nil || !slices.Contains(history, tt.event) {
				t.Errorf("%s: %q, %v", story, history, err)
			}
			b.outcome(t, claimed, lead.Outcome{Event: lead.WasSubmitted, SubmitStatus: 200})
		}
		b.chain(t)
		b.wantChain(t, proof.ChainReport{Linked: 2, Pages: 2})
	},
	"a link that was answered is not taken again when its lead waits once more": func(t *testing.T, b *bench) {
		l := b.saveWaiting(t, "key")
		token := b.handOff(t, l.ID, lead.Asked{}).Tokens[lead.RouteShown].Reveal()
		record := PhoneRecord(b.handOffPage(t, token))
		must(t, b.AcceptHandOff(t.Context(), token, record, lead.Accepted{}))
		b.outcome(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: 1014, Next: lead.Submit})
		b.outcome(t, b.claim(t, lead.Submit), lead.Outcome{Event: lead.WasRefused, SubmitStatus: 400})
		if got := b.find(t, l.ID); !got.MayHandOff() {
			t.Fatalf("%s, %d", got.Status, got.SubmitStatus)
		}
		if err := b.AcceptHandOff(t.Context(), token, record, lead.Accepted{}); !errors.Is(err, lead.ErrHandOffOver) {
			t.Errorf("accepted again: %v", err)
		}
		if err := b.DeclineHandOff(t.Context(), token); !errors.Is(err, lead.ErrHandOffOver) {
			t.Errorf("declined: %v", err)
		}
	},
	"a code is read in any way that it may be typed, and wrong ones are counted by all processes together": func(t *testing.T, b *bench) {
		l, other := b.saveWaiting(t, "key"), b.again(t)
		h := b.handOff(t, l.ID, lead.Asked{})
		code := h.Code.Reveal()
		if len(code) != 8 || strings.Trim(code, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") != "" {
			t.Errorf("the code has %d symbols, or one that looks like another", len(code))
		}
		for _, typed := range []string{code, strings.ToLower(code), code[:4] + "-" + code[4:], " " + code[:4] + " " + code[4:], strings.NewReplacer("0", "o", "1", "l", "V", "u").Replace(code)} {
			got, err := b.HandOffByCode(t.Context(), typed)
			if err != nil || !got.Equal(h.Tokens[lead.RouteCode]) {
				t.Errorf("%d characters: %v", len(typed), err)
			}
		}
		missed := make([]error, consentlink.GuessesAMinute+20)
		together(len(missed), func(i int) {
			s := []*store.Store{b.Store, other}[i%2]
			_, missed[i] = s.HandOffByCode(t.Context(), map[bool]string{true: "wrong", false: "00000000"}[i%3 == 0])
		})
		counted := 0
		for _, err := range missed {
			if errors.Is(err, lead.ErrNotFound) {
				counted++
			} else if !errors.Is(err, lead.ErrTooManyGuesses) {
				t.Error(err)
			}
		}
		if counted != consentlink.GuessesAMinute {
			t.Errorf("%d wrong codes were looked up in a minute", counted)
		}
		if _, err := b.HandOffByCode(t.Context(), code); !errors.Is(err, lead.ErrTooManyGuesses) {
			t.Errorf("the right one then: %v", err)
		}
		b.clock.forward(time.Minute)
		if _, err := b.HandOffByCode(t.Context(), code); err != nil {
			t.Errorf("a minute later: %v", err)
		}
	},
	"a link is due at once, is taken by one, tried again when it failed, and not sent once it is over": func(t *testing.T, b *bench) {
		l, other := b.saveWaiting(t, "key"), b.again(t)
		h, err := b.StartHandOff(t.Context(), l.ID, "es", lead.Asked{}, true, ann)
		must(t, err)
		b.handOff(t, b.saveWaiting(t, "not sent").ID, lead.Asked{})
		taken := make([][]consentlink.LinkToSend, 6)
		together(len(taken), func(i int) {
			var err error
			if taken[i], err = []*store.Store{b.Store, other}[i%2].LinksToSend(t.Context(), 9, time.Minute); err != nil {
				t.Error(err)
			}
		})
		all := slices.Concat(taken...)
		if len(all) != 1 || all[0].ID != h.ID || all[0].Phone.Reveal() != "2025550144" || all[0].Sending.Attempts != 1 || !all[0].Tokens[lead.RouteSent].Equal(h.Tokens[lead.RouteSent]) {
			t.Fatalf("%+v", all)
		}
		must(t, b.LinkFailed(t.Context(), h.ID, "answered 503", b.clock.Now().Add(time.Second)))
		b.wantSending(t, l.ID, lead.SendDue, "answered 503")
		b.wantToSend(t, 0)
		b.clock.forward(time.Second)
		b.wantToSend(t, 1)
		must(t, b.LinkSent(t.Context(), h.ID))
		b.wantSending(t, l.ID, lead.WasSent, "answered 503")
		b.clock.forward(time.Hour)
		b.wantToSend(t, 0)
		b.wantHistory(t, l.ID, "0 stored:  → received", "0 link made: received → received", "0 link not sent: received → received", "0 link sent: received → received")

		again, err := b.StartHandOff(t.Context(), l.ID, "es", lead.Asked{}, true, ann)
		must(t, err)
		must(t, b.LinkFailed(t.Context(), again.ID, "answered 404", time.Time{}))
		b.wantSending(t, l.ID, lead.SendFailed, "answered 404")
		stopped, err := b.StartHandOff(t.Context(), l.ID, "es", lead.Asked{}, true, ann)
		must(t, err)
		b.optOut(t, lead.OptOut{Channel: "web", Phone: lead.Keep("2025550143")})
		b.wantToSend(t, 0)
		if _, err := b.StartHandOff(t.Context(), stopped.Lead, "es", lead.Asked{}, true, ann); !errors.Is(err, lead.ErrNoHandOff) {
			t.Errorf("of somebody who opted out: %v", err)
		}
	},
	"links go a day after their time, with the pages that nobody agreed on": func(t *testing.T, b *bench) {
		l, accepted := b.saveWaiting(t, "key"), b.saveWaiting(t, "accepted")
		unused := b.handOffPage(t, b.handOff(t, l.ID, lead.Asked{}).Tokens[lead.RouteShown].Reveal())
		token := b.handOff(t, accepted.ID, lead.Asked{}).Tokens[lead.RouteShown].Reveal()
		page := b.handOffPage(t, token)
		must(t, b.AcceptHandOff(t.Context(), token, PhoneRecord(page), lead.Accepted{}))
		_, err := b.HandOffByCode(t.Context(), "wrong")
		if !errors.Is(err, lead.ErrNotFound) {
			t.Error(err)
		}
		b.clock.forward(lead.HandOffKept + 24*time.Hour - time.Second)
		if n, err := b.ExpireHandOffs(t.Context(), b.clock.Now()); err != nil || n != 0 {
			t.Errorf("%d went early, %v", n, err)
		}
		b.clock.forward(time.Second)
		if n, err := b.ExpireHandOffs(t.Context(), b.clock.Now()); err != nil || n != 2 {
			t.Errorf("%d went, %v", n, err)
		}
		if _, err := b.HandOffOf(t.Context(), l.ID); !errors.Is(err, lead.ErrNotFound) {
			t.Error(err)
		}
		if _, err := b.FindPage(t.Context(), unused); !errors.Is(err, lead.ErrNotFound) {
			t.Errorf("the unused page: %v", err)
		}
		if _, err := b.FindPage(t.Context(), page); err != nil {
			t.Errorf("the page that was accepted: %v", err)
		}
	},
}

// handOff makes a link.
func (b *bench) handOff(t *testing.T, id lead.PartnerID, asks lead.Asked) lead.HandOff {
	t.Helper()
	h, err := b.StartHandOff(t.Context(), id, "es", asks, false, ann)
	if err != nil {
		t.Fatal(err)
	}
	found, err := b.HandOffOf(t.Context(), id)
	if err != nil || found.ID != h.ID || found.Asks != asks || !found.Tokens[lead.RouteCode].Equal(h.Tokens[lead.RouteCode]) || !found.ExpiresAt.Equal(b.clock.Now().Add(15*time.Minute)) {
		t.Fatalf("%+v, %v", found, err)
	}
	return h
}

// handOffPage keeps a page of a link.
func (b *bench) handOffPage(t *testing.T, token string) string {
	t.Helper()
	page := Page()
	if err := b.KeepHandOffPage(t.Context(), token, page); err != nil {
		t.Fatal(err)
	}
	return page.ID
}

func (b *bench) wantToSend(t *testing.T, n int) {
	t.Helper()
	if links, err := b.LinksToSend(t.Context(), 9, time.Minute); err != nil || len(links) != n {
		t.Errorf("%d links are to be sent, %v, want %d", len(links), err, n)
	}
}

func (b *bench) wantSending(t *testing.T, id lead.PartnerID, state lead.SendState, reason string) {
	t.Helper()
	if h, err := b.HandOffOf(t.Context(), id); err != nil || h.Sending.State != state || h.Sending.Reason != reason {
		t.Errorf("%+v, %v", h.Sending, err)
	}
}

func (b *bench) wantHandOff(t *testing.T, id lead.PartnerID, want lead.HandOffState) {
	t.Helper()
	if h, err := b.HandOffOf(t.Context(), id); err != nil || h.State() != want {
		t.Errorf("the link is %s, %v, want %s", h.State(), err, want)
	}
}

// wantOver wants that a link is answered by nothing any more.
func (b *bench) wantOver(t *testing.T, id lead.PartnerID, token string) {
	t.Helper()
	if err := b.KeepHandOffPage(t.Context(), token, Page()); !errors.Is(err, lead.ErrHandOffOver) {
		t.Errorf("a page is kept: %v", err)
	}
	if err := b.AcceptHandOff(t.Context(), token, PhoneRecord("PAGE2222PAGE2222PAGE"), lead.Accepted{}); !errors.Is(err, lead.ErrHandOffOver) {
		t.Errorf("accepted: %v", err)
	}
	if err := b.DeclineHandOff(t.Context(), token); !errors.Is(err, lead.ErrHandOffOver) {
		t.Errorf("declined: %v", err)
	}
	if got := b.find(t, id); !got.AwaitsConsent() {
		t.Errorf("%s, hold %q", got.Status, got.Hold)
	}
}

// outcome records what became of a claim.
func (b *bench) outcome(t *testing.T, l lead.Lead, out lead.Outcome) {
	t.Helper()
	must(t, b.Record(t.Context(), l.ID, l.Attempt, out))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func second[T any](_ T, err error) error { return err }

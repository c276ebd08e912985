package storetest

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/audit"
	"intake/internal/lead"
	"intake/internal/store"
	"intake/internal/store/erasure"
)

var optingOut = map[string]func(*testing.T, *bench){
	"every lead that waits is closed, and Alleviate is to be told of those that it has or may have": func(t *testing.T, b *bench) {
		ids := b.oneOfEachRest(t)
		var want []lead.PartnerID
		for _, name := range []string{"received", "held", "suspect", "in doubt", "parked", "refused", "to be submitted", "to be looked up"} {
			want = append(want, ids[name])
		}
		b.clock.forward(time.Millisecond)
		stopped := b.optOut(t, optOutByPhone())
		slices.Sort(stopped)
		slices.Sort(want)
		if diff := cmp.Diff(want, stopped); diff != "" {
			t.Errorf("stopped (-want +got):\n%s", diff)
		}
		for name, id := range ids {
			l := b.find(t, id)
			rests := slices.Contains([]string{"at rest", "submitted", "closed", "closed from doubt"}, name)
			if !rests && (l.Status != lead.Closed || l.Reason != "opt-out" || l.Step != lead.AtRest) || rests && l.Reason == "opt-out" {
				t.Errorf("%s is %s, %q, waits for %q", name, l.Status, l.Reason, l.Step)
			}
		}
		b.wantToTell(t, ids["in doubt"], ids["refused"], ids["to be submitted"], ids["to be looked up"], ids["at rest"], ids["submitted"], ids["closed from doubt"])
		b.wantHistory(t, ids["received"], "0 stored:  → received", "0 closed by hand: received → closed")
		b.clock.forward(48 * time.Hour)
		b.wantClaimable(t, 0, 0, 0)
	},
	"a lead whose call is running is stopped when the call ends, whatever it brings": func(t *testing.T, b *bench) {
		send, submit, look := lead.Send, lead.Submit, lead.Look
		for _, tt := range []struct {
			story string
			step  lead.Step
			out   lead.Outcome
			want  lead.Status
			tell  bool
		}{
			{"nothing was begun", send, lead.Outcome{Event: lead.Postponed, Next: send}, lead.Closed, false},
			{"told to stop", send, lead.Outcome{Event: lead.Stopped, Next: send}, lead.Closed, false},
			{"refused", send, lead.Outcome{Event: lead.Rejected}, lead.Closed, false},
			{"may have landed", send, lead.Outcome{Event: lead.Ambiguous}, lead.Closed, true},
			{"never heard of", send, lead.Outcome{Event: lead.LeaseExpired}, lead.Closed, true},
			{"landed, and a submit would follow", send, lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: 1015, Next: submit}, lead.Closed, true},
			{"landed, and nothing would follow", send, lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: 1003}, lead.Created, true},
			{"to be submitted again", submit, lead.Outcome{Event: lead.Postponed, Next: submit}, lead.Closed, true},
			{"submitted", submit, lead.Outcome{Event: lead.WasSubmitted, SubmitStatus: 200}, lead.Submitted, true},
			{"submit refused", submit, lead.Outcome{Event: lead.WasRefused, SubmitStatus: 400}, lead.Closed, true},
			{"submit without an end", submit, lead.Outcome{Event: lead.LeaseExpired}, lead.Closed, true},
			{"a look that would bring a submit", look, lead.Outcome{Event: lead.Looked, ResultCode: 1015, Next: submit}, lead.Closed, true},
			{"a look that brings nothing", look, lead.Outcome{Event: lead.Looked, ResultCode: 1018}, lead.Created, true},
		} {
			l := b.running(t, tt.step)
			b.clock.forward(time.Millisecond)
			if stopped := b.optOut(t, optOutByPhone()); len(stopped) > 0 {
				t.Errorf("%s: %v was stopped under its call", tt.story, stopped)
			}
			if tt.out.Event == lead.LeaseExpired {
				if _, err := b.ExpireLeases(t.Context(), b.clock.Now().Add(time.Hour)); err != nil {
					t.Fatal(err)
				}
			} else {
				b.record(t, l, tt.out)
			}
			got := b.find(t, l.ID)
			if got.Status != tt.want || got.Step != lead.AtRest || tt.want == lead.Closed && got.Reason != "opt-out" {
				t.Errorf("%s: %s, %q, waits for %q, want %s", tt.story, got.Status, got.Reason, got.Step, tt.want)
			}
			if told := b.toTell(t); slices.Contains(told, l.ID) != tt.tell {
				t.Errorf("%s: to be told %v, want %v", tt.story, !tt.tell, tt.tell)
			}
			b.clock.forward(time.Minute)
		}
	},
	"an answer that comes too late for a stopped lead puts it on the list": func(t *testing.T, b *bench) {
		b.save(t, "key")
		l := b.claim(t, lead.Send)
		b.record(t, l, lead.Outcome{Event: lead.Postponed, Next: lead.Send})
		b.clock.forward(time.Millisecond)
		b.optOut(t, optOutByPhone())
		b.wantToTell(t)
		err := b.Record(t.Context(), l.ID, l.Attempt, lead.Outcome{Event: lead.Answered, AlleviateID: "a", At: b.clock.Now()})
		if !errors.Is(err, lead.ErrFenced) {
			t.Errorf("got %v, want lead.ErrFenced", err)
		}
		b.wantToTell(t, l.ID)
	},
	"any of three phones and the address stop a lead, filed or not yet": func(t *testing.T, b *bench) {
		for story, o := range map[string]lead.OptOut{
			"home phone": {Phone: lead.Keep("2025550143")}, "cell phone": {Phone: lead.Keep("2025550144")}, "work phone": {Phone: lead.Keep("2025550145")},
			"address": {Email: lead.Keep("JOSE@Example.com")},
		} {
			for _, filed := range []bool{false, true} {
				l, other := b.save(t, lead.NewName()), Lead(lead.NewName())
				other.Applicant.HomePhone, other.Applicant.CellPhone, other.Applicant.WorkPhone = lead.Keep("2025550177"), lead.Private[string]{}, lead.Private[string]{}
				other.Applicant.Email = lead.Keep("ana@example.com")
				if _, err := b.Save(t.Context(), other, Record()); err != nil {
					t.Fatal(err)
				}
				if filed {
					b.chain(t)
				}
				b.clock.forward(time.Millisecond)
				o.At = time.Time{} // now
				if got := b.optOut(t, o); len(got) != 1 || got[0] != l.ID {
					t.Errorf("%s, filed %v: stopped %v, want %s", story, filed, got, l.ID)
				}
				if got := b.find(t, other.ID); got.Status != lead.Received {
					t.Errorf("%s: somebody else's lead is %s", story, got.Status)
				}
				b.exec(t, "delete from suppression")
				b.clock.forward(time.Millisecond)
			}
		}
	},
	"what the person sends afterwards goes out, until they opt out again": func(t *testing.T, b *bench) {
		b.optOut(t, optOutByPhone())
		b.clock.forward(time.Millisecond)
		l := b.save(t, "key")
		if got := b.claim(t, lead.Send); got.ID != l.ID {
			t.Errorf("claimed %s", got.ID)
		}
		b.record(t, b.find(t, l.ID), lead.Outcome{Event: lead.Postponed, Next: lead.Send})
		b.wantSuppressed(t, b.clock.Now().Add(-time.Millisecond))
		b.clock.forward(time.Millisecond)
		if got := b.optOut(t, optOutByPhone()); len(got) != 1 {
			t.Errorf("the second opt-out stopped %v", got)
		}
		b.wantSuppressed(t, b.clock.Now())
	},
	"a word of earlier that comes later does not take back a newer one": func(t *testing.T, b *bench) {
		newest := b.clock.Now()
		b.optOut(t, optOutByPhone())
		earlier := optOutByPhone()
		earlier.At = newest.Add(-day)
		b.optOut(t, earlier)
		b.wantSuppressed(t, newest)
		var since int64
		if err := b.behind(t).QueryRow("select since from suppression").Scan(&since); err != nil || since != newest.Add(-day).UnixMilli() {
			t.Errorf("first word at %d, %v", since, err)
		}
	},
	"the same opt-out twice is one suppression and two acts": func(t *testing.T, b *bench) {
		o := lead.OptOut{At: b.clock.Now(), Channel: "web", Phone: lead.Keep("2025550143"), Email: lead.Keep("jose@example.com")}
		for range 2 {
			b.optOut(t, o)
		}
		if persons, acts := b.count(t, "select count(*) from suppression"), b.count(t, "select count(*) from opt_out"); persons != 2 || acts != 2 {
			t.Errorf("%d suppressed, %d acts", persons, acts)
		}
	},
	"nobody opts out without a phone or an address": func(t *testing.T, b *bench) {
		if _, err := b.OptOut(t.Context(), lead.OptOut{Channel: "web"}); err == nil {
			t.Error("it was taken")
		}
		if _, found, err := b.Suppressed(t.Context(), "", ""); found || err != nil {
			t.Errorf("nobody is suppressed: %v, %v", found, err)
		}
	},
	"an opt-out is one commit": func(t *testing.T, b *bench) {
		b.save(t, "key")
		b.clock.forward(time.Millisecond)
		b.exec(t, "alter table lead_event rename to gone")
		if _, err := b.OptOut(t.Context(), optOutByPhone()); err == nil {
			t.Fatal("it reported nothing")
		}
		b.exec(t, "alter table gone rename to lead_event")
		if n := b.count(t, "select count(*) from suppression") + b.count(t, "select count(*) from opt_out"); n != 0 {
			t.Errorf("%d rows of an opt-out that failed", n)
		}
		b.wantCounts(t, map[lead.Status]int{lead.Received: 1})
	},
	"a lead that was on its way to disk is never claimed, and closed within the minute": func(t *testing.T, b *bench) {
		received := b.clock.Now()
		b.clock.forward(time.Second)
		b.optOut(t, optOutByPhone())
		for _, filed := range []bool{false, true} {
			late := Lead(lead.NewName())
			late.ReceivedAt = received
			if _, err := b.Save(t.Context(), late, Record()); err != nil {
				t.Fatal(err)
			}
			b.wantClaimable(t, 0, 0, 0)
			if filed {
				b.chain(t)
			}
			if n, err := b.ApplyOptOuts(t.Context(), b.clock.Now().Add(-time.Hour)); err != nil || n != 1 {
				t.Errorf("filed %v: %d leads were stopped, %v", filed, n, err)
			}
			if got := b.find(t, late.ID); got.Status != lead.Closed || got.Reason != "opt-out" {
				t.Errorf("filed %v: %s, %q", filed, got.Status, got.Reason)
			}
		}
		if n, err := b.ApplyOptOuts(t.Context(), time.Time{}); err != nil || n != 0 {
			t.Errorf("%d more were stopped, %v", n, err)
		}
	},
	"a doubt of before is not repeated": func(t *testing.T, b *bench) {
		b.save(t, "key")
		l := b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Ambiguous})
		b.clock.forward(time.Hour)
		b.exec(t, "insert into suppression (person, since, last_at, channel) select home_phone_index, $1, $2, 'web' from lead_private", b.clock.Now().UnixMilli(), b.clock.Now().UnixMilli())
		if got, err := b.ClaimDoubt(t.Context(), l.Summary(), time.Minute, "courier", b.clock.Now().Add(time.Minute)); err != nil || len(got) > 0 {
			t.Errorf("%d claimed, %v", len(got), err)
		}
	},
	"no claim that begins after an opt-out takes the person's lead": func(t *testing.T, b *bench) {
		const persons = 40
		other := b.again(t)
		phones := make([]string, persons)
		for i := range phones {
			l := Lead(lead.NewName())
			phones[i] = "20255502" + string(rune('0'+i/10)) + string(rune('0'+i%10))
			l.Applicant.HomePhone, l.Applicant.CellPhone, l.Applicant.WorkPhone, l.Applicant.Email = lead.Keep(phones[i]), lead.Private[string]{}, lead.Private[string]{}, lead.Private[string]{}
			if _, err := b.Save(t.Context(), l, Record()); err != nil {
				t.Fatal(err)
			}
		}
		b.clock.forward(time.Millisecond)
		claimed := make([]lead.PartnerID, 2*persons)
		stopped := make([][]lead.PartnerID, persons)
		together(3*persons, func(i int) {
			if i%3 == 0 {
				var err error
				if stopped[i/3], err = b.OptOut(t.Context(), lead.OptOut{Channel: "web", Phone: lead.Keep(phones[i/3])}); err != nil {
					t.Error(err)
				}
				return
			}
			got, err := other.Claim(t.Context(), lead.Send, 1, "courier", b.clock.Now().Add(time.Minute))
			if err != nil {
				t.Error(err)
			}
			if len(got) == 1 {
				claimed[i-i/3-1] = got[0].ID
			}
		})
		all := slices.Concat(stopped...)
		for _, id := range claimed {
			if id != "" {
				all = append(all, id)
			}
		}
		slices.Sort(all)
		if n := len(all); n != persons || len(slices.Compact(all)) != persons {
			t.Errorf("%d leads were stopped or claimed, %d of them once, want each of %d once", n, len(slices.Compact(all)), persons)
		}
		b.wantClaimable(t, 0, 0, 0)
	},
	"the suppression outlives the lead's answers": func(t *testing.T, b *bench) {
		b.save(t, "key")
		b.optOut(t, optOutByPhone())
		at := b.clock.Now()
		b.clock.forward(91 * day)
		b.wantErased(t, erasure.Erased{SSNs: 1, Answers: 1})
		b.wantSuppressed(t, at)
		if n := b.count(t, "select count(*) from lead_person"); n != 0 {
			t.Errorf("%d rows tell of the person", n)
		}
	},
	"who opted out is erased from the acts after five years, and stays suppressed": func(t *testing.T, b *bench) {
		b.optOut(t, optOutByPhone())
		at := b.clock.Now()
		b.clock.forward(1825*day - time.Hour - time.Millisecond)
		b.wantErased(t, erasure.Erased{})
		b.clock.forward(time.Millisecond)
		b.wantErased(t, erasure.Erased{OptOuts: 1})
		if n := b.count(t, "select count(person) from opt_out"); n != 0 {
			t.Errorf("%d values are left", n)
		}
		b.wantSuppressed(t, at)
		b.wantErased(t, erasure.Erased{})
	},
	"when Alleviate was told, a person says so once": func(t *testing.T, b *bench) {
		b.save(t, "key")
		l := b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: 1015})
		e := audit.Entry{Who: "ann", Reason: "by e-mail"}
		if err := b.Told(t.Context(), l.ID, e); !errors.Is(err, store.ErrNothingToTell) {
			t.Errorf("before the opt-out: %v", err)
		}
		b.clock.forward(time.Millisecond)
		b.optOut(t, optOutByPhone())
		b.wantToTell(t, l.ID)
		if err := b.Told(t.Context(), l.ID, e); err != nil {
			t.Error(err)
		}
		b.wantToTell(t)
		b.optOut(t, optOutByPhone())
		b.wantToTell(t) // they know
		if err := b.Told(t.Context(), l.ID, e); !errors.Is(err, store.ErrNothingToTell) {
			t.Errorf("twice: %v", err)
		}
		entries, err := b.AuditLog().Of(t.Context(), string(l.ID))
		if err != nil || len(entries) != 1 || entries[0].Action != "told Alleviate" || entries[0].Who != "ann" {
			t.Errorf("%+v, %v", entries, err)
		}
	},
	"the acts are kept sealed, and readable": func(t *testing.T, b *bench) {
		b.optOut(t, lead.OptOut{Channel: "web", Language: "es", Phone: lead.Keep("2025550143"), Email: lead.Keep("jose@example.com"),
			ClientIP: lead.Keep("198.51.100.7"), UserAgent: lead.Keep("Browser/1.0")})
		if n := b.count(t, "select count(person) from opt_out where channel = 'web' and language = 'es'"); n != 1 {
			t.Errorf("%d sealed values", n)
		}
		use, err := b.KeyUse(t.Context())
		if err != nil || use[b.options.Keys.Primary()] != 2 {
			t.Errorf("rows by key %v, %v, want the stamp and the act", use, err)
		}
	},
}

func optOutByPhone() lead.OptOut {
	return lead.OptOut{Channel: "web", Language: "es", Phone: lead.Keep("2025550143")}
}

func (b *bench) optOut(t *testing.T, o lead.OptOut) []lead.PartnerID {
	t.Helper()
	stopped, err := b.OptOut(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return stopped
}

func (b *bench) wantSuppressed(t *testing.T, at time.Time) {
	t.Helper()
	if since, found, err := b.Suppressed(t.Context(), "2025550143", "nobody@example.com"); err != nil || !found || !since.Equal(at) {
		t.Errorf("suppressed %v since %v, %v, want %v", found, since, err, at)
	}
	if _, found, err := b.Suppressed(t.Context(), "2025550199", ""); err != nil || found {
		t.Errorf("somebody else is suppressed: %v, %v", found, err)
	}
}

func (b *bench) toTell(t *testing.T) []lead.PartnerID {
	t.Helper()
	leads, err := b.Leads(t.Context(), store.Tell, lead.Page{Size: 99})
	if err != nil {
		t.Fatal(err)
	}
	var ids []lead.PartnerID
	for _, l := range leads {
		ids = append(ids, l.ID)
	}
	return ids
}

func (b *bench) wantToTell(t *testing.T, want ...lead.PartnerID) {
	t.Helper()
	got := b.toTell(t)
	slices.Sort(got)
	slices.Sort(want)
	if strings.Join(texts(want), " ") != strings.Join(texts(got), " ") {
		t.Errorf("Alleviate is to be told of %v, want %v", got, want)
	}
}

func texts(ids []lead.PartnerID) []string {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = string(id)
	}
	return list
}

// running is a lead that was claimed for step.
func (b *bench) running(t *testing.T, step lead.Step) lead.Lead {
	t.Helper()
	b.save(t, lead.NewName())
	if step != lead.Send {
		b.record(t, b.claim(t, lead.Send), lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: 1000, Next: step})
	}
	return b.claim(t, step)
}

// oneOfEachRest makes leads of one person that stand where the names say, none under a lease.
func (b *bench) oneOfEachRest(t *testing.T) map[string]lead.PartnerID {
	t.Helper()
	ids := map[string]lead.PartnerID{}
	to := func(name string, step lead.Step, out lead.Outcome) lead.Lead {
		l := b.record(t, b.running(t, step), out)
		ids[name] = l.ID
		return l
	}
	to("in doubt", lead.Send, lead.Outcome{Event: lead.Ambiguous})
	to("parked", lead.Send, lead.Outcome{Event: lead.Rejected})
	to("refused", lead.Submit, lead.Outcome{Event: lead.WasRefused, SubmitStatus: 400})
	to("submitted", lead.Submit, lead.Outcome{Event: lead.WasSubmitted, SubmitStatus: 200})
	to("at rest", lead.Send, lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: 1015})
	later := b.clock.Now().Add(time.Hour)
	to("to be submitted", lead.Send, lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: 1015, Next: lead.Submit, NextAt: later})
	to("to be looked up", lead.Send, lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: 1000, Next: lead.Look, NextAt: later})
	for name, out := range map[string]lead.Outcome{"closed": {Event: lead.Rejected}, "closed from doubt": {Event: lead.Ambiguous}} {
		l := to(name, lead.Send, out)
		if _, err := b.Decide(t.Context(), l.ID, lead.Decision{Event: lead.ClosedByHand, Attempt: l.Attempt, Who: "ann", Reason: "tested"}); err != nil {
			t.Fatal(err)
		}
	}
	held, suspect := Lead("held"), Lead("suspect")
	held.Hold, suspect.Status = "consent", lead.Suspect
	for name, l := range map[string]lead.Lead{"held": held, "suspect": suspect} {
		if _, err := b.Save(t.Context(), l, Record()); err != nil {
			t.Fatal(err)
		}
		ids[name] = l.ID
	}
	ids["received"] = b.save(t, "received").ID
	return ids
}

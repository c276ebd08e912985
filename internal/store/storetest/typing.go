package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/lead"
	"intake/internal/store"
	"intake/internal/store/stats"
)

var typing = map[string]func(*testing.T, *bench){
	"a lead tells who typed it, by the name that was shown last": func(t *testing.T, b *bench) {
		typed, consumers := b.saveBy(t, ann), b.save(t, "consumer's own")
		b.saveBy(t, lead.Agent{Key: ann.Key, Name: "Ann Lee"})
		want := lead.Agent{Key: ann.Key, Name: "Ann Lee"}
		if got := b.find(t, typed.ID).Agent; got != want {
			t.Errorf("found %+v", got)
		}
		if got, err := b.again(t).Facts(t.Context(), typed.ID); err != nil || got.Agent != want {
			t.Errorf("facts %+v, %v", got.Agent, err)
		}
		if got := b.find(t, consumers.ID).Agent; got != (lead.Agent{}) {
			t.Errorf("a consumer's lead is %+v's", got)
		}
		list, err := b.Leads(t.Context(), store.Received, lead.Page{Size: 9})
		if err != nil || len(list) != 3 {
			t.Fatalf("%d leads, %v", len(list), err)
		}
		for _, l := range list {
			if (l.Agent == want) == (l.ID == consumers.ID) {
				t.Errorf("in a list %s is %+v's", l.ID, l.Agent)
			}
		}
		b.wantRows(t, 1, "select count(*) from agent")
	},
	"an agent who is new is written once, by two processes at once": func(t *testing.T, b *bench) {
		other := b.again(t)
		together(12, func(i int) {
			l := Lead(fmt.Sprint("key ", i))
			l.Agent = []lead.Agent{ann, ben}[i%2]
			if _, err := []*store.Store{b.Store, other}[i/2%2].Save(t.Context(), l, Record()); err != nil {
				t.Error(err)
			}
		})
		b.wantRows(t, 2, "select count(*) from agent")
		for _, who := range []lead.Agent{ann, ben} {
			if list, err := b.LatestOfAgent(t.Context(), who.Key, 9); err != nil || len(list) != 6 {
				t.Errorf("%s has %d leads, %v", who.Name, len(list), err)
			}
		}
	},
	"no lead goes to another agent when the database was exchanged for a backup": func(t *testing.T, b *bench) {
		b.wantClaimable(t, 0, 0, 0) // it learns which database this is
		b.saveBy(t, ann)
		b.exec(t, "update lead set hold = 'test'")
		b.exec(t, "update agent set key = 'somebody else'") // whom the backup has under that number
		b.exec(t, "update stamp set database_id = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'")
		b.wantClaimable(t, 0, 0, 0)
		l := b.saveBy(t, ann)
		if got := b.find(t, l.ID).Agent; got != ann {
			t.Errorf("it is %+v's", got)
		}
	},
	"when an agent was seen last is known to the hour": func(t *testing.T, b *bench) {
		begun := b.clock.Now()
		b.saveBy(t, ann)
		for _, minutes := range []int{59, 1} {
			b.clock.forward(time.Duration(minutes) * time.Minute)
			b.saveBy(t, ann)
		}
		b.wantRows(t, 1, "select count(*) from agent where first_seen_at = $1 and last_seen_at = $2", begun.UnixMilli(), begun.Add(time.Hour).UnixMilli())
	},
	"an agent's last leads are listed, newest first, and nobody else's": func(t *testing.T, b *bench) {
		var want []lead.PartnerID
		for range 3 {
			want = append(want, b.saveBy(t, ann).ID)
			b.saveBy(t, ben)
			b.save(t, lead.NewName())
			b.clock.forward(time.Second)
		}
		slices.Reverse(want)
		for n, want := range map[int][]lead.PartnerID{2: want[:2], 9: want} {
			got, err := b.LatestOfAgent(t.Context(), ann.Key, n)
			wantIDs(t, fmt.Sprint("the last ", n), got, err, want)
		}
		got, err := b.LatestOfAgent(t.Context(), "nobody", 9)
		wantIDs(t, "of nobody", got, err, nil)
		got, err = b.LatestOfAgent(t.Context(), "", 9)
		wantIDs(t, "of a consumer", got, err, nil)
	},
	"the lists of an agent have how each lead was handed over and how its last call ended": func(t *testing.T, b *bench) {
		called, other := b.saveBy(t, ann), b.saveBy(t, ann)
		b.dispose(t, other.ID, lead.Disposition{By: ben, Kind: lead.WrongNumber})
		for _, kind := range []lead.DispositionKind{lead.NoContact, lead.Transferred} {
			b.clock.forward(time.Second)
			b.dispose(t, called.ID, lead.Disposition{By: ann, Kind: kind})
		}
		b.exec(t, "update lead set submit_status = 208 where id = '"+string(called.ID)+"'")
		b.saveBy(t, ann)
		for name, read := range map[string]func() ([]lead.Summary, error){
			"the latest": func() ([]lead.Summary, error) { return b.LatestOfAgent(t.Context(), ann.Key, 9) },
			"those like": func() ([]lead.Summary, error) {
				return b.LeadsLike(t.Context(), []string{"2025550143"}, "", time.Time{})
			},
			"by reference": func() ([]lead.Summary, error) { return b.ByReference(t.Context(), called.ID.Reference()) },
		} {
			list, err := read()
			if err != nil || len(list) == 0 {
				t.Fatalf("%s: %d leads, %v", name, len(list), err)
			}
			for _, l := range list {
				want, handedOver := lead.DispositionKind(0), 0
				switch l.ID {
				case called.ID:
					want, handedOver = lead.Transferred, 208
				case other.ID:
					want = lead.WrongNumber
				}
				if l.Disposition != want || l.SubmitStatus != handedOver {
					t.Errorf("%s: the call ended with %d and it was handed over with %d, want %d and %d", name, l.Disposition, l.SubmitStatus, want, handedOver)
				}
			}
		}
	},
	"an agent finds the draft of a lead that awaits its consent, until it is complete": func(t *testing.T, b *bench) {
		d := b.startBy(t, ann, "typed=1")
		l := Lead(d.Handle.Reveal())
		l.Agent, l.Request = ann, d.Request
		if _, err := b.Save(t.Context(), l, incomplete()); err != nil {
			t.Fatal(err)
		}
		got, err := b.DraftsOfAgent(t.Context(), ann.Key)
		if err != nil || len(got) != 1 || got[0].Sent.ID != l.ID || got[0].Typed.Reveal() != "typed=1" {
			t.Fatalf("%d drafts, %v", len(got), err)
		}
		if err := b.CompleteConsent(t.Context(), l.ID, CallRecord(), ann); err != nil {
			t.Fatal(err)
		}
		if got, err := b.DraftsOfAgent(t.Context(), ann.Key); err != nil || len(got) != 0 {
			t.Errorf("then %d drafts, %v", len(got), err)
		}
	},
	"an agent finds their drafts that were not sent, and not the number": func(t *testing.T, b *bench) {
		var want []string
		for i := range 22 {
			d := b.startBy(t, ann, fmt.Sprint("typed=", i))
			want = append(want, d.Handle.Reveal())
			b.startBy(t, ben, "ben's")
			b.start(t)
			b.clock.forward(time.Second)
		}
		sent := b.startBy(t, ann, "sent")
		b.send(t, sent, "")
		slices.Reverse(want)
		got, err := b.DraftsOfAgent(t.Context(), ann.Key)
		if err != nil || len(got) != 20 {
			t.Fatalf("%d drafts, %v", len(got), err)
		}
		for i, d := range got {
			if d.Handle.Reveal() != want[i] || d.Agent != ann.Key || d.SSN.Given() || d.Typed.Reveal() != fmt.Sprint("typed=", 21-i) {
				t.Errorf("draft %d: Ann's %v, in its place %v, number given %v", i, d.Agent == ann.Key, d.Handle.Reveal() == want[i], d.SSN.Given())
			}
		}
		for _, nobody := range []string{"", "nobody"} {
			if got, err := b.DraftsOfAgent(t.Context(), nobody); err != nil || len(got) > 0 {
				t.Errorf("of %q %d drafts, %v", nobody, len(got), err)
			}
		}
		b.clock.forward(lead.DraftKept)
		if got, err := b.DraftsOfAgent(t.Context(), ann.Key); err != nil || len(got) > 0 {
			t.Errorf("%d drafts whose time is over, %v", len(got), err)
		}
	},
	"whose draft it is survives every change": func(t *testing.T, b *bench) {
		d := b.startBy(t, ann, "typed")
		b.change(t, d, func(d *lead.Draft) { d.Agent, d.Typed = ben.Key, lead.Keep("more") })
		if got := b.draft(t, d); got.Agent != ann.Key || got.Typed.Reveal() != "more" {
			t.Errorf("it is %q's", got.Agent)
		}
		if got, err := b.DraftsOfAgent(t.Context(), ann.Key); err != nil || len(got) != 1 || !got[0].Handle.Equal(d.Handle) {
			t.Errorf("%d drafts, %v", len(got), err)
		}
		if got := b.draft(t, b.start(t)); got.Agent != "" {
			t.Errorf("a consumer's draft is %q's", got.Agent)
		}
		b.wantRows(t, 1, "select count(handle) from draft")
	},
	"leads of the same phone or address are found at once, linked or not": func(t *testing.T, b *bench) {
		begun := b.clock.Now()
		both := b.saveBy(t, ann)
		b.clock.forward(time.Second)
		byPhone, byEmail, other := Lead("phone"), Lead("email"), Lead("other")
		byPhone.Applicant.Email, byPhone.Applicant.HomePhone, byPhone.Applicant.CellPhone = lead.Keep("other@example.com"), lead.Keep("2025550199"), lead.Keep("2025550143")
		byEmail.Applicant.HomePhone, byEmail.Applicant.CellPhone, byEmail.Applicant.WorkPhone = lead.Keep("2025550191"), lead.Private[string]{}, lead.Private[string]{}
		other.Applicant = byEmail.Applicant
		other.Applicant.Email = lead.Keep("other2@example.com")
		for _, l := range []lead.Lead{byPhone, byEmail, other} {
			if _, err := b.Save(t.Context(), l, Record()); err != nil {
				t.Fatal(err)
			}
			b.clock.forward(time.Second)
		}
		for _, linked := range []bool{false, true} {
			got, err := b.LeadsLike(t.Context(), []string{"2025550143", "2025550100"}, "JOSE@example.com", begun)
			wantIDs(t, fmt.Sprint("linked ", linked), got, err, []lead.PartnerID{byEmail.ID, byPhone.ID, both.ID})
			for _, l := range got {
				if l.SamePhone != (l.ID != byEmail.ID) || l.SameEmail != (l.ID != byPhone.ID) || (l.Agent == ann) != (l.ID == both.ID) {
					t.Errorf("linked %v: %s has the same phone %v, address %v, is %+v's", linked, l.ID, l.SamePhone, l.SameEmail, l.Agent)
				}
			}
			got, err = b.LeadsLike(t.Context(), []string{"2025550143"}, "jose@example.com", begun.Add(time.Millisecond))
			wantIDs(t, "since then", got, err, []lead.PartnerID{byEmail.ID, byPhone.ID})
			got, err = b.LeadsLike(t.Context(), nil, "jose@example.com", begun)
			wantIDs(t, "by address", got, err, []lead.PartnerID{byEmail.ID, both.ID})
			got, err = b.LeadsLike(t.Context(), []string{"", "2025550199"}, "", begun)
			wantIDs(t, "by phone", got, err, []lead.PartnerID{byPhone.ID})
			got, err = b.LeadsLike(t.Context(), nil, "", begun)
			wantIDs(t, "by nothing", got, err, nil)
			b.chain(t)
		}
		if _, err := b.LeadsLike(t.Context(), make([]string, 4), "", begun); err == nil {
			t.Error("four phones were taken")
		}
	},
	"of a person with many leads the newest twenty are found": func(t *testing.T, b *bench) {
		var want []lead.PartnerID
		for i := range 25 {
			if want = append(want, b.save(t, lead.NewName()).ID); i == 12 {
				b.chain(t)
			}
			b.clock.forward(time.Second)
		}
		slices.Reverse(want)
		// Ids tell what is newest, and those of one millisecond are in no order.
		oldest := slices.Sorted(slices.Values(want))[:5]
		want = slices.DeleteFunc(want, func(id lead.PartnerID) bool { return slices.Contains(oldest, id) })
		got, err := b.LeadsLike(t.Context(), []string{"2025550143"}, "jose@example.com", time.Time{})
		wantIDs(t, "newest", got, err, want)
	},
	"a supervisor sees what each agent's leads came to": func(t *testing.T, b *bench) {
		b.saveBy(t, ben) // too early
		b.clock.forward(time.Hour)
		since := b.clock.Now()
		answered := func(code int, next lead.Step) lead.Lead {
			l := callLead(lead.NewName())
			l.Permission = CallRecord().Permission()
			if _, err := b.Save(t.Context(), l, CallRecord()); err != nil {
				t.Fatal(err)
			}
			claimed := b.claimAll(t, l.ID)
			return b.record(t, claimed, lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: code, Next: next})
		}
		qualified, notQualified := answered(1015, lead.AtRest), answered(1018, lead.AtRest)
		b.saveWaiting(t, "waiting")
		b.record(t, b.claimAll(t, b.saveBy(t, ben).ID), lead.Outcome{Event: lead.Ambiguous})
		b.record(t, b.claimAll(t, b.saveBy(t, ben).ID), lead.Outcome{Event: lead.Rejected})
		b.save(t, "consumer's own")
		b.dispose(t, qualified.ID, lead.Disposition{By: ann, Kind: lead.NoContact})
		b.clock.forward(time.Second)
		b.dispose(t, qualified.ID, lead.Disposition{By: ben, Kind: lead.Transferred})
		b.dispose(t, notQualified.ID, lead.Disposition{By: ann, Kind: lead.NotQualified})
		want := []lead.TeamRow{
			{Agent: ann, Leads: 3, Qualified: 1, ConsentComplete: 2, Awaiting: 1, ByStatus: map[lead.Status]int{lead.Created: 2, lead.Received: 1}, ByCode: map[int]int{1015: 1, 1018: 1},
				ByDisposition: map[lead.DispositionKind]int{lead.Transferred: 1, lead.NotQualified: 1}},
			{Agent: ben, Leads: 2, ConsentComplete: 2, InDoubt: 1, Parked: 1, ByStatus: map[lead.Status]int{lead.InDoubt: 1, lead.Parked: 1}, ByCode: map[int]int{}, ByDisposition: map[lead.DispositionKind]int{}},
		}
		got, err := b.Team(t.Context(), since)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v, team (-want +got):\n%s", err, diff)
		}
	},
	"the hourly figures are by agent": func(t *testing.T, b *bench) {
		for range 2 {
			b.record(t, b.claimAll(t, b.saveBy(t, ann).ID), lead.Outcome{Event: lead.Answered, AlleviateID: "a", ResultCode: 1015})
		}
		b.saveBy(t, ben)
		b.save(t, "consumer's own")
		b.fold(t)
		got := map[string]int{}
		for _, f := range b.figures(t, stats.Agent, stats.Status) {
			got[f.Agent+" "+string(f.Status)] = f.Leads
		}
		if diff := cmp.Diff(map[string]int{ann.Key + " created": 2, ben.Key + " received": 1, " received": 1}, got); diff != "" {
			t.Errorf("figures (-want +got):\n%s", diff)
		}
		latencies, err := b.Stats().Latencies(t.Context(), time.UnixMilli(0), b.clock.Now().Add(time.Hour), stats.Agent)
		if err != nil || len(latencies) != 1 || latencies[0].Agent != ann.Key || latencies[0].Leads != 2 {
			t.Errorf("latencies %+v, %v", latencies, err)
		}
	},
}

// saveBy stores a new lead of an agent, with the consents of Lead.
func (b *bench) saveBy(t *testing.T, who lead.Agent) lead.Lead {
	t.Helper()
	l := Lead(lead.NewName())
	l.Agent = who
	if _, err := b.Save(t.Context(), l, Record()); err != nil {
		t.Fatal(err)
	}
	return b.find(t, l.ID)
}

// claimAll claims every lead that is to be sent, and returns the one.
func (b *bench) claimAll(t *testing.T, id lead.PartnerID) lead.Lead {
	t.Helper()
	leads, err := b.Claim(t.Context(), lead.Send, 99, "courier", b.clock.Now().Add(time.Minute))
	i := slices.IndexFunc(leads, func(l lead.Lead) bool { return l.ID == id })
	if err != nil || i < 0 {
		t.Fatalf("it is not among %d claimed leads, %v", len(leads), err)
	}
	return leads[i]
}

// startBy starts a draft of an agent.
func (b *bench) startBy(t *testing.T, who lead.Agent, typed string) lead.Draft {
	t.Helper()
	d := Draft()
	d.Agent, d.Typed = who.Key, lead.Keep(typed)
	if err := b.StartDraft(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	return d
}

package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store/erasure"
)

var disposing = map[string]func(*testing.T, *bench){
	"a lead has all its dispositions, oldest first, with who made them": func(t *testing.T, b *bench) {
		l := b.save(t, "key")
		var want []lead.Disposition
		for _, d := range []lead.Disposition{
			{By: ann, Kind: lead.NoContact}, {By: ben, Kind: lead.CallBack, CallBackAt: b.clock.Now().Add(day), Note: lead.Keep("nach 5, José")},
			{By: ann, Kind: lead.OtherOutcome, Note: lead.Keep("asked for a letter")},
		} {
			want = append(want, b.dispose(t, l.ID, d))
			b.clock.forward(time.Second)
		}
		got, err := b.again(t).Dispositions(t.Context(), l.ID)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%v, dispositions (-want +got):\n%s", err, diff)
		}
		if got, err := b.Dispositions(t.Context(), "nobody"); err != nil || len(got) > 0 {
			t.Errorf("of nobody %v, %v", got, err)
		}
	},
	"one that lacks something, or of no lead, is not stored": func(t *testing.T, b *bench) {
		l := b.save(t, "key")
		for story, tt := range map[string]struct {
			d    lead.Disposition
			want error
		}{
			"no time":      {lead.Disposition{Lead: l.ID, By: ann, Kind: lead.CallBack}, lead.ErrNoCallBackTime},
			"a past time":  {lead.Disposition{Lead: l.ID, By: ann, Kind: lead.CallBack, CallBackAt: b.clock.Now()}, lead.ErrNoCallBackTime},
			"no note":      {lead.Disposition{Lead: l.ID, By: ann, Kind: lead.OtherOutcome}, lead.ErrNoNote},
			"no such lead": {lead.Disposition{Lead: "nobody", By: ann, Kind: lead.NoContact}, lead.ErrNotFound},
		} {
			if err := b.Dispose(t.Context(), tt.d); !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %v", story, err, tt.want)
			}
		}
		b.wantRows(t, 0, "select count(*) from disposition")
	},
	"a note goes with the answers, when their time is over or on request, and then there is none any more": func(t *testing.T, b *bench) {
		for story, erase := range map[string]func(lead.PartnerID){
			"on request": func(id lead.PartnerID) {
				if _, err := b.EraseOnRequest(t.Context(), id, by); err != nil {
					t.Fatal(err)
				}
			},
			"its time is over": func(lead.PartnerID) {
				b.clock.forward(91 * day)
				b.wantErased(t, erasure.Erased{SSNs: 1, Answers: 1})
			},
		} {
			l := b.save(t, story)
			want := b.dispose(t, l.ID, lead.Disposition{By: ann, Kind: lead.OtherOutcome, Note: lead.Keep("José was ill")})
			erase(l.ID)
			want.Note = lead.Private[string]{}
			got, err := b.Dispositions(t.Context(), l.ID)
			if diff := cmp.Diff([]lead.Disposition{want}, got); err != nil || diff != "" {
				t.Errorf("%s: %v (-want +got):\n%s", story, err, diff)
			}
			b.wantRows(t, 0, "select count(note) from disposition")
			if err := b.Dispose(t.Context(), lead.Disposition{Lead: l.ID, By: ann, Kind: lead.NoContact}); !errors.Is(err, lead.ErrErased) {
				t.Errorf("%s: another one: %v", story, err)
			}
			if b.marks(t) == 0 && story == "on request" {
				t.Error("nothing is marked to be scrubbed")
			}
		}
	},
	"notes and drafts of agents are sealed anew by a rotation": func(t *testing.T, b *bench) {
		l, d := b.save(t, "key"), Draft()
		d.Agent = ann.Key
		if err := b.StartDraft(t.Context(), d); err != nil {
			t.Fatal(err)
		}
		b.dispose(t, l.ID, lead.Disposition{By: ann, Kind: lead.NoContact, Note: lead.Keep("José was ill")})
		first, second := b.options.Keys.Primary(), b.promoted(t)
		b.wantKeyUse(t, map[uint32]int{first: 4})
		b.wantResealed(t, 3)
		b.wantKeyUse(t, map[uint32]int{second: 4})
		if err := seal.Disable(b.keyFile, "", first, b.clock.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		b.reload(t)
		s := b.again(t)
		if got, err := s.Dispositions(t.Context(), l.ID); err != nil || len(got) != 1 || got[0].Note.Reveal() != "José was ill" {
			t.Errorf("%d dispositions, %v", len(got), err)
		}
		if got, err := s.DraftsOfAgent(t.Context(), ann.Key); err != nil || len(got) != 1 || !got[0].Handle.Equal(d.Handle) {
			t.Errorf("%d drafts, %v", len(got), err)
		}
	},
	"do not call opts the person out by every phone and the address, and stops their leads": func(t *testing.T, b *bench) {
		l, other := b.save(t, "key"), b.saveWaiting(t, "another lead of the person")
		b.clock.forward(time.Second)
		b.dispose(t, l.ID, lead.Disposition{By: ann, Kind: lead.DoNotCall})
		for _, id := range []lead.PartnerID{l.ID, other.ID} {
			if got := b.find(t, id); got.Status != lead.Closed || got.Reason != lead.OptedOut {
				t.Errorf("%s, %q", got.Status, got.Reason)
			}
		}
		b.wantClaimable(t, 0, 0, 0)
		for phone, email := range map[string]string{"2025550143": "", "2025550144": "", "2025550145": "", "": "Jose@Example.com"} {
			if since, found, err := b.Suppressed(t.Context(), phone, email); err != nil || !found || !since.Equal(b.clock.Now()) {
				t.Errorf("%s%s: suppressed %v since %v, %v", phone, email, found, since, err)
			}
		}
		b.wantRows(t, 3, "select count(*) from opt_out where channel = 'agent' and language = 'es'")
		acts, err := b.OptOutsOf(t.Context(), []string{"2025550143"}, "jose@example.com")
		if err != nil || len(acts) != 1 || acts[0].ClientIP.Given() || acts[0].UserAgent.Given() {
			t.Errorf("%+v, %v", acts, err)
		}
		b.clock.forward(time.Second)
		b.dispose(t, l.ID, lead.Disposition{By: ann, Kind: lead.NotInterested})
		if _, found, err := b.Suppressed(t.Context(), "2025550143", ""); err != nil || !found {
			t.Errorf("a later disposition took it back: %v", err)
		}
	},
	"do not call is one commit": func(t *testing.T, b *bench) {
		l := b.save(t, "key")
		b.clock.forward(time.Second)
		b.exec(t, "alter table lead_event rename to gone")
		if err := b.Dispose(t.Context(), lead.Disposition{Lead: l.ID, By: ann, Kind: lead.DoNotCall}); err == nil {
			t.Fatal("it reported nothing")
		}
		b.exec(t, "alter table gone rename to lead_event")
		b.wantRows(t, 0, "select (select count(*) from disposition) + (select count(*) from opt_out) + (select count(*) from suppression)")
		b.wantCounts(t, map[lead.Status]int{lead.Received: 1})
		b.dispose(t, l.ID, lead.Disposition{By: ann, Kind: lead.DoNotCall})
		b.wantCounts(t, map[lead.Status]int{lead.Closed: 1})
	},
	"two claims and two do not calls at once wait for each other": func(t *testing.T, b *bench) {
		const persons = 20
		other, ids := b.again(t), make([]lead.PartnerID, persons)
		for i := range ids {
			ids[i] = b.save(t, lead.NewName()).ID
		}
		b.clock.forward(time.Millisecond)
		together(2*persons, func(i int) {
			if i%2 == 0 {
				if err := b.Dispose(t.Context(), lead.Disposition{Lead: ids[i/2], By: ann, Kind: lead.DoNotCall}); err != nil {
					t.Error(err)
				}
				return
			}
			if _, err := other.Claim(t.Context(), lead.Send, 1, "courier", b.clock.Now().Add(time.Minute)); err != nil {
				t.Error(err)
			}
		})
		b.wantClaimable(t, 0, 0, 0)
	},
}

// dispose writes down how a call ended, and returns it as it is stored.
func (b *bench) dispose(t *testing.T, id lead.PartnerID, d lead.Disposition) lead.Disposition {
	t.Helper()
	d.Lead = id
	if err := b.Dispose(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	d.At = b.clock.Now()
	return d
}

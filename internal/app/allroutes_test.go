package app

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"intake/alleviate"
	"intake/internal/consent"
	"intake/internal/delivery"
	"intake/internal/lead"
	"intake/internal/store"
)

// askedBackend wants every lead and notes what the calls carry.
type askedBackend struct {
	mu     sync.Mutex
	calls  []string
	refuse bool // submitLead says 400 until a certificate comes
	done   chan struct{}
}

func (b *askedBackend) Ready(context.Context) error { return nil }
func (b *askedBackend) Probe(context.Context) error { return nil }
func (b *askedBackend) LeadStatus(context.Context, alleviate.LeadID) (alleviate.LeadStatus, error) {
	return alleviate.LeadStatus{}, nil
}

func (b *askedBackend) note(text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls = append(b.calls, text)
	b.done <- struct{}{}
}

func (b *askedBackend) CreateLead(_ context.Context, in alleviate.LeadInput) (alleviate.CreatedLead, error) {
	b.note(fmt.Sprintf("create certificate=%s terms=%v optIn=%v address=%s", in.TrustedFormCertificateID.Reveal(), in.TermsConsent.Reveal(), in.MarketingOptIn.Reveal(), in.ClientIP.Reveal()))
	return alleviate.CreatedLead{ID: "a", Code: 1014}, nil
}

func (b *askedBackend) SubmitLead(_ context.Context, in alleviate.SubmitLeadInput) (alleviate.SubmittedLead, error) {
	b.note(fmt.Sprintf("submit certificate=%s mobile=%s", in.TrustedFormCertificateID.Reveal(), in.MobilePhone.Reveal()))
	if b.refuse && !in.TrustedFormCertificateID.Given() {
		return alleviate.SubmittedLead{Code: alleviate.CertificateMissing}, nil
	}
	return alleviate.SubmittedLead{Code: alleviate.Submitted}, nil
}

// journey is a lead on its way.
type journey struct {
	t       *testing.T
	s       *store.Store
	backend *askedBackend
	courier *delivery.Courier
	id      lead.PartnerID
	calls   int // that were awaited
}

func (j *journey) save(agent string, record consent.Record) {
	j.t.Helper()
	l := lead.Lead{ID: lead.NewPartnerID(), Draft: lead.Keep(string(lead.NewHandle())), Request: 1, Language: "en", Permission: record.Permission(), Agent: lead.Agent{Key: agent, Name: agent}}
	l.Applicant.FirstName, l.Applicant.HomePhone = lead.Keep("Maria"), lead.Keep("5125550148")
	if _, err := j.s.Save(j.t.Context(), l, record); err != nil {
		j.t.Fatal(err)
	}
	j.id = l.ID
	j.courier.Wake()
}

// accept agrees by a link that came on the route.
func (j *journey) accept(route lead.Route) {
	j.t.Helper()
	h, err := j.s.StartHandOff(j.t.Context(), j.id, "en", lead.Asked{}, route == lead.RouteSent, lead.Agent{Key: "ann", Name: "Ann"})
	for start := time.Now(); err != nil && time.Since(start) < 5*time.Second; { // until the answer of the last call is recorded
		h, err = j.s.StartHandOff(j.t.Context(), j.id, "en", lead.Asked{}, route == lead.RouteSent, lead.Agent{Key: "ann", Name: "Ann"})
	}
	token, page := h.Tokens[route].Reveal(), consent.Page{ID: lead.NewName(), Language: "en", Parts: []consent.Part{{Bytes: []byte("the page")}}, Sheet: []byte("p {}")}
	if err == nil {
		err = j.s.KeepHandOffPage(j.t.Context(), token, page)
	}
	if err == nil {
		record := written(consent.ConsumerLink)
		record.PageID = page.ID
		err = j.s.AcceptHandOff(j.t.Context(), token, record, lead.Accepted{})
	}
	if err != nil {
		j.t.Fatal(err)
	}
	j.courier.Wake()
}

// await waits until so many calls were made.
func (j *journey) await(n int) {
	j.t.Helper()
	for range n {
		select {
		case <-j.backend.done:
			j.calls++
		case <-time.After(10 * time.Second):
			j.t.Fatalf("the calls were %q", j.backend.calls)
		}
	}
}

// written is what a person's own browser has given.
func written(channel string) consent.Record {
	r := consent.Record{At: time.Now(), Channel: channel, Language: "en", ClientIP: lead.Keep("198.51.100.7"), PersonName: lead.Keep("Maria"),
		Certificate: consent.Certificate{State: "given", ID: "cert", URL: lead.Keep("https://cert.trustedform.com/cert")}}
	for _, p := range []consent.Purpose{consent.Credit, consent.Terms, consent.Marketing} {
		r.Acts = append(r.Acts, consent.Act{Purpose: p, Given: true, TextID: string(p), Version: "3", Language: "en", Shown: "unchecked"})
	}
	return r
}

// spoken is what a caller has said, with the agent's browser.
func spoken(given ...consent.Purpose) consent.Record {
	r := consent.Record{At: time.Now(), Channel: consent.RecordedCall, Language: "en", ClientIP: lead.Keep("203.0.113.9"), PersonName: lead.Keep("Maria"), Call: consent.Call{ID: lead.Keep("C-1"), Agent: lead.Keep("Ann"), Script: "1"}}
	for _, p := range given {
		r.Acts = append(r.Acts, consent.Act{Purpose: p, Given: true, TextID: "script/" + string(p), Version: "1", Language: "en", Shown: consent.ReadAloud})
	}
	return r
}

// TestRoutes_CarryWhatTheOwnBrowserGaveAndNothingElse walks every way on which a lead gets its consent, to both calls.
func TestRoutes_CarryWhatTheOwnBrowserGaveAndNothingElse(t *testing.T) {
	all := []consent.Purpose{consent.Recording, consent.Credit, consent.Terms, consent.Marketing}
	const (
		own    = "create certificate=cert terms=true optIn=true address=198.51.100.7"
		oral   = "create certificate= terms=true optIn=false address="
		credit = "create certificate= terms=false optIn=false address="
	)
	for name, tt := range map[string]struct {
		after, refuse bool
		walk          func(j *journey)
		want          []string
	}{
		"a consumer's own form":             {walk: func(j *journey) { j.save("", written(consent.ConsumerWeb)) }, want: []string{own, "submit certificate= mobile="}},
		"a recorded call":                   {walk: func(j *journey) { j.save("ann", spoken(all...)) }, want: []string{oral, "submit certificate= mobile="}},
		"a recorded call that opts in":      {walk: func(j *journey) { r := spoken(all...); r.Call.OptIn = true; j.save("ann", r) }, want: []string{"create certificate= terms=true optIn=true address=", "submit certificate= mobile="}},
		"a link that was passed on, before": {walk: func(j *journey) { j.save("ann", spoken()); j.accept(lead.RouteShown) }, want: []string{own, "submit certificate= mobile="}},
		"a code that was read, before":      {walk: func(j *journey) { j.save("ann", spoken()); j.accept(lead.RouteCode) }, want: []string{own, "submit certificate= mobile="}},
		"a link that was sent, before":      {walk: func(j *journey) { j.save("ann", spoken()); j.accept(lead.RouteSent) }, want: []string{own, "submit certificate= mobile=5125550148"}},
		"a link that was sent, after": {after: true, walk: func(j *journey) { j.saveFollowed(); j.await(1); j.accept(lead.RouteSent) },
			want: []string{credit, "submit certificate=cert mobile=5125550148"}},
		"a link that was passed on, after": {after: true, walk: func(j *journey) { j.saveFollowed(); j.await(1); j.accept(lead.RouteShown) },
			want: []string{credit, "submit certificate=cert mobile="}},
		"a consumer's own form, after": {after: true, walk: func(j *journey) { j.save("", written(consent.ConsumerWeb)) }, want: []string{own, "submit certificate= mobile="}},
		"a certificate that was asked for": {refuse: true, walk: func(j *journey) { j.save("ann", spoken(all...)); j.await(2); j.accept(lead.RouteSent) },
			want: []string{oral, "submit certificate= mobile=", "submit certificate=cert mobile=5125550148"}},
	} {
		s, _, _ := openStaffLeads(t)
		b := &askedBackend{refuse: tt.refuse, done: make(chan struct{}, 9)}
		c := delivery.New(delivery.Config{Queue: s.Store, Doubts: s.Store, Holds: s.Store, Backend: b, Owner: "test", Workers: 1, Margin: time.Minute, Log: slog.New(slog.DiscardHandler), Clock: s.Clock(),
			Path: delivery.Path{Manual: true, WrittenFirst: tt.after}, Budgets: delivery.Budgets{Create: time.Minute, Submit: time.Minute, Status: time.Minute}})
		ctx, stop := context.WithCancel(t.Context())
		ended := runAll(ctx, c.Run)
		j := &journey{t: t, s: s.Store, backend: b, courier: c}
		tt.walk(j)
		j.await(len(tt.want) - j.calls)
		stop()
		<-ended
		if got := strings.Join(b.noted(), "\n"); got != strings.Join(tt.want, "\n") {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, strings.Join(tt.want, "\n"))
		}
	}
}

func (b *askedBackend) noted() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.calls...)
}

// saveFollowed saves a lead whose caller has allowed the credit check, and gives the rest in writing.
func (j *journey) saveFollowed() {
	r := spoken(consent.Recording, consent.Credit)
	r.Call.WrittenFollows = true
	j.save("ann", r)
}

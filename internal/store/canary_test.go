package store_test

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store"
	"intake/internal/store/storetest"
)

// markers fills every field of a person with something that can be found again.
func markers(t *testing.T) (lead.Lead, consent.Record, []string) {
	t.Helper()
	l, r := storetest.Lead("key"), storetest.Record()
	var all []string
	mark := func(name string) string {
		all = append(all, fmt.Sprintf("canary-%d-%s", len(all), name))
		return all[len(all)-1]
	}
	for i, answer := range l.Applicant.Answers() {
		text := mark(answer.Name)
		if answer.Set(text) != nil { // not a text: a number or a date that no other byte string is
			text = fmt.Sprint(731_900_000 + i)
			if answer.Name == "dateOfBirth" {
				text = "1931-07-19"
			}
			if answer.Name == "coApplicant" {
				all = all[:len(all)-1]
				continue // true and false are in every database
			}
			if err := answer.Set(text); err != nil {
				t.Fatal(err)
			}
			all[len(all)-1] = text
		}
	}
	l.Permission.ClientIP = lead.Keep(mark("client ip"))
	r.PersonName, r.Phone = lead.Keep(mark("person name")), lead.Keep(mark("phone"))
	r.ClientIP, r.UserAgent = lead.Keep(mark("record's client ip")), lead.Keep(mark("user agent"))
	r.ProxyChain, r.Certificate.URL = lead.Keep(mark("proxy chain")), lead.Keep(mark("certificate"))
	l.Origin = lead.Keep(lead.Attribution{UTMSource: "news", UTMCampaign: mark("campaign") + " a", UTMMedium: mark("medium"), GCLID: mark("click"), Landing: mark("landing")})
	return l, r, all
}

// form is a draft, its page and an opt-out, with a marker in each field of a person.
func form() (d lead.Draft, p consent.Page, o lead.OptOut, all []string) {
	mark := func(name string) string {
		all = append(all, "canary-form-"+name+"-7319")
		return all[len(all)-1]
	}
	d, p = storetest.Draft(), storetest.Page()
	d.Handle = lead.Keep(lead.NewHandle())
	all = append(all, d.Handle.Reveal()[lead.NameTime:]) // the lead has it as a keyed hash too
	d.Typed, d.SSN, d.Origin = lead.Keep(mark("typed")), lead.Keep(mark("ssn")), lead.Keep(lead.Attribution{Referrer: mark("referrer")})
	for i, part := range p.Parts {
		if part.Hole != consent.Shell {
			p.Parts[i].Bytes = []byte(mark(fmt.Sprint("part ", i)))
		}
	}
	o = lead.OptOut{Channel: "web", Phone: lead.Keep(mark("phone")), Email: lead.Keep(mark("email")), ClientIP: lead.Keep(mark("address")), UserAgent: lead.Keep(mark("browser"))}
	return d, p, o, all
}

// live takes the marked lead from its form through a claim and an outcome to an opt-out, and returns
// the markers of the form.
func live(t *testing.T, s *store.Store, l lead.Lead, r consent.Record) []string {
	t.Helper()
	d, page, out, markers := form()
	err := s.StartDraft(t.Context(), d)
	if err == nil {
		var linked lead.Draft
		linked, err = s.ChangeDraft(t.Context(), d.Handle.Reveal(), func(d *lead.Draft) { d.Language, d.ReturnUntil = "en", time.Now().Add(lead.ReturnKept) })
		markers = append(markers, linked.Return.Reveal())
	}
	if err == nil {
		err = s.KeepPage(t.Context(), d.Handle.Reveal(), page)
	}
	l.Draft, r.PageID = d.Handle, page.ID
	if err == nil {
		_, err = s.Save(t.Context(), l, r)
	}
	if err != nil {
		t.Fatal(err)
	}
	claimed, err := s.Claim(t.Context(), lead.Send, 1, "courier", time.Now().Add(time.Minute))
	if err != nil || len(claimed) != 1 {
		t.Fatalf("%d leads, %v", len(claimed), err)
	}
	if err := s.Record(t.Context(), l.ID, 1, lead.Outcome{Event: lead.Rejected, Reason: "rejected: zipCode"}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Chain(t.Context(), 10); err != nil {
		t.Fatal(err)
	}
	if _, err := s.OptOut(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	return append(markers, desk(t, s)...)
}

// desk stores what an agent types, and returns the markers in it.
func desk(t *testing.T, s *store.Store) (markers []string) {
	t.Helper()
	mark := func(name string) lead.Private[string] {
		markers = append(markers, "canary-desk-"+name+"-7319")
		return lead.Keep(markers[len(markers)-1])
	}
	ann := lead.Agent{Key: "ann", Name: "Ann"}
	l, record, d := storetest.Lead("desk"), storetest.CallRecord(), storetest.Draft()
	l.Agent, l.Hold, d.Agent = ann, lead.AwaitingConsent, ann.Key
	markers = append(markers, d.Handle.Reveal()[lead.NameTime:])
	record.PersonName, record.Call.ID, record.Call.Agent = mark("person"), mark("call"), mark("reader")
	if _, err := s.Save(t.Context(), l, record); err != nil {
		t.Fatal(err)
	}
	record.Call.ID = mark("completed")
	for _, err := range []error{
		s.StartDraft(t.Context(), d), s.CompleteConsent(t.Context(), l.ID, record, ann),
		s.Dispose(t.Context(), lead.Disposition{Lead: l.ID, By: ann, Kind: lead.OtherOutcome, Note: mark("note")}),
		s.Dispose(t.Context(), lead.Disposition{Lead: l.ID, By: ann, Kind: lead.DoNotCall}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return append(markers, phone(t, s)...)
}

// phone stores what a person types on their own phone, and returns the markers in it: the token and the code of the link too.
func phone(t *testing.T, s *store.Store) (markers []string) {
	t.Helper()
	ann := lead.Agent{Key: "ann", Name: "Ann"}
	l, record, page := storetest.Lead("phone"), storetest.CallRecord(), storetest.Page()
	l.Agent, l.Hold, l.Applicant.HomePhone, l.Applicant.CellPhone, l.Applicant.WorkPhone, l.Applicant.Email = ann, lead.AwaitingConsent, lead.Keep("2025550199"), lead.Private[string]{}, lead.Private[string]{}, lead.Keep("else@example.com")
	record.Call.ID = lead.Private[string]{}
	if _, err := s.Save(t.Context(), l, record); err != nil {
		t.Fatal(err)
	}
	h, err := s.StartHandOff(t.Context(), l.ID, "es", lead.Asked{SSN: true}, true, ann)
	if err != nil {
		t.Fatal(err)
	}
	given := storetest.PhoneRecord(page.ID)
	given.UserAgent, given.PersonName = lead.Keep("canary-phone-browser-7319"), lead.Keep("canary-phone-name-7319")
	token := h.Tokens[lead.RouteSent].Reveal()
	for _, err := range []error{
		s.KeepHandOffPage(t.Context(), token, page), s.OpenHandOff(t.Context(), h),
		s.AcceptHandOff(t.Context(), token, given, lead.Accepted{SSN: lead.Keep("731900731")}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return []string{given.UserAgent.Reveal(), given.PersonName.Reveal(), "731900731", "2025550199", token[:26], h.Code.Reveal()}
}

func wantNoMarker(t *testing.T, folder string, l lead.Lead, markers []string) {
	t.Helper()
	values := [][]byte{[]byte(l.ID)}
	for _, marker := range markers {
		values = append(values, []byte(marker))
	}
	files, looked := readFiles(t, folder)
	stands := standIn(files, values)
	for i, marker := range markers {
		if stands[i+1] {
			t.Errorf("%s stands in the files of the database", marker)
		}
	}
	if !stands[0] {
		t.Errorf("the search is blind: it does not find the lead's id in %d bytes", looked)
	}
}

func TestStore_KeepsNoAnswerInClear_OnSQLite(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	s := openNew(t, "file:"+filepath.Join(folder, "intake.db"))
	l, r, markers := markers(t)
	markers = append(markers, live(t, s, l, r)...)
	wantNoMarker(t, folder, l, markers) // database, WAL and shared memory, as a thief would find them
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	wantNoMarker(t, folder, l, markers)
}

func TestStore_KeepsNoAnswerInClear_OnPostgres(t *testing.T) {
	t.Parallel()
	server := storetest.StartPostgres(t)
	url := server.Database(t)
	l, r, markers := markers(t)
	markers = append(markers, live(t, openNew(t, url), l, r)...)
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec("checkpoint"); err != nil {
		t.Fatal(err)
	}
	wantNoMarker(t, server.Dir, l, markers)
}

package simulator

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDuplicates_FollowTheNamedRule(t *testing.T) {
	sameEmail := person("b", map[string]any{"email": "ADA1@Example.com"})
	samePhone := person("c", map[string]any{"homePhone": phone("1")})
	both := person("d", map[string]any{"email": "ada1@example.com", "homePhone": phone("1")})
	for _, row := range []struct {
		rule                string
		email, phone, again int
	}{
		{"email or phone", 1003, 1003, 1003},
		{"email and phone", mustCode("ada1@example.com"), mustCode("adac@example.com"), 1003},
		{"off", mustCode("ada1@example.com"), mustCode("adac@example.com"), mustCode("ada1@example.com")},
	} {
		t.Run(row.rule, func(t *testing.T) {
			c := call1(t, start(t, func(cfg *Config) { cfg.Assumptions.DuplicateMatch = row.rule }))
			first := c.create(person("1"), "").payload(t)
			var got []int
			ids := map[string]bool{first.ID: true}
			for _, lead := range []map[string]any{sameEmail, samePhone, both} {
				p := c.create(lead, "").payload(t)
				got = append(got, p.ResultCode)
				ids[p.ID] = true
				if p.ResultCode == 1003 && p.BidValue != nil {
					t.Errorf("a duplicate carries the bid %s", *p.BidValue)
				}
			}
			if d := cmp.Diff([]int{row.email, row.phone, row.again}, got); d != "" {
				t.Errorf("codes (-want +got):\n%s", d)
			}
			if len(ids) != 4 {
				t.Errorf("%d ids for 4 leads", len(ids))
			}
		})
	}
}

func TestDuplicates_AreReadAs1003ByLook(t *testing.T) {
	c := call1(t, start(t))
	c.create(person("1"), "")
	second := c.create(person("1"), "").payload(t)
	if got := c.look(second.ID, "").payload(t); got.ResultCode != 1003 || got.BidValue != nil {
		t.Errorf("got %d %s, want 1003 null", got.ResultCode, str(got.BidValue))
	}
	if d := cmp.Diff(map[string]int{"P-1": 1}, c.s.Ledger().Processed()); d != "" {
		t.Errorf("processed (-want +got):\n%s", d)
	}
}

func TestDuplicates_BeyondTheWindowAreBoughtAgain(t *testing.T) {
	now := time.Date(2026, 2, 4, 15, 30, 0, 0, time.UTC)
	s := start(t, func(cfg *Config) { cfg.Now = func() time.Time { return now }; cfg.Assumptions.TokenLife = 1e8 })
	c := call1(t, s)
	code := func() int { return c.create(person("1"), "").payload(t).ResultCode }
	got := []int{code()}
	for _, days := range []int{30, 1, 1} { // at the edge, beyond it, inside the new window
		now = now.AddDate(0, 0, days)
		got = append(got, code())
	}
	if d := cmp.Diff([]int{mustCode("ada1@example.com"), 1003, 1020, 1003}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestDuplicates_OneOfAHundredAtOnceIsTheFirst(t *testing.T) {
	c := call1(t, start(t))
	var group sync.WaitGroup
	codes := make(chan int, 100)
	for range 100 {
		group.Go(func() { codes <- c.create(person("1"), "").payload(t).ResultCode })
	}
	group.Wait()
	close(codes)
	count := map[int]int{}
	for code := range codes {
		count[code]++
	}
	if d := cmp.Diff(map[int]int{mustCode("ada1@example.com"): 1, 1003: 99}, count); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestKeyedByLeadID_ReturnsTheFirstAnswer(t *testing.T) {
	c := call1(t, start(t, func(cfg *Config) { cfg.Assumptions.KeyedByLeadID = true }))
	first := c.create(person("1"), "").body
	if d := cmp.Diff(first, c.create(person("1"), "").body); d != "" {
		t.Errorf("the repeat differs (-first +repeat):\n%s", d)
	}
	l := c.s.Ledger()
	if len(l.Leads) != 1 || l.Processed()["P-1"] != 1 {
		t.Errorf("%d leads, processed %v", len(l.Leads), l.Processed())
	}
}

func TestSubmit_Is200Once208After(t *testing.T) {
	c := call1(t, start(t))
	id := c.create(person("1"), "").payload(t).ID
	first, second := c.submit(id, "").payload(t), c.submit(id, "").payload(t)
	if first.StatusCode != 200 || second.StatusCode != 208 {
		t.Errorf("got %d, %d; want 200, 208", first.StatusCode, second.StatusCode)
	}
	first.StatusCode = 208
	if d := cmp.Diff(first, second); d != "" {
		t.Errorf("the record changed (-first +second):\n%s", d)
	}
	if str(first.Crm) != "AFS" || len(str(first.CrmRecordID)) != 11 || first.LeadID != id || str(first.PartnerLeadID) != "P-1" {
		t.Errorf("odd record %+v", first)
	}
}

func TestSubmit_RefusesAsAssumed(t *testing.T) {
	certificate := map[string]any{"trustedformCertificateID": "981eef90ec965dd5a139170a4ad935b8b057baae"}
	for _, row := range []struct {
		name    string
		assume  Assumptions
		lead    map[string]any
		unknown bool
		with    map[string]any
		want    int
	}{
		{"a certificate is needed and missing", Assumptions{SubmitNeedsCertificate: true}, nil, false, nil, 400},
		{"a certificate is needed and there", Assumptions{SubmitNeedsCertificate: true}, nil, false, certificate, 200},
		{"the certificate fails", Assumptions{CertificateFails: true}, nil, false, certificate, 422},
		{"nothing to fail", Assumptions{CertificateFails: true}, nil, false, nil, 200},
		{"MLAS has submitted it by itself", Assumptions{AutomaticCRM: true}, nil, false, nil, 208},
		{"the lead did not qualify", Assumptions{}, map[string]any{"email": "unqualified@assumed.example"}, false, nil, 409},
		{"unqualified, with another number", Assumptions{SubmitUnqualified: 422}, map[string]any{"email": "unqualified@assumed.example"}, false, nil, 422},
		{"nobody knows the id", Assumptions{}, nil, true, nil, 404},
		{"unknown, with another number", Assumptions{SubmitUnknown: 410}, nil, true, nil, 410},
	} {
		t.Run(row.name, func(t *testing.T) {
			c := call1(t, start(t, func(cfg *Config) { cfg.Assumptions = row.assume }))
			id := c.create(person("1", row.lead), "").payload(t).ID
			if row.unknown {
				id = newID()
			}
			got := c.submit(id, "", row.with).payload(t)
			if got.StatusCode != row.want || (got.CrmRecordID != nil) != (row.want/100 == 2) {
				t.Errorf("got %d with record %s, want %d", got.StatusCode, str(got.CrmRecordID), row.want)
			}
		})
	}
}

func TestSubmit_UnknownIDCanBeAnError(t *testing.T) {
	c := call1(t, start(t, func(cfg *Config) { cfg.Assumptions.SubmitUnknown = -1 }))
	if r := c.submit(newID(), ""); !strings.Contains(r.body, "NOT_FOUND") || !strings.Contains(r.body, `"data":null`) {
		t.Errorf("got %s", r.body)
	}
}

func TestSubmit_RefusesAFormattedPhone(t *testing.T) {
	c := call1(t, start(t))
	id := c.create(person("1"), "").payload(t).ID
	r := c.submit(id, "", map[string]any{"mobilePhone": "555-123-4567"})
	if !strings.Contains(r.body, "mobilePhone must be 10 digits") || c.s.Ledger().Leads[0].CRMRecordID != "" {
		t.Errorf("got %s", r.body)
	}
}

func TestLook_AnswersAsDocumented(t *testing.T) {
	now := time.Date(2026, 2, 4, 15, 30, 0, 0, time.UTC)
	c := call1(t, start(t, func(cfg *Config) { cfg.Now = func() time.Time { return now } }))
	made := c.create(person("1"), "").payload(t)
	got := c.look(made.ID, "").payload(t)
	made.Note, made.UpdatedAt = "", "2026-02-04T15:30:00.000Z"
	if d := cmp.Diff(made, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestLook_UnknownID(t *testing.T) {
	c := call1(t, start(t))
	if r := c.look(newID(), ""); r.body != `{"data":{"getLeadStatus":null}}` {
		t.Errorf("null: %s", r.body)
	}
	if err := c.s.Assume(Assumptions{StatusUnknown: "error"}); err != nil {
		t.Fatal(err)
	}
	if r := c.look(newID(), ""); !strings.Contains(r.body, "NOT_FOUND") {
		t.Errorf("error: %s", r.body)
	}
}

func TestLook_ByPartnerIDOnlyWhenAssumed(t *testing.T) {
	c := call1(t, start(t))
	id := c.create(person("1"), "").payload(t).ID
	if r := c.look("P-1", ""); r.body != `{"data":{"getLeadStatus":null}}` {
		t.Errorf("off: %s", r.body)
	}
	if err := c.s.Assume(Assumptions{LookupByLeadID: true}); err != nil {
		t.Fatal(err)
	}
	if got := c.look("P-1", "").payload(t).ID; got != id {
		t.Errorf("on: %s, want %s", got, id)
	}
}

func TestLook_EndsProcessingAfterEnoughLooks(t *testing.T) {
	email := "assumed+1000@assumed.example"
	for _, row := range []struct {
		looks int
		want  []int
	}{
		{1, []int{mustCode(email), mustCode(email)}},
		{0, []int{1000, mustCode(email)}}, // the default is 2
		{-1, []int{1000, 1000}},
	} {
		t.Run(fmt.Sprint(row.looks), func(t *testing.T) {
			c := call1(t, start(t, func(cfg *Config) { cfg.Assumptions.ProcessingLooks = row.looks }))
			made := c.create(person("1", map[string]any{"email": email}), "").payload(t)
			got := []int{c.look(made.ID, "").payload(t).ResultCode, c.look(made.ID, "").payload(t).ResultCode}
			if d := cmp.Diff(row.want, got); d != "" || made.ResultCode != 1000 {
				t.Errorf("made %d (-want +got):\n%s", made.ResultCode, d)
			}
		})
	}
}

func TestAssumptions_RefuseWhatIsNoChoice(t *testing.T) {
	for name, a := range map[string]Assumptions{
		"duplicates": {DuplicateMatch: "name"}, "archetypes": {UnknownArchetype: "x"}, "status": {StatusUnknown: "x"}, "errors": {RequestErrors: "500"},
	} {
		if _, err := Start(Config{ClientID: "c", Secrets: []string{"s"}, Assumptions: a}); err == nil {
			t.Errorf("%s: started", name)
		}
	}
}

package cli

import (
	"strings"
	"testing"
	"time"

	"intake/internal/lead"
)

// refused is a lead of Maria's that Alleviate refused.
func (w *ward) refused(key string) lead.PartnerID {
	w.t.Helper()
	l, record := form(key)
	l.Permission.Marketing = true
	if _, err := w.leads.Save(w.t.Context(), l, record); err != nil {
		w.t.Fatal(err)
	}
	claimed, err := w.leads.Claim(w.t.Context(), lead.Send, 1, "test", time.Now().Add(time.Minute))
	if err != nil || len(claimed) != 1 {
		w.t.Fatalf("claimed %d leads, %v", len(claimed), err)
	}
	if err := w.leads.Record(w.t.Context(), l.ID, 1, lead.Outcome{Event: lead.Rejected, Reason: "rejected, fields homePhone zipCode"}); err != nil {
		w.t.Fatal(err)
	}
	return l.ID
}

func TestLeadsAmend_CorrectsWhatAlleviateRefusedAndSendsIt(t *testing.T) {
	w := newWard(t)
	id := w.refused("one")
	who := []string{"-by", "ann", "-reason", "the caller spelled it"}
	amend := func(input, wantError string, sets ...string) string {
		t.Helper()
		args := append([]string{"amend", string(id)}, who...)
		for _, set := range sets {
			args = append(args, "-set", set)
		}
		return w.types(input, wantError, args...)
	}
	said := amend("homePhone=(212) 555-0177\nzipCode= 78701-1234 \nemployerName=\nsocialSecurityNumber=\ndateOfBirth=4/15/1980\n", "", "zipCode=-", "homePhone=-", "dateOfBirth=-", "employerName=-", "socialSecurityNumber=-")
	w.wantLines(said, "zipCode, homePhone, dateOfBirth, employerName, socialSecurityNumber corrected; it is parked. Next: intake leads again", "no consent to calls to the new one")
	l, err := w.leads.Find(t.Context(), id)
	a := l.Applicant
	if err != nil || a.HomePhone.Reveal() != "2125550177" || a.ZipCode.Reveal() != "78701" || a.EmployerName.Given() || a.SocialSecurityNumber.Given() ||
		a.DateOfBirth.Reveal() != (lead.Date{Year: 1980, Month: time.April, Day: 15}) || a.FirstName.Reveal() != "Maria" {
		t.Errorf("the answers are not as they were corrected, %v", err)
	}
	w.wantLines(w.does("", "show", string(id)), "amended", "fields dateOfBirth homePhone zipCode employerName socialSecurityNumber", "by ann")
	w.does("", "again", string(id), "-by", "ann", "-reason", "corrected")
	w.wantStatus(id, lead.Received)
	amend("zipCode=78701\n", "only the answers of a parked lead", "zipCode=-")
	w.wants(t, 0, "whole: 2 entries", "audit", "verify")
}

func TestLeadsAmend_JudgesAsTheAgentsFormDoesAndTakesNothingFromTheCommandLine(t *testing.T) {
	w := newWard(t)
	id := w.refused("one")
	before, err := w.leads.Find(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		input, words string
		sets         []string
	}{
		{"homePhone=12345\n", "homePhone: Enter a 10-digit US phone number", []string{"homePhone=-"}},
		{"homePhone=12345\nstate=Nowhere\n", "state: ", []string{"homePhone=-", "state=-"}},
		{"firstName=\n", "firstName: Enter your first name", []string{"firstName=-"}},
		{"dateOfBirth=1/1/2020\n", "dateOfBirth: You must be 18 or older", []string{"dateOfBirth=-"}},
		{"", "one line NAME=value for each", []string{"homePhone=-"}},
		{"city=Austin\n", "and no other", []string{"homePhone=-"}},
		{"city=Austin\ncity=Dallas\n", "and no other", []string{"city=-"}},
		{"city\n", "and no other", []string{"city=-"}},
		{"", "every process could see it", []string{"homePhone=2125550177"}},
		{"", "every process could see it", []string{"homePhone"}},
		{"", "stands there twice", []string{"city=-", "city=-"}},
		{"handle=x\n", `there is no answer "handle"`, []string{"handle=-"}},
		{"socialSecurityNumber=219-09-9998\n", "it can only be taken away", []string{"socialSecurityNumber=-"}},
		{"consentCredit=on\n", `there is no answer "consentCredit"`, []string{"consentCredit=-"}},
		{"", "name what to correct", nil},
	} {
		args := []string{"amend", string(id), "-by", "ann", "-reason", "r"}
		for _, set := range tt.sets {
			args = append(args, "-set", set)
		}
		if said := w.types(tt.input, tt.words, args...); strings.Contains(said, "12345") || strings.Contains(said, "Nowhere") || strings.Contains(said, "2125550177") || strings.Contains(said, "9998") {
			t.Errorf("what was typed is printed:\n%s", said)
		}
	}
	w.types("city=Austin\n", "needs -by and -reason", "amend", string(id), "-set", "city=-", "-by", "ann")
	after, err := w.leads.Find(t.Context(), id)
	if err != nil || !after.Applicant.HomePhone.Equal(before.Applicant.HomePhone) || !after.Applicant.City.Equal(before.Applicant.City) {
		t.Errorf("something was changed, %v", err)
	}
	w.wants(t, 0, "whole: 0 entries", "audit", "verify")
}

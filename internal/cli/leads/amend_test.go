package leads_test

import (
	"strings"
	"testing"
	"time"

	"intake/internal/cli/clitest"
	"intake/internal/lead"
)

// saveRefused saves a lead that Alleviate refused.
func saveRefused(t *testing.T, p *clitest.Leads) lead.PartnerID {
	t.Helper()
	l, record := clitest.Lead("one")
	l.Permission.Marketing = true
	if _, err := p.DB.Save(t.Context(), l, record); err != nil {
		t.Fatal(err)
	}
	p.Claim(l.ID, time.Minute)
	p.Record(l.ID, lead.Outcome{Event: lead.Rejected, Reason: "rejected, fields homePhone zipCode"})
	return l.ID
}

func TestLeadsAmend_CorrectsWhatAlleviateRefusedAndSendsIt(t *testing.T) {
	p := clitest.NewLeads(t)
	id := saveRefused(t, p)
	who := []string{"-by", "ann", "-reason", "the caller spelled it"}
	amend := func(input, wantError string, sets ...string) string {
		t.Helper()
		args := append([]string{"amend", string(id)}, who...)
		for _, set := range sets {
			args = append(args, "-set", set)
		}
		return p.DoWithInput(input, wantError, args...)
	}
	said := amend("homePhone=(212) 555-0177\nzipCode= 78701-1234 \nemployerName=\nsocialSecurityNumber=\ndateOfBirth=4/15/1980\n", "", "zipCode=-", "homePhone=-", "dateOfBirth=-", "employerName=-", "socialSecurityNumber=-")
	wantLines(t, said, "zipCode, homePhone, dateOfBirth, employerName, socialSecurityNumber corrected; it is parked. Next: intake leads again", "no consent to calls to the new one")
	l, err := p.DB.Find(t.Context(), id)
	a := l.Applicant
	if err != nil || a.HomePhone.Reveal() != "2125550177" || a.ZipCode.Reveal() != "78701" || a.EmployerName.Given() || a.SocialSecurityNumber.Given() ||
		a.DateOfBirth.Reveal() != (lead.Date{Year: 1980, Month: time.April, Day: 15}) || a.FirstName.Reveal() != "Maria" {
		t.Errorf("the answers are not as they were corrected, %v", err)
	}
	wantLines(t, p.Do("", "show", string(id)), "amended", "fields dateOfBirth homePhone zipCode employerName socialSecurityNumber", "by ann")
	p.Do("", "again", string(id), "-by", "ann", "-reason", "corrected")
	p.WantStatus(id, lead.Received)
	amend("zipCode=78701\n", "only the answers of a parked lead", "zipCode=-")
	p.Want(t, 0, "whole: 2 entries", "audit", "verify")
}

func TestLeadsAmend_JudgesAsTheAgentsFormDoesAndTakesNothingFromTheCommandLine(t *testing.T) {
	p := clitest.NewLeads(t)
	id := saveRefused(t, p)
	before, err := p.DB.Find(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		input, words string
		sets         []string
	}{
		{"homePhone=12345\n", "homePhone: Phone number must be a 10-digit US number", []string{"homePhone=-"}},
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
		{"socialSecurityNumber=219-09-9998\n", "it can only be removed", []string{"socialSecurityNumber=-"}},
		{"consentCredit=on\n", `there is no answer "consentCredit"`, []string{"consentCredit=-"}},
		{"", "name what to correct", nil},
	} {
		args := []string{"amend", string(id), "-by", "ann", "-reason", "r"}
		for _, set := range tt.sets {
			args = append(args, "-set", set)
		}
		if said := p.DoWithInput(tt.input, tt.words, args...); strings.Contains(said, "12345") || strings.Contains(said, "Nowhere") || strings.Contains(said, "2125550177") || strings.Contains(said, "9998") {
			t.Errorf("what was typed is printed:\n%s", said)
		}
	}
	p.DoWithInput("city=Austin\n", "needs -by and -reason", "amend", string(id), "-set", "city=-", "-by", "ann")
	after, err := p.DB.Find(t.Context(), id)
	if err != nil || !after.Applicant.HomePhone.Equal(before.Applicant.HomePhone) || !after.Applicant.City.Equal(before.Applicant.City) {
		t.Errorf("something was changed, %v", err)
	}
	p.Want(t, 0, "whole: 0 entries", "audit", "verify")
}

package cli_test

import (
	"strings"
	"testing"
	"time"

	"intake/internal/cli/clitest"
	"intake/internal/cli/command"
	"intake/internal/consent"
	"intake/internal/lead"
)

// What a visitor reads out finds their lead in every command that takes an id.
func TestReference_EveryCommandOfALeadTakesIt(t *testing.T) {
	p := clitest.NewLeads(t)
	id := p.Save(lead.Suspect)
	reference := id.Reference().String()
	for _, typed := range []string{reference, strings.ToLower(reference), strings.ReplaceAll(reference, "-", " ")} {
		if said := p.Do("", "show", typed); !strings.Contains(said, string(id)) || !strings.Contains(said, reference) {
			t.Errorf("%q shows:\n%s", typed, said)
		}
	}
	if said := p.Do("", "list", "suspect"); !strings.Contains(said, string(id)+"  "+reference) {
		t.Errorf("the list lacks the reference:\n%s", said)
	}
	p.Do("", "release", reference, "-by", "ann", "-reason", "a person")
	p.WantStatus(id, lead.Received)
	code, said := p.Run("audit", "show", reference)
	if code != 0 || !strings.Contains(said, "by ann") {
		t.Errorf("audit show ended with %d:\n%s", code, said)
	}

	const unknown = "2222-2222"
	for _, command := range []string{
		"leads show", "leads release", "leads discard", "leads resolve -not-there", "leads amend -set zipCode=-", "leads again", "leads close",
		"leads told", "leads erase", "leads erase -id", "evidence", "audit show",
	} {
		words := strings.Fields(command)
		at := min(2, len(words)) // behind the act
		if words[0] == "evidence" || words[len(words)-1] == "-id" {
			at = len(words)
		}
		args := append(append(append([]string{}, words[:at]...), unknown), words[at:]...)
		if words[0] != "audit" && command != "leads show" {
			args = append(args, "-by", "ann", "-reason", "r")
		}
		if code, said := p.Run(args...); code != 1 || !strings.Contains(said, "no lead has the reference "+unknown) {
			t.Errorf("%v ended with %d:\n%s", args, code, said)
		}
	}
}

func TestReference_TwoLeadsThatShareOneAreBothNamed(t *testing.T) {
	p := clitest.NewLeads(t)
	first := p.Save(lead.Received)
	reference := string(first.Reference())
	other := lead.NewPartnerID()
	other = other[:lead.ReferenceAt] + lead.PartnerID(reference) + other[lead.ReferenceAt+len(reference):]
	l := lead.Lead{ID: other, Draft: lead.Keep(lead.NewHandle()), Request: 1, Language: "en"}
	if _, err := p.DB.Save(t.Context(), l, consent.Record{At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	said := p.Do("2 leads share the reference "+first.Reference().String()+"; name one by its id", "close", reference, "-by", "ann", "-reason", "r")
	for _, id := range []lead.PartnerID{first, other} {
		if l := p.WantStatus(id, lead.Received); !strings.Contains(said, string(id)+" received "+command.FormatTime(l.ReceivedAt)) {
			t.Errorf("%s is not named with its time:\n%s", id, said)
		}
	}
	p.Do("", "close", string(other), "-by", "ann", "-reason", "r")
	p.WantStatus(other, lead.Closed)
}

package leads_test

import (
	"regexp"
	"strings"
	"testing"

	"intake/internal/cli/clitest"
	"intake/internal/lead"
)

func TestLeads_AListIsShownPageByPage(t *testing.T) {
	p := clitest.NewLeads(t)
	suspects := []lead.PartnerID{p.Save(lead.Suspect), p.Save(lead.Suspect), p.Save(lead.Suspect)}
	said := p.Do("", "list", "suspect", "-n", "2")
	next := regexp.MustCompile(`intake leads (list suspect -n 2 -after \S+)`).FindStringSubmatch(said)
	if next == nil || !strings.Contains(said, "suspect: 2\n") {
		t.Fatalf("the first page does not tell how to go on:\n%s", said)
	}
	said += p.Do("", strings.Fields(next[1])...)
	for _, id := range suspects {
		if strings.Count(said, "  "+string(id)+" ") != 1 {
			t.Errorf("%s is not on one page:\n%s", id, said)
		}
	}
	if strings.Count(said, "There may be more") != 1 {
		t.Errorf("the last page tells of another one:\n%s", said)
	}
	p.Do("-n is from 1 to 1000", "list", "-n", "0")
	p.Do("name that list", "list", "-after", "1.A")
	p.Do("it is no place in a list", "list", "suspect", "-after", "A")
	p.Do(`there is no list "suspects"`, "list", "suspects")
}

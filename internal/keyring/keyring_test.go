package keyring_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"intake/internal/cli/clitest"
	"intake/internal/cli/command"
	"intake/internal/keyring"
	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store"
)

// ringAfter is the program's keys as intake keys changes them some time from now.
func ringAfter(p *clitest.Program, s *store.Store, by string, after time.Duration) keyring.Ring {
	return keyring.Ring{
		KeyFile: p.Setting("INTAKE_KEYSET_FILE"), MasterKeyFile: p.Setting("INTAKE_MASTER_KEY_FILE"), Store: s,
		Entry: command.Actor{By: by, Reason: "the old one"}.Entry,
		Now:   func() time.Time { return time.Now().Add(after) },
	}
}

// TestKeys_RotateUnderARunningServer follows the documented order while a store stays open, as that of a server.
func TestKeys_RotateUnderARunningServer(t *testing.T) {
	p := clitest.New(t)
	running := p.Store(t)
	before := clitest.SaveLead(t, running, "before")
	keySet := func() *seal.Keys {
		set, err := seal.Load(p.Setting("INTAKE_KEYSET_FILE"), p.Setting("INTAKE_MASTER_KEY_FILE"))
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	first := fmt.Sprint(keySet().Primary())
	added := p.Want(t, 0, "does not seal yet", "keys", "add", "-by", "ann", "-reason", "ninety days")
	second := regexp.MustCompile(`^\d+`).FindString(added)
	p.Want(t, 1, "there is no key 7", "keys", "promote", "7", "-reason", "r")
	p.Want(t, 0, second+" seals from now on", "keys", "promote", second, "-reason", "r")
	clitest.SaveLead(t, running, "after")
	p.Want(t, 1, "2 rows still need the key "+first, "keys", "disable", first, "-reason", "r")
	p.Want(t, 0, "1 rows were sealed anew", "keys", "rotate", "-reason", "r")
	p.Want(t, 1, "try again in a minute", "keys", "disable", first, "-reason", "r")
	p.Want(t, 1, "promote another first", "keys", "disable", second, "-reason", "r")
	list := p.Want(t, 0, "", "keys", "list")
	if want := regexp.MustCompile(`^` + first + ` +opens +0 rows\n` + second + ` +seals +3 rows\n$`); !want.MatchString(list) {
		t.Errorf("the list is\n%s", list)
	}

	var id uint32
	if _, err := fmt.Sscan(first, &id); err != nil {
		t.Fatal(err)
	}
	if err := ringAfter(p, running, "bob", time.Minute).Disable(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	clitest.SaveLead(t, running, "later")
	if l, err := running.Find(t.Context(), before); err != nil || l.Applicant.FirstName.Reveal() != "Maria" {
		t.Errorf("the first lead: %v", err)
	}
	if _, err := p.Store(t).Find(t.Context(), before); err != nil {
		t.Errorf("the first lead after a restart: %v", err)
	}
	p.Want(t, 0, first+" opens again", "keys", "enable", first, "-reason", "r")

	log := p.Want(t, 0, "", "audit", "show")
	want := []string{"add key " + second + " by ann  ninety days", "promote key " + second, "rotate keys", "disable key " + first + " by bob", "enable key " + first + " by " + command.Account()}
	if lines := strings.Split(strings.TrimSpace(log), "\n"); len(lines) != len(want) {
		t.Errorf("%d entries, want %d:\n%s", len(lines), len(want), log)
	}
	squeezed := regexp.MustCompile(`  +`).ReplaceAllString(log, " ")
	for _, words := range want {
		if !strings.Contains(squeezed, strings.ReplaceAll(words, "  ", " ")) {
			t.Errorf("no entry %q in:\n%s", words, log)
		}
	}
	p.Want(t, 0, "whole: 5 entries", "audit", "verify")
}

// TestKeys_TheIndexKeyIsReplacedUnderARunningServer finds a person's leads and their opt-out afterwards, also
// what the server saved meanwhile.
func TestKeys_TheIndexKeyIsReplacedUnderARunningServer(t *testing.T) {
	p := clitest.New(t)
	running := p.Store(t)
	ids := []lead.PartnerID{clitest.SaveLead(t, running, "before")}
	if _, err := running.OptOut(t.Context(), lead.OptOut{At: time.Now(), Channel: "web", Language: "en", Phone: lead.Keep("5125550199")}); err != nil {
		t.Fatal(err)
	}
	said := p.Want(t, 0, "Indexes are made by keys of version 2 from now on.", "keys", "rotate-index", "-by", "ann", "-reason", "the key file was seen")
	if !strings.Contains(said, "those of 1 leads were made anew") {
		t.Errorf("it said:\n%s", said)
	}
	ids = append(ids, clitest.SaveLead(t, running, "after"))
	leads, err := p.Store(t).LeadsOf(t.Context(), "5125550148", "", lead.Page{Size: 9})
	if err != nil || len(leads) != 2 || leads[0].ID != ids[0] || leads[1].ID != ids[1] {
		t.Errorf("found %d leads, %v", len(leads), err)
	}
	if _, found, err := running.Suppressed(t.Context(), "5125550199", ""); err != nil || !found {
		t.Errorf("the opt-out is found %v, %v", found, err)
	}
	p.Want(t, 0, "version 3", "keys", "rotate-index", "-reason", "once more")
	p.Exec(t, "update lead_private set email_index = substr(email_index, 2) where lead_id = $1", string(ids[0])) // by the first key, as if it had been interrupted
	if said := p.Want(t, 0, "those of 1 leads were made anew", "keys", "rotate-index", "-reason", "go on"); strings.Contains(said, "version") {
		t.Errorf("an interrupted rotation began another one:\n%s", said)
	}
	log := p.Want(t, 0, "replace index key, version 2", "audit", "show")
	if strings.Count(log, "make indexes anew, version") != 3 || !strings.Contains(log, "by ann") {
		t.Errorf("the audit log is\n%s", log)
	}
	p.Want(t, 1, "intake keys rotate-index -reason WHY", "keys", "rotate-index", "7", "-reason", "r")
}

func TestKeys_ADestroyedKeyIsGoneForGood(t *testing.T) {
	p := clitest.New(t)
	s := p.Store(t)
	clitest.SaveLead(t, s, "key")
	var first uint32
	if _, err := fmt.Sscan(p.Want(t, 0, "seals", "keys", "list"), &first); err != nil {
		t.Fatal(err)
	}
	second := regexp.MustCompile(`^\d+`).FindString(p.Want(t, 0, "", "keys", "add", "-reason", "r"))
	p.Want(t, 0, "", "keys", "promote", second, "-reason", "r")
	act := func(wantError string, err error) {
		t.Helper()
		if (err == nil) != (wantError == "") || err != nil && !strings.Contains(err.Error(), wantError) {
			t.Errorf("got %v, want %q", err, wantError)
		}
	}
	disable := func(after time.Duration) error { return ringAfter(p, s, "ann", after).Disable(t.Context(), first) }
	destroy := func(after time.Duration, force bool) error {
		return ringAfter(p, s, "ann", after).Destroy(t.Context(), first, force)
	}
	const day = 24 * time.Hour
	act("2 rows still need", disable(time.Hour))
	act("2 rows still need", destroy(99*day, true))
	p.Want(t, 0, "1 rows were sealed anew", "keys", "rotate", "-reason", "r")
	act("opens: disable it first", destroy(99*day, true))
	act("", disable(day))
	if list := p.Want(t, 0, "disabled 20", "keys", "list"); !strings.Contains(list, "0 rows") {
		t.Errorf("the list is\n%s", list)
	}
	p.Want(t, 1, "backups from before then cannot be restored without it", "keys", "destroy", fmt.Sprint(first), "-reason", "r")
	act("kept 35 days", destroy(36*day-time.Minute, false))
	act("", destroy(37*day, false))
	if list := p.Want(t, 0, second+" ", "keys", "list"); strings.Contains(list, fmt.Sprint(first)) {
		t.Errorf("the key is still there:\n%s", list)
	}
	p.Want(t, 0, fmt.Sprintf("destroy key %d", first), "audit", "show")
	p.Want(t, 1, "there is no key", "keys", "destroy", fmt.Sprint(first), "-force", "-reason", "r")
}

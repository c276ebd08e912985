package e2e

import (
	"database/sql"
	"html"
	"net/netip"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store"
)

// checkEvidence goes over all leads on disk, after the program has ended: each has a record that
// lacks nothing, and the page that it names is there as it was sent. Each test in which people visit a
// program ends with it.
func (p *program) checkEvidence() {
	p.t.Helper()
	s := p.stored()
	defer s.Close()
	for _, id := range p.leadIDs() {
		l, err := s.Find(p.ctx(), id)
		if err != nil {
			p.t.Errorf("lead %s: %v", id, err)
			continue
		}
		for _, gap := range p.gaps(s, l) {
			p.t.Errorf("the evidence of lead %s: %s", id, gap)
		}
	}
}

// leadIDs are the leads on disk.
func (p *program) leadIDs() []lead.PartnerID {
	p.t.Helper()
	db, err := sql.Open("sqlite", "file:"+p.file("data/intake.db"))
	must(p.t, err)
	defer db.Close()
	rows, err := db.Query("select id from lead order by received_at")
	must(p.t, err)
	defer rows.Close()
	var ids []lead.PartnerID
	for rows.Next() {
		var id lead.PartnerID
		must(p.t, rows.Scan(&id))
		ids = append(ids, id)
	}
	must(p.t, rows.Err())
	return ids
}

// gaps is what the evidence of a lead lacks, in sentences.
func (p *program) gaps(s *store.Store, l lead.Lead) []string {
	proof, err := s.Proof(p.ctx(), l.ID)
	if err != nil {
		return []string{err.Error()}
	}
	record := proof.Record
	if record.Channel == consent.RecordedCall {
		return gapsOfCallRecord(record, l)
	}
	record.Acts = slices.DeleteFunc(record.Acts, func(a consent.Act) bool { return a.Shown == consent.ReadAloud }) // before, on the call
	gaps := slices.Concat(p.gapsOfRecord(record, l), p.gapsOfActs(record, l), p.gapsOfPage(proof.Page, record))
	if record.Call.WrittenFollows {
		return gaps // createLead went out before it
	}
	return append(gaps, p.gapsOfCalls(record, l)...)
}

// gapsOfCallRecord is what the record of a recorded call lacks, and what it has of the agent's browser, which is not the caller's.
func gapsOfCallRecord(r consent.Record, l lead.Lead) (gaps []string) {
	for gap, holds := range map[string]bool{
		"the lead goes out without a complete consent": !r.Complete() && !l.AwaitsConsent(),
		"it names no agent":                            !r.Call.Agent.Given() || r.Call.Script == "",
		"it has something of the agent's browser":      r.ClientIP.Given() || r.UserAgent.Given() || r.PageID != "" || r.PageURL != "",
		"the name is another than the lead's":          r.PersonName.Reveal() != l.Applicant.FirstName.Reveal()+" "+l.Applicant.LastName.Reveal(),
		"the phone is another than the lead's":         r.Phone.Reveal() != l.Applicant.HomePhone.Reveal() || r.Phone.Reveal() == "",
		"it has not the lines of the script":           len(r.Acts) < 3 || len(r.Acts) > 4, // that about calls and texts may not have been asked
	} {
		if holds {
			gaps = append(gaps, gap)
		}
	}
	for _, act := range r.Acts {
		if act.TextID != "script/"+string(act.Purpose) || act.Shown != "read aloud" || len(act.SHA256) != 64 || act.Language != r.Language {
			gaps = append(gaps, "a line of the script is "+act.TextID+", "+act.Shown)
		}
	}
	return gaps
}

func (p *program) gapsOfRecord(r consent.Record, l lead.Lead) (gaps []string) {
	_, badAddress := netip.ParseAddr(r.ClientIP.Reveal())
	path := strings.TrimPrefix(r.PageURL, p.url)
	_, window := p.windows.Load(r.Viewport)
	byLink := r.Channel == consent.ConsumerLink // given later, on a page whose address is stored without its token
	page := inLanguage(r.Language, checkPath)
	if byLink {
		page = "/consent"
	}
	for gap, holds := range map[string]bool{
		"it has no time":                       r.At.IsZero() || !byLink && !r.At.Equal(l.ReceivedAt) || r.At.Before(l.ReceivedAt),
		"the channel is " + r.Channel:          r.Channel != consent.ConsumerWeb && !byLink,
		"the language is " + r.Language:        r.Language != l.Language || (r.Language != "en" && r.Language != "es"),
		"the page's address is " + r.PageURL:   path != page,
		"the first page was " + r.LandingURL:   !p.isLanding(r.LandingURL, l),
		"it names no seller":                   r.Seller == "",
		"it names no version of the program":   r.FormVersion == "",
		"the name is another than the lead's":  r.PersonName.Reveal() != l.Applicant.FirstName.Reveal()+" "+l.Applicant.LastName.Reveal(),
		"the phone is another than the lead's": r.Phone.Reveal() != l.Applicant.HomePhone.Reveal() || r.Phone.Reveal() == "",
		"it has no address of the visitor":     badAddress != nil && !r.ProxyChain.Given(), // unknown, as its own proxy wrote it
		"it has no browser":                    r.UserAgent.Reveal() == "",
		"the window was " + r.Viewport:         !window,
		"the certificate is " + r.Certificate.State: r.Certificate.State != "off" && r.Certificate.State != "none" &&
			r.Certificate.State != "given" && r.Certificate.State != "refused",
	} {
		if holds {
			gaps = append(gaps, gap)
		}
	}
	return gaps
}

// isLanding says whether the visitor came in by the address. Of one whose draft was gone on a later page
// it is not known, which is a gap with a name.
func (p *program) isLanding(address string, l lead.Lead) bool {
	if !l.Origin.Given() {
		return address == ""
	}
	return address == p.url+"/" || address == p.url+"/es/"
}

func inLanguage(language, path string) string {
	if language == "es" {
		return "/es" + path
	}
	return path
}

// gapsOfActs holds the acts against the texts as they were published, and against what the lead says.
func (p *program) gapsOfActs(r consent.Record, l lead.Lead) (gaps []string) {
	p.t.Helper()
	texts := p.textsAt(r.At)
	want := texts.Acts(r.Language)
	if notice, ok := texts.RecordingAct(r.Language); ok && r.Certificate.State != "off" {
		want = append(want, notice)
	}
	if diff := cmp.Diff(want, r.Acts, cmpopts.IgnoreFields(consent.Act{}, "Given")); diff != "" {
		gaps = append(gaps, "the acts are of other texts (-want +got):\n"+diff)
	}
	given := map[consent.Purpose]bool{}
	for _, act := range r.Acts {
		given[act.Purpose] = act.Given
	}
	told := map[consent.Purpose]bool{
		consent.Credit: l.Permission.CreditCheck, consent.Terms: l.Permission.Terms, consent.Marketing: l.Permission.Marketing,
	}
	for purpose, is := range told {
		if given[purpose] != is {
			gaps = append(gaps, "the lead says otherwise about the consent "+string(purpose))
		}
	}
	return gaps
}

func (p *program) gapsOfPage(page consent.Page, r consent.Record) (gaps []string) {
	body := string(page.Bytes())
	if page.Language != r.Language || page.At.After(r.At) || page.Erased || len(page.Sheet) == 0 {
		gaps = append(gaps, "the page has another language, a later time, a hole or no style sheet")
	}
	for _, words := range []string{r.PersonName.Reveal(), r.Acts[0].Control, r.Acts[1].Control, r.Acts[2].Control} {
		if !strings.Contains(body, html.EscapeString(words)) && !strings.Contains(body, words) {
			gaps = append(gaps, "the page does not say "+words)
		}
	}
	if sent, known := p.shown.of(page.ID); known && sent != body {
		gaps = append(gaps, "the page that is kept differs from the one that was sent:\n"+cmp.Diff(sent, body))
	}
	return gaps
}

// record is the consent record of the lead of a status page.
func (p *program) record(statusPath string) consent.Record {
	p.t.Helper()
	l, _ := p.onDisk(statusPath)
	s := p.stored()
	defer s.Close()
	proof, err := s.Proof(p.ctx(), l.ID)
	must(p.t, err)
	return proof.Record
}

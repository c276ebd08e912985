package cli_test

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"intake/internal/cli/clitest"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store"
	"intake/internal/store/erasure"
	"intake/internal/store/storetest"
	"intake/static"
	"intake/views/apply"
	"intake/views/frame"
)

// evidenceTest is a program whose database has the evidence of one lead, and a folder for packets.
type evidenceTest struct {
	*clitest.Program
	t    *testing.T
	DB   *store.Store
	dir  string
	id   lead.PartnerID
	page consent.Page
}

func TestEvidence_OnBothEngines(t *testing.T) {
	server := storetest.StartPostgres(t)
	for name, test := range map[string]func(*evidenceTest){
		"a lead is proved before and after each erasure": provesBeforeAndAfterErasures,
		"a lead without a page is proved":                provesWithoutAPage,
		"a page of templates that are gone is proved":    provesAPageOfOldTemplates,
		"opt-outs of the person are told":                tellsOfOptOuts,
	} {
		t.Run(name+", on sqlite", func(t *testing.T) { test(newEvidenceTest(t)) })
		t.Run(name+", on postgres", func(t *testing.T) {
			test(newEvidenceTest(t, "ALLEVIATE_ENVIRONMENT=simulator", "INTAKE_DATABASE_URL="+server.Database(t)))
		})
	}
}

func newEvidenceTest(t *testing.T, settings ...string) *evidenceTest {
	t.Helper()
	a := &evidenceTest{Program: clitest.New(t), t: t, dir: t.TempDir()}
	if len(settings) > 0 {
		if err := os.Remove(a.Setting("INTAKE_KEYSET_FILE")); err != nil {
			t.Fatal(err)
		}
		a.Set(settings...)
		a.Want(t, 0, "in place", "init")
	}
	a.DB = a.Store(t)
	return a
}

// send saves a lead that was sent from the check page. edit may change the page before it is stored.
func (a *evidenceTest) send(language string, edit func(drawn string) string) {
	a.t.Helper()
	l, record := clitest.Lead(lead.NewName())
	d := lead.Draft{Handle: lead.Keep(lead.NewHandle()), Request: 1, Language: language}
	if err := a.DB.StartDraft(a.t.Context(), d); err != nil {
		a.t.Fatal(err)
	}
	texts, err := consent.Load(consent.BuiltIn())
	if err != nil {
		a.t.Fatal(err)
	}
	a.page = consent.Page{ID: lead.NewName(), Language: language, Sheet: (static.Theme{}).SheetBytes()}
	check := apply.Check{
		Page:    frame.Page{Site: frame.Site{Brand: "Harbor", Seller: "Harbor & Sons LLC", Phone: "(512) 555-0100", Environment: "sandbox"}, Language: language},
		Request: "request", PageID: a.page.ID, Applicant: l.Applicant, SSNEnds: "9999", Texts: texts,
	}
	var drawn strings.Builder
	if err := apply.CheckPage(check).Render(a.t.Context(), &drawn); err != nil {
		a.t.Fatal(err)
	}
	if a.page.Parts, err = consent.Cut([]byte(edit(drawn.String()))); err != nil {
		a.t.Fatal(err)
	}
	if err := a.DB.KeepPage(a.t.Context(), d.Handle.Reveal(), a.page); err != nil {
		a.t.Fatal(err)
	}
	record.Channel, record.Language, record.Seller, record.PageID, record.Acts = "consumer-web", language, "Harbor & Sons LLC", a.page.ID, texts.Acts(language)
	record.Acts[0].Given, record.Acts[1].Given = true, true
	record.ClientIP, record.UserAgent, record.Certificate = lead.Keep("198.51.100.7"), lead.Keep(""), consent.Certificate{State: "off"}
	l.Draft, l.Request = d.Handle, d.Request
	if _, err := a.DB.Save(a.t.Context(), l, record); err != nil {
		a.t.Fatal(err)
	}
	a.id = l.ID
}

func asDrawn(drawn string) string { return drawn }

func (a *evidenceTest) chain() {
	a.t.Helper()
	if _, _, err := a.DB.Chain(a.t.Context(), 100); err != nil {
		a.t.Fatal(err)
	}
}

// erase does what falls due in so many days.
func (a *evidenceTest) erase(days int) {
	a.t.Helper()
	keep := erasure.Retention{SSN: 24 * time.Hour, Answers: 30 * 24 * time.Hour, Evidence: 5 * 365 * 24 * time.Hour}
	if _, err := a.DB.Erase(a.t.Context(), time.Now().AddDate(0, 0, days), keep); err != nil {
		a.t.Fatal(err)
	}
}

// packet writes the evidence to a new file and returns its path and what was said.
func (a *evidenceTest) packet(name string) (path, said string) {
	a.t.Helper()
	path = filepath.Join(a.dir, name)
	return path, a.Want(a.t, 0, "is written", "evidence", string(a.id), "-o", path, "-by", "ann", "-reason", "case 12")
}

// read is the files of a packet.
func (a *evidenceTest) read(path string) map[string]string {
	a.t.Helper()
	r, err := zip.OpenReader(path)
	if err != nil {
		a.t.Fatal(err)
	}
	defer r.Close()
	files := map[string]string{}
	for _, f := range r.File {
		body, err := f.Open()
		if err != nil {
			a.t.Fatal(err)
		}
		text, err := io.ReadAll(body)
		if err != nil {
			a.t.Fatal(err)
		}
		files[f.Name] = string(text)
	}
	return files
}

// wantProven wants the packet to verify and to say these words, under our own keys and under the public
// key alone, without any setting.
func (a *evidenceTest) wantProven(path string, words ...string) {
	a.t.Helper()
	said := a.Want(a.t, 0, path+" holds", "verify", path)
	for _, want := range words {
		if !strings.Contains(said, want) {
			a.t.Errorf("verify does not say %q:\n%s", want, said)
		}
	}
	for _, value := range []string{"Maria", "5125550148", "555-0148", "198.51.100.7", clitest.Secret} {
		if strings.Contains(said, value) {
			a.t.Errorf("verify prints %q:\n%s", value, said)
		}
	}
	key := filepath.Join(a.t.TempDir(), "key.pem")
	if err := os.WriteFile(key, []byte(a.Want(a.t, 0, "PUBLIC KEY", "keys", "public")), 0o644); err != nil {
		a.t.Fatal(err)
	}
	elsewhere := &clitest.Program{}
	if alone := elsewhere.Want(a.t, 0, "holds", "verify", "-key", key, path); alone != said {
		a.t.Errorf("without settings it says\n%s\nand with them\n%s", alone, said)
	}
}

// says whether the words stand in the text by themselves: inside a hash they are chance.
func says(text, words string) bool {
	return regexp.MustCompile(`\b` + regexp.QuoteMeta(words) + `\b`).MatchString(text)
}

func provesBeforeAndAfterErasures(a *evidenceTest) {
	a.send("es", asDrawn)
	path, _ := a.packet("early.zip")
	a.wantProven(path, "byte for byte as it was sent", "3 of 3 consents", "not in the chain yet")
	a.send("en", asDrawn)
	a.chain()
	path, _ = a.packet("full.zip")
	a.wantProven(path, "byte for byte as it was sent", "3 of 3 consents", "Link 2 of the chain says the same as the record and the page", "signed end is this link")
	files := a.read(path)
	if files["page.html"] != string(a.page.Bytes()) || files["style.css"] != string(a.page.Sheet) {
		a.t.Error("page or sheet are not as they were sent")
	}
	for name, body := range files {
		for _, answer := range []string{"219099999", "1979", "Bluebonnet", "sandbox+qualified"} {
			if name != "page.html" && says(body, answer) {
				a.t.Errorf("%s holds the answer %s", name, answer)
			}
		}
	}
	a.erase(91)
	path, _ = a.packet("kept.zip")
	a.wantProven(path, "with a marker for each part of the answers", "Link 2", "erased on")
	if kept := a.read(path)["page.html"]; strings.Contains(kept, "Bluebonnet") || says(kept, "1979") || !strings.Contains(kept, "Maria Gonzalez") {
		a.t.Errorf("what is kept of the page:\n%s", kept)
	}
	a.erase(6 * 365)
	path, _ = a.packet("bare.zip")
	a.wantProven(path, "There is no page.", "as far as that is not erased", "the time for which evidence is kept was over")
	if record := a.read(path)["record.json"]; strings.Contains(record, "Maria") || strings.Contains(record, "5125550148") {
		a.t.Errorf("erased values are in the record:\n%s", record)
	}
}

func provesWithoutAPage(a *evidenceTest) {
	a.id = clitest.SaveLead(a.t, a.DB, "old")
	a.chain()
	path, _ := a.packet("old.zip")
	a.wantProven(path, "There is no page.", "no page was kept when this request was made", "Link 1")
}

func provesAPageOfOldTemplates(a *evidenceTest) {
	a.send("en", func(drawn string) string {
		return strings.NewReplacer("<h3>", `<h4 class="old">`, "</h3>", "</h4>", "<dl>", "<table>", "</dl>", "</table>").Replace(drawn)
	})
	a.chain()
	path, _ := a.packet("old.zip")
	a.wantProven(path, "byte for byte as it was sent", "3 of 3 consents")
	if !strings.Contains(a.read(path)["page.html"], `<h4 class="old">`) {
		a.t.Error("the page was drawn anew")
	}
}

func tellsOfOptOuts(a *evidenceTest) {
	a.send("en", asDrawn)
	at := time.Now().UTC().Truncate(time.Millisecond)
	for i, o := range []lead.OptOut{
		{Phone: lead.Keep("5125550148"), Email: lead.Keep("sandbox+qualified-1015@test.alleviate.com")},
		{Email: lead.Keep("Sandbox+Qualified-1015@test.alleviate.com")}, {Phone: lead.Keep("5125550149")},
	} {
		o.At, o.Channel, o.Language = at.Add(time.Duration(i)*time.Hour), "web", "en"
		if _, err := a.DB.OptOut(a.t.Context(), o); err != nil {
			a.t.Fatal(err)
		}
	}
	path, _ := a.packet("packet.zip")
	a.wantProven(path)
	record := a.read(path)["record.json"]
	first, second, third := at.Format("2006-01-02T15:04:05.000Z"), at.Add(time.Hour).Format("2006-01-02T15:04:05.000Z"), at.Add(2*time.Hour).Format("2006-01-02T15:04:05.000Z")
	if strings.Count(record, first) != 1 || strings.Index(record, first) > strings.Index(record, second) || strings.Contains(record, third) || strings.Contains(record, "5125550149") {
		a.t.Errorf("the opt-outs are not those of the person, once each and in order:\n%s", record)
	}
}

func TestEvidence_IsAViewThatTheAuditLogHas(t *testing.T) {
	a := newEvidenceTest(t)
	a.send("en", asDrawn)
	path, said := a.packet("packet.zip")
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(body)
	entries, err := a.DB.AuditLog().Of(t.Context(), string(a.id))
	if err != nil || len(entries) != 1 {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	e := entries[0]
	if e.Who != "ann" || e.Reason != "case 12" || e.Action != "evidence packet "+hex.EncodeToString(sum[:]) || fmt.Sprint(e.Fields) != "[personName phone clientIP userAgent proxyChain certificateURL callId agent page]" {
		t.Errorf("the entry is %+v", e)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if !strings.Contains(said, hex.EncodeToString(sum[:])) || !strings.Contains(said, "intake keys public") {
		t.Errorf("it says\n%s", said)
	}
	a.Want(t, 1, "exists already: it is not overwritten", "evidence", string(a.id), "-o", path, "-reason", "r")
	if again, err := os.ReadFile(path); err != nil || !bytes.Equal(again, body) {
		t.Errorf("the file was changed: %v", err)
	}
	for words, args := range map[string][]string{
		"say why":              {string(a.id), "-o", path + "2"},
		"usage:":               {"-reason", "r"},
		"no such lead":         {"NOBODY", "-o", path + "2", "-reason", "r"},
		"unexpected argument":  {string(a.id), "and", "-reason", "r"},
		"no such file":         {string(a.id), "-o", filepath.Join(a.dir, "none", "x.zip"), "-reason", "r"},
		"made of single lines": {string(a.id), "-o", path + "2", "-reason", "a\nb"},
	} {
		a.Want(t, 1, words, append([]string{"evidence"}, args...)...)
	}
	a.Exec(t, "alter table audit_entry rename to gone")
	a.Want(t, 1, "write the audit log", "evidence", string(a.id), "-o", path+"2", "-reason", "r")
	if files, err := os.ReadDir(a.dir); err != nil || len(files) != 1 {
		t.Errorf("%d files, %v, want one packet alone", len(files), err)
	}
}

func TestEvidence_IsNamedByTheLeadUnlessTold(t *testing.T) {
	a := newEvidenceTest(t)
	a.send("en", asDrawn)
	t.Chdir(a.dir)
	a.Want(t, 0, "evidence-"+string(a.id)+".zip is written", "evidence", string(a.id), "-reason", "r")
	a.wantProven("evidence-" + string(a.id) + ".zip")
}

func TestEvidence_SignsNothingThatWasChangedBehindTheProgram(t *testing.T) {
	for words, change := range map[string]string{
		"not as it was written":                       `update lead set consent = replace(consent, '"language":"', '"language":"x')`,
		"asks about another telephone number":         "update lead_private set evidence_key = null",
		"it is not as it was sent":                    "update shown_page set full_sha256 = '00'",
		"does not show line 3 of texts/credit-3.json": "", // see below
	} {
		a := newEvidenceTest(t)
		a.send("en", func(drawn string) string {
			if change == "" {
				return strings.Replace(drawn, "my written instructions", "my best wishes", 1)
			}
			return drawn
		})
		a.chain()
		if change != "" {
			a.Exec(t, change)
		}
		path := filepath.Join(a.dir, "packet.zip")
		a.Want(t, 1, words, "evidence", string(a.id), "-o", path, "-reason", "r")
		if _, err := os.Stat(path); err == nil {
			t.Errorf("%s: there is a file", words)
		}
	}
}

func TestEvidence_LooksForTheTextsWhereTheSettingsSay(t *testing.T) {
	a := newEvidenceTest(t)
	a.send("en", asDrawn)
	texts := t.TempDir()
	if err := os.CopyFS(texts, consent.BuiltIn()); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(texts, "credit-3.json")
	body, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, append(body, ' ', '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
	a.Set("INTAKE_TEXTS_DIR=" + texts)
	path, _ := a.packet("packet.zip")
	a.wantProven(path, "3 of 3 consents")
	if got := a.read(path)["texts/credit-3.json"]; got != string(body)+" \n" {
		t.Errorf("the text is not that of the folder, as it is there: %q", got)
	}
	if err := os.WriteFile(name, bytes.Replace(body, []byte("credit report"), []byte("credit file"), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	path, _ = a.packet("shipped.zip")
	if got := a.read(path)["texts/credit-3.json"]; got != string(body) {
		t.Errorf("the text is not the one that ships: %q", got)
	}
}

func TestVerify_RefusesWhatItCannotTrust(t *testing.T) {
	a, other := newEvidenceTest(t), newEvidenceTest(t)
	a.send("en", asDrawn)
	path, _ := a.packet("packet.zip")
	body, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, body []byte) string {
		file := filepath.Join(a.dir, name)
		if err := os.WriteFile(file, body, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	key := write("key.pem", []byte(other.Want(t, 0, "PUBLIC KEY", "keys", "public")))
	changed := bytes.Replace(body, []byte("Maria"), []byte("Marie"), 1)
	noKeys := &clitest.Program{Environ: clitest.Sandbox("INTAKE_KEYSET_FILE=" + filepath.Join(a.dir, "none"))}
	for _, tt := range []struct {
		name string
		p    *clitest.Program
		args []string
		says string
	}{
		{"another's keys", other.Program, []string{path}, "it was not made by whom you trust, or you have the wrong key"},
		{"another's public key", a.Program, []string{path, "-key", key}, "it was not made by whom you trust, or you have the wrong key"},
		{"a changed packet", a.Program, []string{write("changed.zip", changed)}, "changed.zip does not hold: page.html is not as it was signed"},
		{"no zip", a.Program, []string{key}, "is no zip file"},
		{"a packet that is too large", a.Program, []string{write("large.zip", make([]byte, 16<<20+1))}, "large.zip is larger than 16384 kB"},
		{"no packet", a.Program, []string{filepath.Join(a.dir, "none.zip")}, "no such file"},
		{"no word", a.Program, nil, "usage:"},
		{"a key that is none", a.Program, []string{path, "-key", path}, "is larger than 16 kB"},
		{"a key in another form", a.Program, []string{path, "-key", write("x.pem", []byte("x"))}, "is not a public key in PEM"},
		{"no key set", noKeys, []string{path}, "name the public key with -key"},
		{"settings that are wrong", &clitest.Program{Environ: []string{"INTAKE_LOG=loud"}}, []string{path}, "name the public key with -key, or correct the settings"},
	} {
		said := tt.p.Want(t, 1, tt.says, append([]string{"verify"}, tt.args...)...)
		if strings.Contains(said, "holds.") {
			t.Errorf("%s: it says\n%s", tt.name, said)
		}
	}
}

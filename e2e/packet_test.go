package e2e

import (
	"archive/zip"
	"bytes"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"intake/internal/consent"
	"intake/internal/lead"
)

// exhibit is a request, and what the browser received last before it was sent.
type exhibit struct {
	id          lead.PartnerID
	page, sheet string
}

// sends goes all the way with the answers.
func (v *visit) sends(a answers) exhibit {
	v.t.Helper()
	v.walk(a)
	page := v.received()
	link := sheetLink.FindStringSubmatch(page)
	if link == nil {
		v.t.Fatal("the check page names no style sheet")
	}
	sheet := fetch(v.t, http.MethodGet, v.program.url+link[1], "", "")
	v.fill(a.only(consentBoxes...))
	v.press()
	v.sees(qualifiedIn[v.prefix])
	l, _ := v.program.onDisk(v.path())
	return exhibit{l.ID, page, sheet.body}
}

// A packet holds the page and the sheet that the browser received, in both languages, also when the
// program has other texts and another look by the time it is made. It is proved by the packet and the
// public key alone.
func TestPacket_ProvesWhatTheBrowserReceivedHoweverThePagesLookByThen(t *testing.T) {
	t.Parallel()
	p := serve(t)
	order(t, p.twin, "assumptions", `{"duplicateMatch":"off"}`)
	var all []exhibit
	for _, prefix := range []string{"", "/es"} {
		v := p.visitedBy(t, onPhone)
		v.prefix = prefix
		all = append(all, v.sends(everything()))
	}
	p.stop()
	key := p.publicKey()
	early := p.packetOf(all[0], "early.zip")
	p.publish(textsWith(t, "credit", "written instructions", "own written instructions"))
	p.settings = append(p.settings, "INTAKE_BRAND=Harbor", "INTAKE_SELLER=Harbor & Sons LLC", "INTAKE_PHONE=(512) 555-0199", "INTAKE_COLOR=#7a1f3d")
	p.start()
	p.forwardAMinute()
	await(t, "the records are in the chain", func() bool {
		_, said := p.then([]string{"evidence", "verify"})
		return strings.Contains(said, "whole: 2 in the chain")
	})
	if now := p.get("/"); !now.says("Harbor & Sons LLC") || strings.Contains(now.body, sheetLink.FindStringSubmatch(all[0].page)[0]) {
		t.Error("the program looks as before")
	}
	p.stop()
	for i, s := range all {
		path := p.packetOf(s, "packet.zip")
		proves(t, path, key, "byte for byte as it was sent", "The texts of 3 of 3 consents", "says the same as the record and the page")
		if i == 0 {
			checkEveryMember(t, path, key)
		} else {
			checkByOpenSSL(t, unzip(t, path), contents(t, key)) // in the language with the longer letters
		}
	}
	proves(t, early, key, "byte for byte as it was sent", "not in the chain yet")
	checkForgery(t, unzip(t, early), key)
}

// publicKey is a file with the key that packets are checked by.
func (p *process) publicKey() string {
	p.t.Helper()
	key := filepath.Join(p.t.TempDir(), "key.pem")
	must(p.t, os.WriteFile(key, []byte(p.wants(0, "BEGIN PUBLIC KEY", "keys", "public")), 0o644))
	return key
}

// byChance matches encoded bytes (hexadecimal, base64) of at least 20 letters, and RFC 3339 times.
var byChance = regexp.MustCompile(`[0-9A-Za-z+/_=-]{20,}|\d{4}-\d\d-\d\dT[0-9:.]+Z`)

// packetOf makes the packet of a request and wants in it what the browser received, and the texts that
// were shown: those that ship. What is said of it is nothing about the person.
func (p *process) packetOf(s exhibit, name string) (path string) {
	p.t.Helper()
	path = filepath.Join(p.t.TempDir(), name)
	said := p.wants(0, "is written", "evidence", string(s.id), "-o", path, "-by", "ann", "-reason", "case 12")
	files := unzip(p.t, path)
	for name, want := range map[string]string{
		"page.html": s.page, "style.css": s.sheet,
		"texts/credit-3.json": shippedText(p.t, "credit-3.json"), "texts/marketing-3.json": shippedText(p.t, "marketing-3.json"),
	} {
		if string(files[name]) != want || want == "" {
			p.t.Errorf("%s in %s is not what the browser received", name, path)
		}
	}
	outside := bytes.Join([][]byte{files["README.txt"], files["manifest.json"], files["page-parts.json"], files["chain.json"]}, nil)
	for _, answer := range []string{"Nuñez", "555-0148", "5125550148", "219-09-9999", "219099999"} {
		if strings.Contains(said, answer) {
			p.t.Errorf("of the packet it says %q", answer)
		}
		if bytes.Contains(outside, []byte(answer)) {
			p.t.Errorf("outside of page and record the packet says %q", answer)
		}
	}
	// Four digits also stand by chance in a digest, in a time and in the name of a temporary folder.
	for _, answer := range []string{"1979", "9999"} {
		if strings.Contains(byChance.ReplaceAllString(strings.ReplaceAll(said, path, ""), ""), answer) {
			p.t.Errorf("of the packet it says %q", answer)
		}
		if bytes.Contains(byChance.ReplaceAll(outside, nil), []byte(answer)) {
			p.t.Errorf("outside of page and record the packet says %q", answer)
		}
	}
	return path
}

func shippedText(t testing.TB, name string) string {
	t.Helper()
	body, err := fs.ReadFile(consent.BuiltIn(), name)
	must(t, err)
	return string(body)
}

// proves verifies the packet in an empty folder without any setting: no key set, no database, no address.
func proves(t *testing.T, packet, key string, words ...string) {
	t.Helper()
	alone := newProcess(t, []string{"verify", packet, "-key", key})
	code, said := alone.run(), alone.out.String()
	for _, want := range append(words, "holds.") {
		if code != 0 || !strings.Contains(said, want) {
			t.Errorf("verify ended with %d and did not say %q:\n%s", code, want, said)
		}
	}
	if made := filesUnder(t, alone.dir); len(made) > 0 {
		t.Errorf("verify has made %d files", len(made))
	}
}

func unzip(t testing.TB, path string) map[string][]byte {
	t.Helper()
	r, err := zip.OpenReader(path)
	must(t, err)
	defer r.Close()
	files := map[string][]byte{}
	for _, f := range r.File {
		body, err := f.Open()
		must(t, err)
		files[f.Name], err = io.ReadAll(body)
		must(t, err)
	}
	return files
}

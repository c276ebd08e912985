package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/consent"
)

// publish has visitors see the texts of the folder from the next start on.
func (p *program) publish(dir string) {
	p.textsDir, p.textsSince = dir, time.Now()
	p.settings = append(p.settings, "INTAKE_TEXTS_DIR="+dir)
}

// textsAt are the texts that visitors saw at that time.
func (p *program) textsAt(at time.Time) consent.Texts {
	p.t.Helper()
	files := consent.BuiltIn()
	if p.textsDir != "" && at.After(p.textsSince) {
		files = os.DirFS(p.textsDir)
	}
	texts, err := consent.Load(files)
	must(p.t, err)
	return texts
}

// editedTexts is a folder with the texts that ship, of which one is edited and has another name.
func editedTexts(t *testing.T, name, newName string, edit func(string) string) string {
	t.Helper()
	dir := t.TempDir()
	must(t, os.CopyFS(dir, consent.BuiltIn()))
	before := shippedText(t, name)
	after := edit(before)
	if after == before {
		t.Fatalf("nothing in %s is edited", name)
	}
	must(t, os.Remove(filepath.Join(dir, name)))
	must(t, os.WriteFile(filepath.Join(dir, newName), []byte(after), 0o644))
	return dir
}

// textsWith is a folder in which the next version of a text has other words, and the one that ships is gone.
func textsWith(t *testing.T, id, words, others string) string {
	t.Helper()
	return editedTexts(t, id+"-3.json", id+"-4.json", func(text string) string {
		return strings.NewReplacer(words, others, `"version": "3"`, `"version": "4"`).Replace(text)
	})
}

// withoutSpanish is a text without its pair.
func withoutSpanish(text string) string {
	var halves map[string]any
	if json.Unmarshal([]byte(text), &halves) != nil {
		return text
	}
	delete(halves, "es")
	half, err := json.Marshal(halves)
	if err != nil {
		return text
	}
	return string(half)
}

// A word more in a text is a new version, or the program does not start; and so it is with half a pair.
// Whoever sends then has another version and another hash in their record, of this text alone.
func TestTexts_ANewWordIsANewVersionAndHalfAPairIsRefused(t *testing.T) {
	t.Parallel()
	p := serve(t)
	before := p.record(p.accepted(invented(1)))
	p.stop()
	oneWord := func(text string) string {
		return strings.Replace(text, "written instructions", "own written instructions", 1)
	}
	checkRefuses(t, p.process, `consent text credit-3.json: version 3 of "credit" was in use with other words; changed words are a new version, in a new file`,
		"INTAKE_TEXTS_DIR="+editedTexts(t, "credit-3.json", "credit-3.json", oneWord))
	checkRefuses(t, p.process, `consent text credit-3.json: its "es" half is missing or not complete; both languages are published together`,
		"INTAKE_TEXTS_DIR="+editedTexts(t, "credit-3.json", "credit-3.json", withoutSpanish))
	p.publish(textsWith(t, "credit", "my written instructions", "my own written instructions"))
	p.start()
	v := p.visitor()
	page := v.walk(invented(2))
	if !page.says("my own written instructions") {
		t.Error("the check page does not show the new word")
	}
	receipt := v.finish(page, invented(2)).receipt(t)
	after := p.record(receipt)
	if credit := after.Acts[0]; credit.Version != "4" || credit.SHA256 == before.Acts[0].SHA256 {
		t.Errorf("the new words are version %s with the hash %s", credit.Version, credit.SHA256)
	}
	if diff := cmp.Diff(before.Acts[1:], after.Acts[1:]); diff != "" {
		t.Errorf("the other texts (-before +after):\n%s", diff)
	}
	l, _ := p.onDisk(receipt)
	packet := filepath.Join(t.TempDir(), "packet.zip")
	p.wants(0, "The texts of 3 of 3 consents", "evidence", string(l.ID), "-o", packet, "-by", "ann", "-reason", "case 12")
	if text := unzip(t, packet)["texts/credit-4.json"]; !bytes.Equal(text, []byte(contents(t, filepath.Join(p.textsDir, "credit-4.json")))) {
		t.Error("the text in the packet is not the one that was published")
	}
}

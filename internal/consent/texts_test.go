package consent

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// shipped copies the built-in texts, so that a test can change one of them.
func shipped(t *testing.T) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	names, err := fs.Glob(BuiltIn(), "*.json")
	if err != nil || len(names) == 0 {
		t.Fatalf("no built-in texts: %v", err)
	}
	for _, name := range names {
		body, err := fs.ReadFile(BuiltIn(), name)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: body}
	}
	return files
}

func edit[T Text | Document](t *testing.T, files fstest.MapFS, name string, change func(*T)) {
	t.Helper()
	var text T
	if err := json.Unmarshal(files[name].Data, &text); err != nil {
		t.Fatal(err)
	}
	change(&text)
	body, err := json.Marshal(text)
	if err != nil {
		t.Fatal(err)
	}
	files[name] = &fstest.MapFile{Data: body}
}

func load(t *testing.T, files fs.FS) Texts {
	t.Helper()
	texts, err := Load(files)
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

var maria = Names{Seller: "Seller LLC", Contact: "(512) 555-0100", Name: "Maria Example", Phone: "(512) 555-0148"}

func TestLoad_AcceptsTheTextsThatShip(t *testing.T) {
	texts := load(t, BuiltIn())
	var got []Purpose
	for _, s := range texts.For("en", maria) {
		got = append(got, s.Purpose)
	}
	if !slices.Equal(got, []Purpose{Credit, Terms, Marketing}) {
		t.Errorf("got %v, want what is required first", got)
	}
	if got := len(texts.Placeholders()); got != 9 {
		t.Errorf("got %d placeholders, want all 9: counsel has reviewed none", got)
	}
}

// everything is every line that a person may read of the texts in one language.
func everything(texts Texts, language string, names Names) []string {
	var lines []string
	for _, s := range texts.For(language, names) {
		lines = append(append(lines, s.Heading, s.Summary, s.Control), s.Paragraphs...)
	}
	if notice, ok := texts.Recording(language, names); ok {
		lines = append(append(lines, notice.Heading), notice.Paragraphs...)
	}
	for _, id := range documents {
		d, _ := texts.Document(id, language, names)
		lines = append(lines, d.Title)
		for _, p := range d.Passages {
			lines = append(append(lines, p.Heading), p.Paragraphs...)
		}
	}
	return lines
}

func TestTexts_HaveEveryNameFilledIn(t *testing.T) {
	texts := load(t, BuiltIn())
	for _, language := range []string{"en", "es"} {
		all := strings.Join(everything(texts, language, maria), "\n")
		if strings.ContainsAny(all, "{}") {
			t.Errorf("%s: braces are left in %q", language, all)
		}
		for _, want := range []string{maria.Seller, maria.Contact, maria.Name, maria.Phone, Button(language)} {
			if !strings.Contains(all, want) {
				t.Errorf("%s: nothing says %q", language, want)
			}
		}
	}
}

func TestTexts_PromiseNothing(t *testing.T) {
	promises := regexp.MustCompile(`(?i)\b(guarante|save up to|approved|government|lower your|reduce your|free program|garant|ahorr|aprobad|gobierno|reducir|gratis)`)
	texts := load(t, BuiltIn())
	for _, language := range []string{"en", "es"} {
		for _, line := range everything(texts, language, maria) {
			if found := promises.FindString(line); found != "" {
				t.Errorf("%s: %q promises: %q", language, line, found)
			}
		}
	}
}

func TestTexts_DifferInTheTwoLanguages(t *testing.T) {
	english := regexp.MustCompile(`(?i)\b(the|your|you|and|with|agree|this)\b`)
	spanish := regexp.MustCompile(`(?i)\b(el|los|usted|su|sus|con|para|acepto)\b`)
	texts := load(t, BuiltIn())
	for _, line := range everything(texts, "es", maria) {
		if found := english.FindString(line); found != "" {
			t.Errorf("the Spanish line %q says %q", line, found)
		}
	}
	for _, line := range everything(texts, "en", maria) {
		if found := spanish.FindString(line); found != "" {
			t.Errorf("the English line %q says %q", line, found)
		}
	}
}

func TestLoad_RefusesAndNamesTheFile(t *testing.T) {
	for _, tt := range []struct {
		story  string
		change func(fstest.MapFS)
		want   string
	}{
		{"half a pair", func(f fstest.MapFS) {
			edit(t, f, "terms-3.json", func(x *Text) { x.ES = Wording{} })
		}, `terms-3.json: its "es" half is missing`},
		{"a text without a box", func(f fstest.MapFS) {
			edit(t, f, "terms-3.json", func(x *Text) { x.EN.Control = "" })
		}, `terms-3.json: its "en" half is missing or not complete`},
		{"a consent without its summary", func(f fstest.MapFS) {
			edit(t, f, "credit-3.json", func(x *Text) { x.ES.Summary = "" })
		}, `credit-3.json: its "es" half is missing or not complete`},
		{"a summary that fills in what nobody knows", func(f fstest.MapFS) {
			edit(t, f, "credit-3.json", func(x *Text) { x.EN.Summary = "It costs {price}." })
		}, `credit-3.json: its "en" half has braces around a word that nothing fills in`},
		{"an empty paragraph", func(f fstest.MapFS) {
			edit(t, f, "credit-3.json", func(x *Text) { x.EN.Paragraphs = append(x.EN.Paragraphs, "") })
		}, `credit-3.json: its "en" half is missing or not complete`},
		{"one language twice", func(f fstest.MapFS) {
			edit(t, f, "recording-2.json", func(x *Text) { x.ES = x.EN })
		}, `recording-2.json: its two halves are the same words`},
		{"marketing without the autodialer in Spanish", func(f fstest.MapFS) {
			edit(t, f, "marketing-3.json", func(x *Text) {
				x.ES.Paragraphs[0] = strings.ReplaceAll(x.ES.Paragraphs[0], "marcador automático", "aparato")
			})
		}, `marketing-3.json: its "es" half does not say "marcador automático"`},
		{"marketing as a condition", func(f fstest.MapFS) {
			edit(t, f, "marketing-3.json", func(x *Text) {
				x.EN.Paragraphs[1] = strings.ReplaceAll(x.EN.Paragraphs[1], "not a condition", "a condition")
			})
		}, `marketing-3.json: its "en" half does not say "not a condition of purchas"`},
		{"marketing without the number", func(f fstest.MapFS) {
			edit(t, f, "marketing-3.json", func(x *Text) {
				x.ES.Paragraphs[0] = strings.ReplaceAll(x.ES.Paragraphs[0], "{phone}", "mi teléfono")
			})
		}, `marketing-3.json: its "es" half does not say "{phone}"`},
		{"marketing without the seller", func(f fstest.MapFS) {
			edit(t, f, "marketing-3.json", func(x *Text) {
				x.EN.Paragraphs[0] = strings.ReplaceAll(x.EN.Paragraphs[0], "{seller}", "we")
			})
		}, `marketing-3.json: its "en" half does not say "{seller}"`},
		{"a credit check without instructions", func(f fstest.MapFS) {
			edit(t, f, "credit-3.json", func(x *Text) {
				x.EN.Paragraphs[0] = strings.ReplaceAll(x.EN.Paragraphs[0], "written instructions", "word")
			})
		}, `credit-3.json: its "en" half does not say "written instructions"`},
		{"terms that name no version", func(f fstest.MapFS) {
			edit(t, f, "terms-3.json", func(x *Text) {
				x.EN.Paragraphs[0] = strings.ReplaceAll(x.EN.Paragraphs[0], "{privacy}", "latest")
			})
		}, `terms-3.json: its "en" half does not say "{privacy}"`},
		{"a purpose nobody knows", func(f fstest.MapFS) {
			edit(t, f, "terms-3.json", func(x *Text) { x.ID = "cookies" })
		}, `terms-3.json: its id is "cookies"`},
		{"a purpose that is gone", func(f fstest.MapFS) { delete(f, "credit-3.json") }, `there is no text "credit"`},
		{"questions that are gone", func(f fstest.MapFS) { delete(f, "questions-1.json") }, `there is no text "questions"`},
		{"facts about us that are gone", func(f fstest.MapFS) { delete(f, "about-us-1.json") }, `there is no text "about-us"`},
		{"a document that is gone", func(f fstest.MapFS) { delete(f, "privacy-notice-2.json") }, `there is no text "privacy-notice"`},
		{"a version twice, with other words", func(f fstest.MapFS) {
			f["marketing-3-new.json"] = f["marketing-3.json"]
			edit(t, f, "marketing-3-new.json", func(x *Text) { x.EN.Control = "Yes" })
		}, `marketing-3.json: version 3 of "marketing" is in marketing-3-new.json already; changed words are a new version`},
		{"a version that is no number", func(f fstest.MapFS) {
			edit(t, f, "credit-3.json", func(x *Text) { x.Version = "2026-11" })
		}, `credit-3.json: its version is "2026-11"`},
		{"a version with a nought before it", func(f fstest.MapFS) {
			edit(t, f, "credit-3.json", func(x *Text) { x.Version = "02" })
		}, `credit-3.json: its version is "02"`},
		{"a paragraph of two lines", func(f fstest.MapFS) {
			edit(t, f, "terms-3.json", func(x *Text) { x.ES.Paragraphs[0] += "\nMás." })
		}, `terms-3.json: its "es" half has a character that no text may have`},
		{"an empty paragraph in a document", func(f fstest.MapFS) {
			edit(t, f, "terms-of-use-3.json", func(x *Document) { x.ES.Passages[1].Paragraphs = append(x.ES.Passages[1].Paragraphs, "") })
		}, `terms-of-use-3.json: its "es" half is missing or not complete`},
		{"a word that is no field", func(f fstest.MapFS) {
			f["terms-3.json"] = &fstest.MapFile{Data: []byte(`{"id":"terms","version":"3","wording":1}`)}
		}, `unknown field "wording"`},
		{"a second text behind the first", func(f fstest.MapFS) {
			f["terms-3.json"] = &fstest.MapFile{Data: append(slices.Clone(f["terms-3.json"].Data), "{}"...)}
		}, `terms-3.json: invalid character '{' after top-level value`},
		{"braces that nothing fills in", func(f fstest.MapFS) {
			edit(t, f, "terms-3.json", func(x *Text) { x.ES.Heading = "Términos de {vendedor}" })
		}, `terms-3.json: its "es" half has braces around a word that nothing fills in`},
		{"a character that marks a page", func(f fstest.MapFS) {
			edit(t, f, "terms-3.json", func(x *Text) { x.EN.Heading = "Terms\x00w" })
		}, `terms-3.json: its "en" half has a character that no text may have`},
		{"bytes that are not UTF-8", func(f fstest.MapFS) {
			f["terms-3.json"] = &fstest.MapFile{Data: []byte(strings.Replace(string(f["terms-3.json"].Data), "Términos", "T\xe9rminos", 1))}
		}, `terms-3.json: its "es" half has a character that no text may have`},
		{"a document without a passage of its pair", func(f fstest.MapFS) {
			edit(t, f, "privacy-notice-2.json", func(x *Document) { x.ES.Passages = x.ES.Passages[1:] })
		}, `privacy-notice-2.json: its two halves are not a pair`},
		{"a document with half a pair", func(f fstest.MapFS) {
			edit(t, f, "terms-of-use-3.json", func(x *Document) { x.ES = Contents{} })
		}, `terms-of-use-3.json: its "es" half is missing`},
		{"an empty passage", func(f fstest.MapFS) {
			edit(t, f, "terms-of-use-3.json", func(x *Document) { x.EN.Passages[0].Paragraphs = nil })
		}, `terms-of-use-3.json: its "en" half is missing or not complete`},
	} {
		t.Run(tt.story, func(t *testing.T) {
			files := shipped(t)
			tt.change(files)
			_, err := Load(files)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error with %q", err, tt.want)
			}
		})
	}
}

func TestLoad_ReturnsEachProblemOnASeparateLine(t *testing.T) {
	files := shipped(t)
	edit(t, files, "terms-3.json", func(x *Text) { x.ES = Wording{} })
	edit(t, files, "marketing-3.json", func(x *Text) { x.EN.Paragraphs = []string{"Yes."} })
	_, err := Load(files)
	if err == nil {
		t.Fatal("it takes them")
	}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 10 {
		t.Errorf("got %d problems, want 10:\n%v", len(lines), err)
	}
	for _, line := range lines {
		if !strings.HasPrefix(line, "consent text ") {
			t.Errorf("the line %q names no file", line)
		}
	}
}

func TestLoad_UsesTheHighestVersionAndAcceptsOlderOnes(t *testing.T) {
	files := shipped(t)
	for _, version := range []string{"9", "10"} {
		name := "terms-" + version + ".json"
		files[name] = files["terms-3.json"]
		edit(t, files, name, func(x *Text) { x.Version, x.EN.Heading = version, "Terms "+version })
	}
	if got := load(t, files).For("en", maria)[1]; got.Version != "10" || got.Heading != "Terms 10" {
		t.Errorf("got version %s, %q; want the tenth", got.Version, got.Heading)
	}
}

func TestLoad_FindsTheWordsOfLawInCapitalsToo(t *testing.T) {
	files := shipped(t)
	edit(t, files, "marketing-3.json", func(x *Text) {
		x.EN.Paragraphs[1] = strings.ReplaceAll(x.EN.Paragraphs[1], "not a condition of purchase", "NOT a condition of purchase")
	})
	load(t, files)
}

func TestLoad_AcceptsAMissingRecordingNotice(t *testing.T) {
	files := shipped(t)
	delete(files, "recording-2.json")
	texts := load(t, files)
	if _, ok := texts.Recording("en", maria); ok {
		t.Error("there is a notice")
	}
	if _, ok := texts.RecordingAct("en"); ok {
		t.Error("there is an act")
	}
	if got := texts.Placeholders(); slices.Contains(got, "recording") || len(got) != 8 {
		t.Errorf("the placeholders are %v", got)
	}
}

func TestLoad_TakesANoticeAfterTheResultWhereThereIsOne(t *testing.T) {
	if notice, version := load(t, BuiltIn()).Document(AfterResult, "en", maria); len(notice.Passages) != 0 || version != "" {
		t.Errorf("nobody has written one, and there is %v", notice)
	}
	files := shipped(t)
	files["result-notice-1.json"] = &fstest.MapFile{Data: []byte(`{"id": "result-notice", "version": "1", "placeholder": false, "note": "",
		"en": {"title": "About this decision", "passages": [{"heading": "", "paragraphs": ["{seller} says so."]}]},
		"es": {"title": "Sobre esta decisión", "passages": [{"heading": "", "paragraphs": ["{seller} lo dice."]}]}}`)}
	texts := load(t, files)
	notice, version := texts.Document(AfterResult, "es", maria)
	if version != "1" || notice.Sample || notice.Title != "Sobre esta decisión" || notice.Passages[0].Paragraphs[0] != maria.Seller+" lo dice." {
		t.Errorf("got version %q: %v", version, notice)
	}
	if questions, _ := texts.Document(Questions, "en", maria); !questions.Sample {
		t.Error("the questions do not say that counsel has not read their answers")
	}
}

func TestActs_NameTheWordsAndNotThePerson(t *testing.T) {
	texts := load(t, BuiltIn())
	seen := map[string]bool{}
	for _, language := range []string{"en", "es"} {
		acts, shown := texts.Acts(language), texts.For(language, maria)
		for i, act := range acts {
			if act.Given || act.Shown != "unchecked" || act.Purpose != shown[i].Purpose || act.Control != shown[i].Control ||
				act.Version != shown[i].Version || act.Language != language || len(act.SHA256) != 64 || seen[act.SHA256] {
				t.Errorf("the act is %+v", act)
			}
			seen[act.SHA256] = true
		}
	}
	notice, _ := texts.RecordingAct("es")
	if notice.Given || notice.Shown != "shown" || notice.Control != "" || notice.Purpose != Recording {
		t.Errorf("the notice's act is %+v", notice)
	}
	texts.Acts("en")[0].Given = true
	if texts.Acts("en")[0].Given {
		t.Error("what one visitor gives, the next one gives too")
	}
}

func TestEdition_ChangesWithEveryLetter(t *testing.T) {
	first := load(t, BuiltIn()).Edition()
	for name, change := range map[string]func(*Text){
		"credit-3.json":    func(x *Text) { x.ES.Control += "." },
		"terms-3.json":     func(x *Text) { x.EN.Summary += "." },
		"marketing-3.json": func(x *Text) { x.EN.Heading += "." },
		"recording-2.json": func(x *Text) { x.EN.Paragraphs[0] += " " },
	} {
		files := shipped(t)
		edit(t, files, name, change)
		if load(t, files).Edition() == first {
			t.Errorf("%s: a changed letter changes nothing", name)
		}
	}
}

func TestPublished_HasEveryVersionAndChangesWithEveryLetter(t *testing.T) {
	files := shipped(t)
	files["terms-4.json"] = files["terms-3.json"]
	edit(t, files, "terms-4.json", func(x *Text) { x.Version = "4" })
	hashes := func() map[string]Published {
		found := map[string]Published{}
		for _, p := range load(t, files).Published() {
			found[p.File] = p
		}
		return found
	}
	first := hashes()
	if len(first) != len(files) {
		t.Fatalf("%d of %d versions are published", len(first), len(files))
	}
	for name, p := range first {
		if p.InUse == (name == "terms-3.json") || p.ID+"-"+p.Version+".json" != name || len(p.SHA256) != 64 {
			t.Errorf("%s is published as %+v", name, p)
		}
	}
	for name, change := range map[string]func(*Text){
		"terms-3.json":     func(x *Text) { x.EN.Control += "." },
		"recording-2.json": func(x *Text) { x.ES.Heading += "." },
	} {
		edit(t, files, name, change)
		if hashes()[name].SHA256 == first[name].SHA256 {
			t.Errorf("%s: a changed letter changes nothing", name)
		}
	}
	for name, change := range map[string]func(*Document){
		"privacy-notice-2.json": func(x *Document) { x.ES.Passages[0].Heading += "." },
		"terms-of-use-3.json": func(x *Document) { // the same lines in other passages
			x.EN.Passages[0].Paragraphs = append(x.EN.Passages[0].Paragraphs, x.EN.Passages[1].Heading)
			x.EN.Passages[1].Heading = ""
		},
	} {
		edit(t, files, name, change)
		if hashes()[name].SHA256 == first[name].SHA256 {
			t.Errorf("%s: a changed letter changes nothing", name)
		}
	}
}

func TestPermission_ComesFromTheActsAlone(t *testing.T) {
	acts := load(t, BuiltIn()).Acts("en")
	acts[0].Given, acts[1].Given = true, true
	got := Record{Acts: acts}.Permission()
	if !got.CreditCheck || !got.Terms || got.Marketing {
		t.Errorf("got %+v, want credit check and terms without marketing", got)
	}
	if (Record{}).Permission().CreditCheck {
		t.Error("an empty record gives permission")
	}
}

// TestLoad_ReadsAFolder is what INTAKE_TEXTS_DIR leads to; other files in it are left alone.
func TestLoad_ReadsAFolder(t *testing.T) {
	dir := t.TempDir()
	for name, file := range shipped(t) {
		if err := os.WriteFile(filepath.Join(dir, name), file.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "README.md"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := load(t, os.DirFS(dir)).Edition(); got != load(t, BuiltIn()).Edition() {
		t.Error("the copy is another edition")
	}
}

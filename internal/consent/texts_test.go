package consent

import (
	"encoding/json"
	"io/fs"
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

func edit(t *testing.T, files fstest.MapFS, name string, change func(*Text)) {
	t.Helper()
	var text Text
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

func TestLoad_TakesTheTextsThatShip(t *testing.T) {
	texts, err := Load(BuiltIn())
	if err != nil {
		t.Fatal(err)
	}
	if got := len(texts); got != 3 {
		t.Errorf("got %d texts, want 3", got)
	}
	if got := len(texts.Placeholders()); got != 3 {
		t.Errorf("got %d placeholders, want all 3: counsel has reviewed none", got)
	}
}

func TestLoad_RefusesAndNamesTheFile(t *testing.T) {
	for _, tt := range []struct {
		story  string
		change func(fstest.MapFS)
		want   string
	}{
		{"half a pair", func(f fstest.MapFS) {
			edit(t, f, "terms-1.json", func(x *Text) { x.ES = Wording{} })
		}, `terms-1.json: its "es" half is missing`},
		{"marketing without the autodialer in Spanish", func(f fstest.MapFS) {
			edit(t, f, "marketing-1.json", func(x *Text) {
				x.ES.Paragraphs[0] = strings.ReplaceAll(x.ES.Paragraphs[0], "marcador automático", "aparato")
			})
		}, `marketing-1.json: its "es" half does not say "marcador automático"`},
		{"marketing as a condition", func(f fstest.MapFS) {
			edit(t, f, "marketing-1.json", func(x *Text) {
				x.EN.Paragraphs[0] = strings.ReplaceAll(x.EN.Paragraphs[0], "not a condition", "a condition")
			})
		}, `marketing-1.json: its "en" half does not say "not a condition"`},
		{"a purpose nobody knows", func(f fstest.MapFS) {
			edit(t, f, "terms-1.json", func(x *Text) { x.ID = "cookies" })
		}, `terms-1.json: its id is "cookies"`},
		{"a purpose that is gone", func(f fstest.MapFS) { delete(f, "credit-1.json") }, `one text "credit" in use, there are 0`},
		{"two of one purpose", func(f fstest.MapFS) { f["credit-2.json"] = f["credit-1.json"] }, `one text "credit" in use, there are 2`},
		{"a word that is no field", func(f fstest.MapFS) {
			f["terms-1.json"] = &fstest.MapFile{Data: []byte(`{"id":"terms","wording":1}`)}
		}, `unknown field "wording"`},
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

func TestHash_ChangesWithEveryWordAndWithTheSeller(t *testing.T) {
	texts, err := Load(BuiltIn())
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	for _, language := range []string{"en", "es"} {
		for _, seller := range []string{"A", "B"} {
			for _, s := range texts.In(language, seller)[:2:2] {
				if other, ok := seen[s.Hash()]; ok {
					t.Errorf("%s %s %s has the hash of %s", s.Purpose, language, seller, other)
				}
				seen[s.Hash()] = string(s.Purpose) + language + seller
			}
		}
	}
}

func TestPermission_ComesFromTheActsAlone(t *testing.T) {
	texts, err := Load(BuiltIn())
	if err != nil {
		t.Fatal(err)
	}
	shown := texts.In("en", "A")
	record := Record{Acts: []Act{shown[0].Act(true), shown[1].Act(true), shown[2].Act(false)}}
	got := record.Permission()
	if !got.CreditCheck || !got.Terms || got.Marketing {
		t.Errorf("got %+v, want credit check and terms without marketing", got)
	}
	if (Record{}).Permission().CreditCheck {
		t.Error("an empty record gives permission")
	}
}

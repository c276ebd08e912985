package consent

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// editScript changes the script that ships.
func editScript(t *testing.T, files fstest.MapFS, change func(*Script)) {
	t.Helper()
	var s Script
	if err := json.Unmarshal(files["script-1.json"].Data, &s); err != nil {
		t.Fatal(err)
	}
	change(&s)
	body, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	files["script-1.json"] = &fstest.MapFile{Data: body}
}

// line is the line of the id.
func (s *Script) line(id string) *Line {
	return &s.Lines[slices.IndexFunc(s.Lines, func(l Line) bool { return l.ID == id })]
}

func TestScript_OpensWithTheRecordingNoticeAndNamesTheSeller(t *testing.T) {
	texts := load(t, BuiltIn())
	for _, language := range []string{"en", "es"} {
		lines := texts.Script(language, "", maria)
		if lines[0].Purpose != Recording || !strings.Contains(lines[0].Words, "Seller LLC") {
			t.Errorf("in %s the first line is %+v", language, lines[0])
		}
		for _, l := range lines {
			if strings.ContainsAny(l.Words, "{}") {
				t.Errorf("%s in %s is not filled in: %s", l.ID, language, l.Words)
			}
		}
	}
}

func TestScript_ActsNameTheLineItsLanguageAndItsWords(t *testing.T) {
	texts := load(t, BuiltIn())
	english, spanish := texts.SpokenActs("en", ""), texts.SpokenActs("es", "")
	for i, want := range asked {
		a := english[i]
		if a.Purpose != want || a.TextID != "script/"+string(want) || a.Version != "1" || a.Language != "en" || a.Shown != "read aloud" || a.Control != "" || a.Given {
			t.Errorf("the act is %+v", a)
		}
		if len(a.SHA256) != 64 || a.SHA256 == spanish[i].SHA256 {
			t.Errorf("%s has the hash %s in both languages", a.TextID, a.SHA256)
		}
	}
	files := shipped(t)
	editScript(t, files, func(s *Script) { s.line("credit").EN += " Please say yes or no." })
	if changed := load(t, files).SpokenActs("en", ""); changed[1].SHA256 == english[1].SHA256 || changed[2] != english[2] {
		t.Error("another word does not change the hash of its line, or that of another line")
	}
}

func TestScript_ALineOfAStateTakesThePlaceOfTheGeneralOne(t *testing.T) {
	files := shipped(t)
	editScript(t, files, func(s *Script) {
		s.Lines = append(s.Lines, Line{ID: "creditCA", Purpose: Credit, State: "CA", EN: s.line("credit").EN + " Yes?", ES: s.line("credit").ES + " ¿Sí?"})
	})
	texts := load(t, files)
	for state, want := range map[string]string{"": "script/credit", "TX": "script/credit", "CA": "script/creditCA"} {
		var got []string
		for _, act := range texts.SpokenActs("en", state) {
			if act.Purpose == Credit {
				got = append(got, act.TextID)
			}
		}
		if !slices.Equal(got, []string{want}) {
			t.Errorf("in %q the credit lines are %v, want %s", state, got, want)
		}
	}
}

func TestScript_IsPublishedWithItsHash(t *testing.T) {
	published := func(files fstest.MapFS) Published {
		all := load(t, files).Published()
		return all[slices.IndexFunc(all, func(p Published) bool { return p.ID == ScriptID })]
	}
	first := published(shipped(t))
	if first.Version != "1" || !first.InUse || first.File != "script-1.json" {
		t.Errorf("published is %+v", first)
	}
	files := shipped(t)
	editScript(t, files, func(s *Script) { s.line("city").ES += " ¿No?" })
	if published(files).SHA256 == first.SHA256 {
		t.Error("changed words have the same hash")
	}
}

func TestScript_RefusesWhatNoAgentMayRead(t *testing.T) {
	for _, tt := range []struct {
		story  string
		change func(*Script)
		want   string
	}{
		{"no recording notice", func(s *Script) { s.Lines = s.Lines[1:] }, `no line with the purpose "recording"`},
		{"a recording notice at the end", func(s *Script) { s.Lines = append(s.Lines[1:], s.Lines[0]) }, "its first line is not the notice"},
		{"half a pair", func(s *Script) { s.line("terms").ES = "" }, `its line "terms": it needs words in both languages`},
		{"a credit check without the report", func(s *Script) { s.line("credit").EN = "{seller} asks your permission?" }, `does not say "credit report"`},
		{"marketing as a condition", func(s *Script) {
			s.line("marketing").ES = strings.ReplaceAll(s.line("marketing").ES, "no es condición", "es condición")
		}, `its "es" half does not say "no es condición de compra"`},
		{"an unknown purpose", func(s *Script) { s.line("terms").Purpose = "cookies" }, `its purpose is "cookies"`},
		{"a field and a purpose", func(s *Script) { s.line("terms").Field = "city" }, "either a field or a purpose"},
		{"two lines of one field", func(s *Script) { s.line("city").Field = "state" }, "another line has the same field"},
		{"an id twice", func(s *Script) { s.line("city").ID = "state" }, "comes twice"},
		{"an id that is no word", func(s *Script) { s.line("city").ID = "the city" }, "letters and digits"},
		{"the caller's name", func(s *Script) { s.line("city").EN = "{name}, in which city?" }, "nothing fills in on a call"},
		{"braces of nobody", func(s *Script) { s.line("city").EN = "{agent} asks for the city" }, "braces around a word"},
	} {
		t.Run(tt.story, func(t *testing.T) {
			files := shipped(t)
			editScript(t, files, tt.change)
			_, err := Load(files)
			if err == nil || !strings.Contains(err.Error(), "script-1.json: ") || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
	files := shipped(t)
	delete(files, "script-1.json")
	if _, err := Load(files); err == nil || !strings.Contains(err.Error(), `there is no text "script"`) {
		t.Errorf("without a script: %v", err)
	}
}

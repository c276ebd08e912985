package evidencetest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"strconv"
	"testing"
	"testing/fstest"

	"intake/internal/consent"
	"intake/internal/lead"
)

// spoken are the lines of the script, by language and purpose.
var spoken = map[string]map[consent.Purpose]string{
	"en": {consent.Recording: "This call is recorded.", consent.Credit: "May {seller} check your credit?", consent.Terms: "Do you accept our terms?", consent.Marketing: "May we call you?"},
	"es": {consent.Recording: "Esta llamada se graba.", consent.Credit: "¿Puede {seller} consultar su crédito?", consent.Terms: "¿Acepta nuestros términos?", consent.Marketing: "¿Podemos llamarle?"},
}

var purposes = []consent.Purpose{consent.Recording, consent.Credit, consent.Terms, consent.Marketing}

// Script is the file of the script that agents read.
func Script(t testing.TB) fs.FS {
	t.Helper()
	lines := []map[string]string{{"id": "firstName", "field": "firstName", "en": "What is your first name?", "es": "¿Cuál es su nombre?"}}
	for _, p := range purposes {
		lines = append(lines, map[string]string{"id": string(p), "purpose": string(p), "en": spoken["en"][p], "es": spoken["es"][p]})
	}
	text, err := json.Marshal(map[string]any{"id": "script", "version": "7", "placeholder": true, "note": "a test", "lines": lines})
	if err != nil {
		t.Fatal(err)
	}
	return fstest.MapFS{"script-7.json": {Data: text}}
}

// NewCallCase is the case of Maria, who said yes to all but marketing on a recorded call.
func NewCallCase(t testing.TB, language string) Case {
	t.Helper()
	c := NewCase(t, language)
	c.Page, c.PageLength, c.PageSalt = consent.Page{}, 0, nil
	c.Texts = []fs.FS{Script(t), consent.BuiltIn()}
	r := consent.Record{
		At: At, Channel: consent.RecordedCall, Language: language, Seller: c.Record.Seller, FormVersion: "v1",
		PersonName: c.Record.PersonName, Phone: c.Record.Phone, Zone: c.Record.Zone,
		Call: consent.Call{ID: lead.Keep("call-7319"), Agent: lead.Keep("Ann https://id.example 7"), Script: "7", OptIn: true},
	}
	for _, p := range purposes {
		sum := sha256.Sum256([]byte(spoken[language][p] + "\n"))
		r.Acts = append(r.Acts, consent.Act{Purpose: p, Given: p != consent.Marketing, TextID: "script/" + string(p), Version: "7", Language: language,
			SHA256: hex.EncodeToString(sum[:]), Shown: consent.ReadAloud})
	}
	c.Record = r
	c.Chain(t)
	return c
}

// callFacts are those that a link has of a call.
func (c *Case) callFacts() []consent.Fact {
	call := c.Record.Call
	digest := func(name string, value lead.Private[string]) consent.Fact {
		if !value.Given() {
			return consent.Fact{Name: name}
		}
		return consent.Fact{Name: name, Value: consent.Digest(c.DigestSalt, []byte(name+"\x00"+value.Reveal()))}
	}
	return []consent.Fact{
		{Name: "script", Value: call.Script}, {Name: "oral_opt_in", Value: strconv.FormatBool(call.OptIn)},
		digest("call_id", call.ID), digest("call_agent", call.Agent),
	}
}

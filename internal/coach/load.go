package coach

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"intake/internal/lead"
)

//go:embed coach.json
var builtIn []byte

// BuiltIn is the table that ships with the program.
func BuiltIn() (Table, error) { return Load(builtIn) }

// file is the form of the data.
type file struct {
	Version   string      `json:"version"` // a whole number, raised with every change of words
	Sentences []sentenced `json:"sentences"`
	Rows      []row       `json:"rows"`
}

type sentenced struct {
	ID string `json:"id"`
	EN string `json:"en"`
	ES string `json:"es"`
}

type row struct {
	When        string               `json:"when"`
	State       string               `json:"state"`
	Tone        Tone                 `json:"tone"`
	Meaning     string               `json:"meaning"`
	SayID       string               `json:"say"`
	Consumer    Consumer             `json:"consumer"`
	Next        string               `json:"next"`
	Disposition lead.DispositionKind `json:"disposition"`

	sentence Sentence
}

// Load reads a table and returns every problem at once: a row that is missing, unknown or there twice, a sentence
// that lacks a language, a promise, and words of success in a row that is none.
func Load(data []byte) (Table, error) {
	var f file
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&f); err != nil {
		return Table{}, fmt.Errorf("read the result coach: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Table{}, errors.New("read the result coach: there is more behind the table")
	}
	l := loader{table: Table{version: f.Version, rows: map[string]row{}}, sentences: map[string]Sentence{}}
	l.load(f)
	if err := errors.Join(l.problems...); err != nil {
		return Table{}, err
	}
	return l.table, nil
}

type loader struct {
	table     Table
	sentences map[string]Sentence
	problems  []error
}

func (l *loader) wrong(where, format string, args ...any) {
	l.problems = append(l.problems, fmt.Errorf("result coach, %s: %s", where, fmt.Sprintf(format, args...)))
}

func (l *loader) load(f file) {
	if n, err := strconv.Atoi(f.Version); err != nil || n < 1 {
		l.wrong("version", "it must be a whole number from 1 on")
	}
	for _, s := range f.Sentences {
		l.addSentence(s)
	}
	for _, r := range f.Rows {
		l.addRow(r)
	}
	for _, when := range required() {
		if _, there := l.table.rows[when]; !there {
			l.wrong(when, "the row is missing")
		}
	}
	for id := range l.sentences {
		if !slices.ContainsFunc(f.Rows, func(r row) bool { return r.SayID == id }) {
			l.wrong("sentence "+id, "no row uses it")
		}
	}
}

// required are the rows that no table may lack: all states, and the published codes.
func required() []string {
	rows := []string{sending, unknownCode, inDoubt, parked, suspect, awaitingConsent, closed, closedForNoConsent, closedForOptOut,
		submitted, submittedBefore, noCertificate, refusedForGood, submitUnknown, handOffDue}
	for _, code := range []int{1000, 1001, 1003, 1013, 1014, 1015, 1016, 1017, 1018, 1020, 9999} {
		rows = append(rows, codeRow(code))
	}
	return rows
}

func (l *loader) addSentence(s sentenced) {
	where := "sentence " + s.ID
	if _, twice := l.sentences[s.ID]; twice || s.ID == "" {
		l.wrong(where, "it needs a name of its own")
	}
	if strings.TrimSpace(s.EN) == "" || strings.TrimSpace(s.ES) == "" {
		l.wrong(where, "it needs English and Spanish")
	}
	if word := promiseIn(s.EN + " " + s.ES); word != "" {
		l.wrong(where, "%q is a promise: agents promise no approval, savings or fee", word)
	}
	l.sentences[s.ID] = Sentence{s.EN, s.ES}
}

// promises are beginnings of words that no agent says, in both languages.
var promises = []string{"approv", "aprob", "aprueb", "guarant", "garanti", "saving", "save ", "ahorr", "fee ", "fees", "tarifa", "cuota"}

func promiseIn(text string) string {
	text = strings.ToLower(text)
	for _, word := range promises {
		if strings.Contains(text, word) {
			return strings.TrimSpace(word)
		}
	}
	return ""
}

func (l *loader) addRow(r row) {
	code, isCode := codeOf(r.When)
	if _, twice := l.table.rows[r.When]; twice {
		l.wrong(r.When, "the row is there twice")
	}
	if !isCode && !slices.Contains(required(), r.When) {
		l.wrong(r.When, "there is no such state, and a code is written like \"code 1013\"")
	}
	if r.State == "" || r.Meaning == "" || r.Next == "" {
		l.wrong(r.When, "it needs a state, a meaning and a next action")
	}
	if !slices.Contains([]Tone{Calm, Good, Wait, Attention}, r.Tone) {
		l.wrong(r.When, "there is no tone %q", r.Tone)
	}
	if !slices.Contains([]Consumer{Working, Qualified, Received, Slow}, r.Consumer) {
		l.wrong(r.When, "there is no consumer's text %q", r.Consumer)
	}
	if r.Disposition < 0 || r.Disposition > lead.OtherOutcome {
		l.wrong(r.When, "there is no disposition %d", r.Disposition)
	}
	sentence, known := l.sentences[r.SayID]
	if !known && r.SayID != "" {
		l.wrong(r.When, "there is no sentence %q", r.SayID)
	}
	r.sentence = sentence
	l.checkSuccess(r, code, isCode)
	l.table.rows[r.When] = r
}

// codeOf reads "code 1013", in no other spelling.
func codeOf(when string) (int, bool) {
	digits, _ := strings.CutPrefix(when, "code ")
	code, err := strconv.Atoi(digits)
	return code, err == nil && code > 0 && codeRow(code) == when
}

// connect is the sentence that offers a specialist.
const connect = "connect"

// checkSuccess refuses words of success for a code that is none, and holds the consumer's text against the code.
func (l *loader) checkSuccess(r row, code int, isCode bool) {
	result := lead.Lead{ResultCode: code}
	success := isCode && result.Qualified() || slices.Contains([]string{submitted, submittedBefore, noCertificate, submitUnknown, handOffDue}, r.When)
	looksSo := r.Tone == Good || r.Consumer == Qualified || r.SayID == connect || r.Disposition == lead.Transferred ||
		strings.HasPrefix(strings.ToLower(r.State), "qualified") || strings.HasPrefix(strings.ToLower(r.Meaning), "qualified")
	switch {
	case looksSo && !success:
		l.wrong(r.When, "only 1013 to 1017 are qualified: it must not look, sound or end like them")
	case success && r.Consumer != Qualified:
		l.wrong(r.When, "the consumer's text must be %s", Qualified)
	case isCode && !result.Final() && r.Consumer != Working:
		l.wrong(r.When, "the code is not final, so the consumer's text must be %s", Working)
	case isCode && !success && result.Final() && r.Consumer != Received:
		l.wrong(r.When, "the code is final, so the consumer's text must be %s", Received)
	}
}

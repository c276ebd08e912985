package coach

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"intake/internal/lead"
)

func table(t *testing.T) Table {
	t.Helper()
	table, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

var received = time.Date(2026, time.November, 22, 14, 0, 0, 0, time.UTC)

// at is the case of a lead that was received a minute ago.
func at(status lead.Status, code int) Case {
	return Case{Lead: lead.Lead{Status: status, ResultCode: code, ReceivedAt: received}, Now: received.Add(time.Minute)}
}

// everyCode is 1000 to 1099, and 9999.
func everyCode() []int {
	codes := []int{9999}
	for code := 1000; code <= 1099; code++ {
		codes = append(codes, code)
	}
	return codes
}

const (
	checking   = "They are still checking. / Todavía lo están revisando."
	enough     = "Thank you, that is all I need. Have you already talked with anyone about this? / Gracias, es todo lo que necesito. ¿Ya habló con alguien sobre esto?"
	offer      = "A specialist can go over your options with you. May I connect you now? / Un especialista puede explicarle sus opciones. ¿Le comunico ahora?"
	done       = "Thank you, that is all I need today. If there is a next step, you will be contacted. / Gracias, es todo por hoy. Si hay un siguiente paso, se comunicarán con usted."
	unfinished = "The system could not finish just now. We have your details; you need not repeat them. / El sistema no pudo terminar ahora. Ya tenemos sus datos; no hace falta repetirlos."
)

func (s Sentence) both() string { return s.EN + " / " + s.ES }

func TestAdvise_SaysForEveryCodeWhatTheProductSays(t *testing.T) {
	words := map[int]string{1000: checking, 1001: checking, 1003: enough, 1013: offer, 1014: offer, 1015: offer, 1016: offer, 1017: offer, 9999: unfinished}
	known := []int{1000, 1001, 1003, 1013, 1014, 1015, 1016, 1017, 1018, 1020, 9999}
	table := table(t)
	for _, code := range everyCode() {
		got := table.Advise(at(lead.Created, code))
		want, ok := words[code]
		if !ok {
			want = done
		}
		if got.Say.both() != want {
			t.Errorf("%d: an agent says %q", code, got.Say.both())
		}
		qualified := 1013 <= code && code <= 1017
		if got.Qualified != qualified || (got.Tone == Good) != qualified || (got.Disposition == lead.Transferred) != qualified || strings.HasPrefix(got.State, "Qualified") != qualified {
			t.Errorf("%d: qualified %v, tone %s, disposition %d, %q", code, got.Qualified, got.Tone, got.Disposition, got.State)
		}
		wantText := Received
		switch {
		case qualified:
			wantText = Qualified
		case code == 1000 || code == 1001 || code == 9999:
			wantText = Working
		}
		if got.Consumer != wantText {
			t.Errorf("%d: the consumer reads %s, want %s", code, got.Consumer, wantText)
		}
		if number := fmt.Sprint(code); !slices.Contains(known, code) && (!strings.Contains(got.State, number) || !strings.Contains(got.Meaning, number) || !strings.Contains(got.Next, number)) {
			t.Errorf("%d: %+v does not name the number", code, got)
		}
		if got.Meaning == "" || got.Next == "" || got.Version == "" || strings.Contains(got.State+got.Meaning+got.Next, "{") {
			t.Errorf("%d: %+v", code, got)
		}
	}
}

func TestAdvise_KnowsEveryState(t *testing.T) {
	submit := func(status lead.Status, code, submit int) Case {
		c := at(status, code)
		c.Lead.SubmitStatus = submit
		return c
	}
	awaiting, optedOut, unconsented, stopped := at(lead.Received, 0), at(lead.Closed, 1018), at(lead.Closed, 0), at(lead.Created, 1015)
	awaiting.Lead.Hold, optedOut.Lead.Reason, unconsented.Lead.Reason, stopped.OptedOut = lead.AwaitingConsent, "opt-out", "no consent", true
	table := table(t)
	for name, tt := range map[string]struct {
		given       Case
		state, says string // the beginning of what is said in English
		consumer    Consumer
		disposition lead.DispositionKind
	}{
		"queued":                        {at(lead.Received, 0), "Saved, on its way", "One moment", Working, 0},
		"being sent":                    {at(lead.Sending, 0), "Saved, on its way", "One moment", Working, 0},
		"answered without a code":       {at(lead.Created, 0), "Saved, on its way", "One moment", Working, 0},
		"in doubt":                      {at(lead.InDoubt, 0), "In doubt", "The system could not", Slow, 0},
		"parked":                        {at(lead.Parked, 0), "Waits for a person", "The system could not", Slow, 0},
		"parked on the way to the CRM":  {at(lead.Parked, 1015), "Waits for a person", "The system could not", Slow, 0},
		"suspect":                       {at(lead.Suspect, 0), "Held back", "", Working, 0},
		"awaiting consent":              {awaiting, "Waits for consent", "Before I can send", Working, 0},
		"closed":                        {at(lead.Closed, 1018), "Closed", "", Received, 0},
		"closed for an opt-out":         {optedOut, "Do not call", "You are on our do-not-contact list.", Received, lead.DoNotCall},
		"closed without consent":        {unconsented, "Closed, no consent", "", Received, 0},
		"an agent was told to stop":     {stopped, "Do not call", "You are on our do-not-contact list.", Qualified, lead.DoNotCall},
		"being handed over":             {at(lead.Submitting, 1014), "Qualified, tier 2", "A specialist", Qualified, lead.Transferred},
		"submit 200":                    {submit(lead.Submitted, 1014, 200), "Qualified, lead handed over", "A specialist", Qualified, lead.Transferred},
		"submit 208 reads as done":      {submit(lead.Submitted, 1014, 208), "Qualified, lead handed over", "A specialist", Qualified, lead.Transferred},
		"submit 400":                    {submit(lead.Refused, 1014, 400), "Certificate needed", "May I text you a link?", Qualified, lead.CallBack},
		"submit 422":                    {submit(lead.Refused, 1014, 422), "Refused for good", "Thank you, that is all I need today.", Received, lead.NotQualified},
		"submit 1021":                   {submit(lead.Parked, 1014, 1021), "Waits for a person", "A specialist", Qualified, lead.Transferred},
		"a hand-over of what is no hit": {submit(lead.Submitted, 1018, 200), "Not qualified", "Thank you, that is all", Received, lead.NotQualified},
	} {
		got := table.Advise(tt.given)
		if got.State != tt.state || !strings.HasPrefix(got.Say.EN, tt.says) || (got.Say.EN == "") != (tt.says == "") || got.Consumer != tt.consumer || got.Disposition != tt.disposition {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := table.Advise(submit(lead.Parked, 1014, 1021)); !strings.Contains(got.Meaning, "1021") {
		t.Errorf("an unknown status is not named: %q", got.Meaning)
	}
}

func TestAdvise_TellsConsumersAfterTenMinutesThatItTakesLonger(t *testing.T) {
	for status, want := range map[lead.Status][2]Consumer{
		lead.Received: {Working, Slow}, lead.Created: {Working, Slow}, lead.Closed: {Received, Received}, lead.InDoubt: {Slow, Slow},
	} {
		c := at(status, 0)
		for i, age := range []time.Duration{SlowAfter - time.Second, SlowAfter} {
			c.Now = received.Add(age)
			if got := table(t).Advise(c).Consumer; got != want[i] {
				t.Errorf("%s after %s: %s, want %s", status, age, got, want[i])
			}
		}
	}
}

// changed is the built-in data with one change.
func changed(t *testing.T, change func(*file)) []byte {
	t.Helper()
	var f file
	if err := json.Unmarshal(builtIn, &f); err != nil {
		t.Fatal(err)
	}
	change(&f)
	data, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func (f *file) row(when string) *row {
	return &f.Rows[slices.IndexFunc(f.Rows, func(r row) bool { return r.When == when })]
}

func add(when string, like string, change func(*row)) func(*file) {
	return func(f *file) {
		r := *f.row(like)
		r.When = when
		change(&r)
		f.Rows = append(f.Rows, r)
	}
}

func TestLoad_TakesAnotherCodeAndNewWords(t *testing.T) {
	data := changed(t, add("code 1007", "code 1018", func(r *row) { r.State, r.Meaning = "No credit file", "The credit file is unknown." }))
	table, err := Load(data)
	if err != nil {
		t.Fatal(err)
	}
	if got := table.Advise(at(lead.Created, 1007)); got.State != "No credit file" || got.Qualified {
		t.Errorf("%+v", got)
	}
}

func TestLoad_RefusesATableThatWouldMislead(t *testing.T) {
	none := func(*row) {}
	for name, tt := range map[string]struct {
		change func(*file)
		want   string
	}{
		"another code that is good":         {add("code 1012", "code 1013", none), "only 1013 to 1017"},
		"another code in a good color":      {add("code 1012", "code 1018", func(r *row) { r.Tone = Good }), "only 1013 to 1017"},
		"another code with the offer":       {add("code 1012", "code 1018", func(r *row) { r.SayID = connect }), "only 1013 to 1017"},
		"another code that is transferred":  {add("code 1012", "code 1018", func(r *row) { r.Disposition = lead.Transferred }), "only 1013 to 1017"},
		"another code that is called so":    {add("code 1012", "code 1018", func(r *row) { r.State = "qualified, tier 0" }), "only 1013 to 1017"},
		"another code that means it":        {add("code 1012", "code 1018", func(r *row) { r.Meaning = "Qualified." }), "only 1013 to 1017"},
		"a state that is good":              {func(f *file) { f.row(inDoubt).Tone = Good }, "only 1013 to 1017"},
		"unknown codes that are good":       {func(f *file) { f.row(unknownCode).Consumer = Qualified }, "only 1013 to 1017"},
		"a qualified code that is not told": {func(f *file) { f.row("code 1015").Consumer = Received }, "must be T2"},
		"a code that seems final":           {func(f *file) { f.row("code 9999").Consumer = Received }, "must be T1"},
		"a final code that seems open":      {func(f *file) { f.row("code 1018").Consumer = Working }, "must be T3"},
		"a sentence in one language":        {func(f *file) { f.Sentences[0].ES = " " }, "needs English and Spanish"},
		"a promise":                         {func(f *file) { f.Sentences[0].EN = "You are approved." }, "is a promise"},
		"a promise in Spanish":              {func(f *file) { f.Sentences[0].ES = "Va a ahorrar mucho." }, "is a promise"},
		"a sentence that is there twice":    {func(f *file) { f.Sentences = append(f.Sentences, f.Sentences[0]) }, "a name of its own"},
		"a sentence that nobody says":       {func(f *file) { f.Sentences = append(f.Sentences, sentenced{"x", "a", "b"}) }, "no row uses it"},
		"a sentence that is not there":      {func(f *file) { f.row(inDoubt).SayID = "x" }, `no sentence "x"`},
		"a row that is missing":             {func(f *file) { f.Rows = f.Rows[1:] }, "sending: the row is missing"},
		"a row that is there twice":         {add(closed, closed, none), "there twice"},
		"a row of no state":                 {add("sleeping", closed, none), "there is no such state"},
		"a code in another spelling":        {add("code 01013", closed, none), "there is no such state"},
		"no meaning":                        {func(f *file) { f.row(parked).Meaning = "" }, "needs a state, a meaning"},
		"no such tone":                      {func(f *file) { f.row(parked).Tone = "loud" }, "no tone"},
		"no such text":                      {func(f *file) { f.row(parked).Consumer = "T5" }, "no consumer's text"},
		"no such disposition":               {func(f *file) { f.row(parked).Disposition = 10 }, "no disposition"},
		"no version":                        {func(f *file) { f.Version = "new" }, "whole number"},
	} {
		if _, err := Load(changed(t, tt.change)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, data := range map[string]string{"an unknown word": `{"versions":"1"}`, "more behind it": string(builtIn) + "{}", "no JSON": "coach"} {
		if _, err := Load([]byte(data)); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestLoad_NamesEveryProblemAtOnce(t *testing.T) {
	_, err := Load([]byte(`{"version":"1"}`))
	if got := strings.Count(fmt.Sprint(err), "the row is missing"); got != len(required()) {
		t.Errorf("%d rows are named, want %d", got, len(required()))
	}
	if rows := slices.Collect(maps.Keys(table(t).rows)); len(rows) != len(required()) {
		t.Errorf("the table has %d rows", len(rows))
	}
}

// TestTable_SaysHowToTransferAndWhichKeyRecordsIt holds the words of the next action against the suggested disposition.
func TestTable_SaysHowToTransferAndWhichKeyRecordsIt(t *testing.T) {
	table, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	for when, r := range table.rows {
		transfers := strings.Contains(r.Next, "transfer the call in your phone system, then press 1")
		if transfers != (r.Disposition == lead.Transferred) {
			t.Errorf("%s: the next action is %q", when, r.Next)
		}
		if key := fmt.Sprintf("press %d", r.Disposition); r.Disposition == lead.NotQualified && !strings.Contains(r.Next, key) {
			t.Errorf("%s: the next action %q names no key", when, r.Next)
		}
		if words := strings.ToLower(r.Meaning + r.Next); strings.Contains(words, "automatically handed") || strings.Contains(words, "handed over automatically") {
			t.Errorf("%s reads as if the call were handed over: %q", when, words)
		}
	}
}

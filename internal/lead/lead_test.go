package lead

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"
)

var statuses = []Status{Received, Suspect, Sending, Created, Submitting, Submitted, Refused, InDoubt, Parked, Closed}

func TestNext_FinalStatusesAreNeverLeft(t *testing.T) {
	for m, to := range moves {
		if m.from == Submitted || m.from == Closed && to != Closed {
			t.Errorf("%s takes the event %q; it is final", m.from, m.event)
		}
	}
}

func TestNext_EveryOpenStatusHasAWayOut(t *testing.T) {
	for _, s := range statuses {
		if s == Submitted || s == Closed {
			continue
		}
		out := 0
		for m, to := range moves {
			if m.from == s && to != s {
				out++
			}
		}
		if out == 0 {
			t.Errorf("no event leads out of %s", s)
		}
	}
}

func TestNext_NothingButAClaimLeadsToACall(t *testing.T) {
	begins := map[Event]Status{SendBegun: Sending, ResendBegun: Sending, SubmitBegun: Submitting}
	for m, to := range moves {
		if to == m.from {
			continue
		}
		if (to == Sending || to == Submitting) && begins[m.event] != to {
			t.Errorf("%s reaches %s by %q, which is no claim", m.from, to, m.event)
		}
	}
}

func TestNext_AnExpiredSendIsInDoubtNeverDueAgain(t *testing.T) {
	got, err := Sending.Next(LeaseExpired)
	if err != nil || got != InDoubt {
		t.Errorf("Sending.Next(LeaseExpired) = %s, %v, want in_doubt", got, err)
	}
}

func TestNext_RefusesWhatTheTableLacks(t *testing.T) {
	got, err := Submitted.Next(SendBegun)
	if err == nil || got != Submitted {
		t.Errorf("Submitted.Next(SendBegun) = %s, %v, want an error and no change", got, err)
	}
}

func TestAnswers_CoversEveryFieldOfAnApplicant(t *testing.T) {
	var a Applicant
	answers := a.Answers()
	typ := reflect.TypeFor[Applicant]()
	if len(answers) != typ.NumField() {
		t.Fatalf("Answers has %d fields, Applicant %d", len(answers), typ.NumField())
	}
	for i, answer := range answers {
		if field := typ.Field(i).Name; !strings.EqualFold(answer.Name, field) {
			t.Errorf("answer %d is %q, field %d is %q", i, answer.Name, i, field)
		}
	}
}

func TestAnswers_TextReadsBackAsTheSameValue(t *testing.T) {
	want := Applicant{
		FirstName: Keep("José"), DateOfBirth: Keep(Date{1979, time.March, 14}),
		MonthlyIncome: Keep(0), CoApplicant: Keep(false),
	}
	var got Applicant
	from, to := want.Answers(), got.Answers()
	for i := range from {
		text, ok := from[i].Text()
		if !ok {
			continue
		}
		if err := to[i].Set(text); err != nil {
			t.Fatal(err)
		}
	}
	for i := range from {
		w, wok := from[i].Text()
		g, gok := to[i].Text()
		if w != g || wok != gok {
			t.Errorf("%s: got %q %v, want %q %v", from[i].Name, g, gok, w, wok)
		}
	}
}

func TestAnswers_SetNeverQuotesAValue(t *testing.T) {
	var a Applicant
	for _, answer := range a.Answers() {
		if err := answer.Set("canary-7319"); err != nil && strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: the error quotes the value: %v", answer.Name, err)
		}
	}
}

func TestPrivate_IsShownByNoPrinter(t *testing.T) {
	const canary = "canary-7319"
	type inner struct{ secret Private[string] } // unexported: methods are out of reflection's reach
	type born struct{ date Private[Date] }
	values := []any{
		Keep(canary), born{Keep(Date{7319, 1, 1})}, Applicant{FirstName: Keep(canary)}, &Applicant{FirstName: Keep(canary)},
		Lead{Handle: Keep(canary)}, inner{Keep(canary)}, []Private[string]{Keep(canary)},
		map[string]any{"a": Keep(canary)}, Permission{ClientIP: Keep(canary)},
	}
	for _, v := range values {
		var out bytes.Buffer
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v)
		if b, err := json.Marshal(v); err == nil {
			out.Write(b)
		}
		if strings.Contains(out.String(), canary) || strings.Contains(out.String(), "7319") || strings.Contains(out.String(), fmt.Sprintf("%x", canary)) {
			t.Errorf("%T shows what it holds:\n%s", v, out.String())
		}
	}
	if got := Keep(canary).Reveal(); got != canary {
		t.Errorf("Reveal() = %q", got)
	}
}

func TestDate_Age(t *testing.T) {
	for _, tt := range []struct {
		story, born, on string
		want            int
	}{
		{"the day before the birthday", "2000-11-23", "2026-11-22", 25},
		{"the birthday", "2000-11-22", "2026-11-22", 26},
		{"born on a leap day, 28 February of a common year", "2008-02-29", "2026-02-28", 17},
		{"born on a leap day, 1 March of a common year", "2008-02-29", "2026-03-01", 18},
	} {
		t.Run(tt.story, func(t *testing.T) {
			born, err := ParseDate(tt.born)
			if err != nil {
				t.Fatal(err)
			}
			on, err := ParseDate(tt.on)
			if err != nil {
				t.Fatal(err)
			}
			if got := born.Age(on); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

func TestDate_RefusesDaysThatDoNotExist(t *testing.T) {
	for _, d := range []Date{{2025, time.February, 29}, {2026, time.April, 31}, {2026, 13, 1}, {2026, 0, 1}, {0, 1, 1}, {2026, 1, 0}} {
		if d.Real() {
			t.Errorf("%v is taken for a real day", d)
		}
	}
	if !(Date{2024, time.February, 29}).Real() {
		t.Error("29 February 2024 is refused")
	}
}

func TestNewName_SortsByItsTimeAndIsNeverTheSame(t *testing.T) {
	last := ""
	for range 1000 {
		name := NewName()
		if name[:NameTime] < last || len(name) != NameTime+26 {
			t.Fatalf("%q does not stand behind %q", name, last)
		}
		last = name[:NameTime]
	}
	if a, b := NewName(), NewName(); a[NameTime:] == b[NameTime:] {
		t.Errorf("%q twice", a)
	}
	if at := letters(1<<31-1, NameTime, inOrder); at >= letters(1<<31, NameTime, inOrder) {
		t.Errorf("%q does not stand before its successor", at)
	}
}

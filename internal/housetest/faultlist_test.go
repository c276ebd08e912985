package housetest

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// faultFile has the id of every fault that the program must survive.
const faultFile = "internal/housetest/testdata/fault-ids.txt"

func TestFaultList_EveryFaultIsShownOrNamedAsLater(t *testing.T) {
	rows, ids := readList(t, "e2e/faults.csv"), readLines(t, faultFile)
	for _, problem := range faultProblems(rows, ids, readTests(t, ".")) {
		t.Error(problem)
	}
	shown, partly := 0, 0
	for _, row := range rows {
		if row[1] == "test" {
			shown++
			if row[3] != "" {
				partly++
				t.Logf("%s lacks %s", row[0], row[3])
			}
		}
	}
	t.Logf("%d of %d faults are shown by test, %d of them not in every part; %d later", shown, len(rows), partly, len(rows)-shown)
}

func TestFaultList_SeesAGap(t *testing.T) {
	tests := shownTests{"TestThere": texts{"its_part": true}, "TestElsewhere": texts{"other": true}}
	ids := [][]string{{"K1"}, {"A14"}}
	good := func() [][]string {
		return [][]string{{"K1", "test", "TestThere TestThere/its_part", "a part of it"}, {"A14", "later: staff sign-in", "", ""}}
	}
	if problems := faultProblems(good(), ids, tests); len(problems) != 0 {
		t.Fatalf("the good list has problems: %q", problems)
	}
	for _, tt := range []struct {
		change func([][]string) [][]string
		want   string
	}{
		{func(rows [][]string) [][]string { return rows[1:] }, "K1 is missing"},
		{func(rows [][]string) [][]string { return append(rows, rows[0]) }, "K1 is there twice"},
		{func(rows [][]string) [][]string { rows[0][0] = "K99"; return rows }, "K99 is not on the list"},
		{func(rows [][]string) [][]string { rows[0][2] = "TestNowhere"; return rows }, "K1 names TestNowhere, which is no test"},
		{func(rows [][]string) [][]string { rows[0][2] = "TestThere/no_part"; return rows }, "K1 names TestThere/no_part, which is no test"},
		{func(rows [][]string) [][]string { rows[0][2] = "TestThere/other"; return rows }, "K1 names TestThere/other, which is no test"},
		{func(rows [][]string) [][]string { rows[0][2] = ""; return rows }, "K1 names no test"},
		{func(rows [][]string) [][]string { rows[1][1] = "later"; return rows }, "A14 has the state later"},
		{func(rows [][]string) [][]string { rows[1][2] = "TestThere"; return rows }, "A14 names a test and comes later"},
	} {
		problems := faultProblems(tt.change(good()), ids, tests)
		if !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, tt.want) }) {
			t.Errorf("got %q, want a sentence with %q", problems, tt.want)
		}
	}
}

// faultState is a state and, for what is not built, the room that will show it.
var faultState = regexp.MustCompile(`^(test|later: .+)$`)

// faultProblems holds the list against the ids and the tests of the tree. A row is an id, its state,
// the names of its tests, and what of the fault they do not show.
func faultProblems(rows, ids [][]string, tests shownTests) []string {
	var problems []string
	seen := map[string]bool{}
	for _, row := range rows {
		id, state, shown := row[0], row[1], row[2]
		if seen[id] {
			problems = append(problems, id+" is there twice")
		}
		seen[id] = true
		if !slices.ContainsFunc(ids, func(known []string) bool { return known[0] == id }) {
			problems = append(problems, id+" is not on the list")
		}
		switch {
		case !faultState.MatchString(state):
			problems = append(problems, id+" has the state "+state)
		case state == "test" && shown == "":
			problems = append(problems, id+" names no test")
		case state != "test" && shown != "":
			problems = append(problems, id+" names a test and comes later")
		}
		for _, name := range tests.unknown(shown) {
			problems = append(problems, id+" names "+name+", which is no test of this tree")
		}
	}
	for _, id := range ids {
		if !seen[id[0]] {
			problems = append(problems, id[0]+" is missing")
		}
	}
	return problems
}

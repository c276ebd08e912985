package housetest

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// asvsFile has each requirement of OWASP ASVS 5.0 that applies to a program like this one, with its
// level: all of Level 2, and those of Level 3 that were taken too.
const asvsFile = "internal/housetest/testdata/asvs-ids.txt"

// level3 is taken too, and counted apart.
const level3 = "3"

func TestASVS_EveryRequirementIsShownOrNamedAsLater(t *testing.T) {
	rows, ids := readList(t, "docs/asvs.csv"), readLines(t, asvsFile)
	for _, problem := range asvsProblems(rows, ids, readTests(t, "."), checksByHand(t)) {
		t.Error(problem)
	}
	counts, of := map[string]int{}, map[bool]int{}
	for _, row := range rows {
		state, _, _ := strings.Cut(row[2], ":")
		of[row[1] == level3]++
		if row[1] == level3 {
			state += " of Level 3"
		}
		counts[state]++
	}
	t.Logf("ASVS 5.0 Level 2: %d of %d shown by test, %d by a written check, %d do not apply here, %d later",
		counts["test"], of[false], counts["check"], counts["n/a"], counts["later"])
	t.Logf("and of Level 3: %d of %d shown by test, %d by a written check, %d later",
		counts["test of Level 3"], of[true], counts["check of Level 3"], counts["later of Level 3"])
}

func TestASVS_SeesAGap(t *testing.T) {
	tests := shownTests{"TestThere": texts{"its_part": true}, "TestElsewhere": texts{"other": true}}
	ids := [][]string{{"1.1.1", "2"}, {"1.1.2", "2"}, {"2.4.2", level3}}
	good := func() [][]string {
		return [][]string{{"1.1.1", "2", "test", "TestThere TestThere/its_part"}, {"1.1.2", "2", "check", "docs/security.md"}, {"2.4.2", level3, "later: room", "what"}}
	}
	if problems := asvsProblems(good(), ids, tests, []string{"1.1.2"}); len(problems) != 0 {
		t.Fatalf("the good list has problems: %q", problems)
	}
	for _, tt := range []struct {
		change func([][]string) [][]string
		want   string
	}{
		{func(rows [][]string) [][]string { return rows[1:] }, "1.1.1 is missing"},
		{func(rows [][]string) [][]string { return append(rows, rows[0]) }, "1.1.1 is there twice"},
		{func(rows [][]string) [][]string { rows[0][0] = "99.9.9"; return rows }, "99.9.9 is not on the list"},
		{func(rows [][]string) [][]string { rows[0][1] = "1"; return rows }, "1.1.1 has the level 1, not 2"},
		{func(rows [][]string) [][]string { rows[0][3] = "TestNowhere"; return rows }, "1.1.1 names TestNowhere, which is no test"},
		{func(rows [][]string) [][]string { rows[0][3] = "TestThere/no_part"; return rows }, "1.1.1 names TestThere/no_part, which is no test"},
		{func(rows [][]string) [][]string { rows[0][3] = "TestThere/other"; return rows }, "1.1.1 names TestThere/other, which is no test"},
		{func(rows [][]string) [][]string { rows[0][2] = "later"; return rows }, "1.1.1 has the state later"},
		{func(rows [][]string) [][]string { rows[0][3] = ""; return rows }, "1.1.1 says nothing"},
		{func(rows [][]string) [][]string { rows[0][2] = "check"; return rows }, "1.1.1 has no check in docs/security.md"},
		{func(rows [][]string) [][]string { rows[1][2], rows[1][3] = "test", "TestThere"; return rows }, "1.1.2 has a check in docs/security.md"},
	} {
		problems := asvsProblems(tt.change(good()), ids, tests, []string{"1.1.2"})
		if !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, tt.want) }) {
			t.Errorf("got %q, want a sentence with %q", problems, tt.want)
		}
	}
}

// asvsState is a state and, for what is not built, the room that will show it.
var asvsState = regexp.MustCompile(`^(test|check|n/a|later: .+)$`)

// asvsProblems holds the list against the ids with their levels, the tests of the tree, and the ids
// of the checks that are written down.
func asvsProblems(rows, ids [][]string, tests shownTests, checks []string) []string {
	var problems []string
	levels, seen := map[string]string{}, map[string]bool{}
	for _, id := range ids {
		levels[id[0]] = id[1]
	}
	for _, row := range rows {
		id, level, state, shown := row[0], row[1], row[2], row[3]
		if seen[id] {
			problems = append(problems, id+" is there twice")
		}
		seen[id] = true
		if levels[id] == "" {
			problems = append(problems, id+" is not on the list")
		} else if levels[id] != level {
			problems = append(problems, id+" has the level "+level+", not "+levels[id])
		}
		if !asvsState.MatchString(state) {
			problems = append(problems, id+" has the state "+state)
		}
		if shown == "" {
			problems = append(problems, id+" says nothing")
		}
		if written := slices.Contains(checks, id); written && state != "check" {
			problems = append(problems, id+" has a check in docs/security.md and the state "+state)
		} else if !written && state == "check" {
			problems = append(problems, id+" has no check in docs/security.md")
		}
		if state != "test" {
			continue
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

var checkRow = regexp.MustCompile(`(?m)^\| ([0-9., ]+) \| .+ \|$`)

// checksByHand is the ids in the table of written checks.
func checksByHand(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(text), "\n## Checks by hand\n")
	if !found {
		t.Fatal("docs/security.md has no checks by hand")
	}
	table, _, _ = strings.Cut(table, "\n## ")
	var ids []string
	for _, row := range checkRow.FindAllStringSubmatch(table, -1) {
		ids = append(ids, strings.FieldsFunc(row[1], func(r rune) bool { return r == ',' || r == ' ' })...)
	}
	return ids
}

package main

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// asvsIDs are the requirements of OWASP ASVS 5.0 Level 2 that apply to a program like this one.
const asvsIDs = `
1.1.1 1.1.2 1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.2.9 1.3.2 1.3.3 1.3.6 1.3.7 1.3.10 1.3.11 1.4.1 1.4.2 1.4.3
1.5.1 1.5.2 2.1.1 2.1.2 2.1.3 2.2.1 2.2.2 2.2.3 2.3.1 2.3.2 2.3.3 2.3.4 2.4.1 3.2.1 3.2.2 3.3.1 3.3.2
3.3.3 3.3.4 3.4.1 3.4.2 3.4.3 3.4.4 3.4.5 3.4.6 3.5.1 3.5.2 3.5.3 3.5.4 3.7.1 3.7.2 4.1.1 4.1.2 4.1.3
4.2.1 5.3.2 5.4.1 5.4.2 6.1.1 6.1.3 6.3.1 6.3.2 6.3.3 6.3.4 6.8.1 6.8.2 6.8.4 7.1.1 7.1.2 7.1.3 7.2.1
7.2.2 7.2.3 7.2.4 7.3.1 7.3.2 7.4.1 7.4.2 7.4.4 7.4.5 7.5.2 7.6.1 7.6.2 8.1.1 8.1.2 8.2.1 8.2.2 8.2.3
8.3.1 8.4.1 9.1.1 9.1.2 9.1.3 9.2.1 9.2.2 9.2.3 9.2.4 10.1.1 10.1.2 10.2.1 10.2.2 10.4.10 10.4.11 10.5.1
10.5.2 10.5.3 10.5.4 10.5.5 11.1.1 11.1.2 11.2.1 11.2.2 11.2.3 11.3.1 11.3.2 11.3.3 11.4.1 11.4.3 11.5.1
11.6.1 12.1.1 12.1.2 12.2.1 12.2.2 12.3.1 12.3.2 12.3.3 12.3.4 13.1.1 13.2.1 13.2.2 13.2.3 13.2.4 13.2.5
13.3.1 13.3.2 13.4.1 13.4.2 13.4.3 13.4.4 13.4.5 14.1.1 14.1.2 14.2.1 14.2.2 14.2.3 14.2.4 14.3.1 14.3.2
14.3.3 15.1.1 15.1.2 15.1.3 15.2.1 15.2.2 15.2.3 15.3.1 15.3.2 15.3.3 15.3.4 15.3.5 15.3.6 15.3.7 16.1.1
16.2.1 16.2.2 16.2.3 16.2.4 16.2.5 16.3.1 16.3.2 16.3.3 16.3.4 16.4.1 16.4.2 16.4.3 16.5.1 16.5.2 16.5.3`

func TestASVS_EveryRequirementIsShownOrNamedAsLater(t *testing.T) {
	file, err := os.Open("docs/asvs.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range asvsProblems(rows[1:], testNames(t)) {
		t.Error(problem)
	}
	counts := map[string]int{}
	for _, row := range rows[1:] {
		state, _, _ := strings.Cut(row[2], ":")
		counts[state]++
	}
	t.Logf("ASVS 5.0 Level 2: %d of %d shown by test, %d by a written check, %d do not apply here, %d later",
		counts["test"], len(strings.Fields(asvsIDs)), counts["check"], counts["n/a"], counts["later"])
}

func TestASVS_SeesAGap(t *testing.T) {
	names := []string{"TestThere"}
	good := func() [][]string {
		var rows [][]string
		for _, id := range strings.Fields(asvsIDs) {
			rows = append(rows, []string{id, "2", "test", "TestThere"})
		}
		return rows
	}
	if problems := asvsProblems(good(), names); len(problems) != 0 {
		t.Fatalf("the good list has problems: %q", problems)
	}
	for _, tt := range []struct {
		change func([][]string) [][]string
		want   string
	}{
		{func(rows [][]string) [][]string { return rows[1:] }, "1.1.1 is missing"},
		{func(rows [][]string) [][]string { return append(rows, rows[0]) }, "1.1.1 is there twice"},
		{func(rows [][]string) [][]string { rows[0][0] = "99.9.9"; return rows }, "99.9.9 is not on the list"},
		{func(rows [][]string) [][]string { rows[0][1] = "3"; return rows }, "1.1.1 has the level 3"},
		{func(rows [][]string) [][]string { rows[0][3] = "TestNowhere"; return rows }, "1.1.1 names TestNowhere, which is no test"},
		{func(rows [][]string) [][]string { rows[0][2] = "later"; return rows }, "1.1.1 has the state later"},
		{func(rows [][]string) [][]string { rows[0][3] = ""; return rows }, "1.1.1 says nothing"},
	} {
		problems := asvsProblems(tt.change(good()), names)
		if !slices.ContainsFunc(problems, func(p string) bool { return strings.Contains(p, tt.want) }) {
			t.Errorf("got %q, want a sentence with %q", problems, tt.want)
		}
	}
}

// asvsState is a state and, for what is not built, the room that will show it.
var asvsState = regexp.MustCompile(`^(test|check|n/a|later: .+)$`)

func asvsProblems(rows [][]string, tests []string) []string {
	var problems []string
	seen := map[string]bool{}
	for _, row := range rows {
		id, level, state, shown := row[0], row[1], row[2], row[3]
		if seen[id] {
			problems = append(problems, id+" is there twice")
		}
		seen[id] = true
		if !slices.Contains(strings.Fields(asvsIDs), id) {
			problems = append(problems, id+" is not on the list")
		}
		if level != "1" && level != "2" {
			problems = append(problems, id+" has the level "+level)
		}
		if !asvsState.MatchString(state) {
			problems = append(problems, id+" has the state "+state)
		}
		if shown == "" {
			problems = append(problems, id+" says nothing")
		}
		for _, name := range strings.Fields(shown) {
			if state == "test" && !slices.Contains(tests, name) {
				problems = append(problems, id+" names "+name+", which is no test of this tree")
			}
		}
	}
	for _, id := range strings.Fields(asvsIDs) {
		if !seen[id] {
			problems = append(problems, id+" is missing")
		}
	}
	return problems
}

// testNames is every test of the tree.
func testNames(t *testing.T) []string {
	t.Helper()
	function := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	var names []string
	for _, pattern := range []string{"*_test.go", "*/*_test.go", "*/*/*_test.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			source, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range function.FindAllSubmatch(source, -1) {
				names = append(names, string(found[1]))
			}
		}
	}
	return names
}

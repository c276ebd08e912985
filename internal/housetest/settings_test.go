package housetest

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"intake/internal/config"
)

func TestSettings_TheREADMETellsEachWithItsDefault(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range settingProblems(string(readme), reflect.TypeFor[config.Config]()) {
		t.Error(problem)
	}
}

func TestSettings_SeesAGap(t *testing.T) {
	type one struct {
		Brand string `env:"INTAKE_BRAND" envDefault:"Clear"`
	}
	const right = "| Setting | Default | What |\n|---|---|---|\n| `INTAKE_BRAND`, or `INTAKE_BRAND_FILE` | `Clear` | who we are |\n"
	for name, tt := range map[string]struct{ readme, want string }{
		"right":         {right, ""},
		"no row":        {"", "README.md does not tell INTAKE_BRAND"},
		"other default": {strings.Replace(right, "`Clear`", "`Dark`", 1), "README.md has another default of INTAKE_BRAND than `Clear`"},
		"too many":      {right + "| `INTAKE_GONE` | none | nothing |\n", "README.md tells INTAKE_GONE, which is no setting"},
		"twice":         {right + "| `INTAKE_BRAND` | `Clear` | again |\n", "README.md tells INTAKE_BRAND twice"},
	} {
		if got := strings.Join(settingProblems(tt.readme, reflect.TypeFor[one]()), "; "); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

var (
	settingRow  = regexp.MustCompile("(?m)^\\| (`(?:INTAKE|ALLEVIATE|SIMULATOR)_[^|]*) \\| ([^|]*) \\|")
	settingName = regexp.MustCompile("`([A-Z_]+)`")
)

// settingProblems holds the table of settings against the fields of the configuration.
func settingProblems(readme string, fields reflect.Type) (problems []string) {
	defaults := map[string]string{} // the column, by name
	for _, row := range settingRow.FindAllStringSubmatch(readme, -1) {
		for _, name := range settingName.FindAllStringSubmatch(row[1], -1) {
			if _, twice := defaults[name[1]]; twice {
				problems = append(problems, "README.md tells "+name[1]+" twice")
			}
			defaults[name[1]] = row[2]
		}
	}
	known := map[string]bool{}
	for field := range fields.Fields() {
		name, value := field.Tag.Get("env"), field.Tag.Get("envDefault")
		known[name], known[name+"_FILE"] = true, true
		column, told := defaults[name]
		if !told {
			problems = append(problems, "README.md does not tell "+name)
		} else if value != "" && !strings.Contains(column, "`"+value+"`") {
			problems = append(problems, "README.md has another default of "+name+" than `"+value+"`")
		}
	}
	for name := range defaults {
		if !known[name] {
			problems = append(problems, "README.md tells "+name+", which is no setting")
		}
	}
	slices.Sort(problems)
	return problems
}

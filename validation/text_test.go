package validation

import (
	"strings"
	"testing"
)

func TestParse_Names(t *testing.T) {
	const empty, long = "Enter your first name", "First name must be 50 characters or fewer"
	const unusable = "First name has a character that cannot be used. Please type it again"
	checkRows(t, "firstName", consumer(), []row{
		{"Ana", "Ana", ""},
		{"Ana ", "Ana", ""},
		{" Ana", "Ana", ""},
		{"J", "J", ""},
		{"李", "李", ""},
		{"José", "José", ""},
		{"Jose\u0301", "José", ""},
		{"Nuñez-Smith", "Nuñez-Smith", ""},
		{"O'Brien", "O'Brien", ""},
		{"O\u2019Brien", "O\u2019Brien", ""},
		{"Anne-Marie", "Anne-Marie", ""},
		{"  Anne \t", "", unusable},
		{"  Mary   Ann ", "Mary Ann", ""},
		{"Mary\u00a0\u2003Ann", "Mary Ann", ""},
		{"Mary\u2028Ann", "Mary Ann", ""},
		{"de la Cruz", "de la Cruz", ""},
		{"maria", "maria", ""}, // capitals are the desk's affair
		{"MARIA", "MARIA", ""},
		{"Дарья", "Дарья", ""},
		{"محمد", "محمد", ""},
		{"R2D2", "R2D2", ""}, // a warning at most
		{"<b>x</b>", "<b>x</b>", ""},
		{"'; DROP TABLE lead; --", "'; DROP TABLE lead; --", ""},
		{"{{.}}", "{{.}}", ""},
		{strings.Repeat("é", 50), strings.Repeat("é", 50), ""},
		{strings.Repeat("e\u0301", 50), strings.Repeat("é", 50), ""},
		{strings.Repeat("李", 50), strings.Repeat("李", 50), ""},
		{"  " + strings.Repeat("a", 50) + "  ", strings.Repeat("a", 50), ""},
		{strings.Repeat("a", 51), "", long},
		{strings.Repeat("李", 51), "", long},
		{strings.Repeat("a", 1<<20), "", long},
		{"", "", empty},
		{" \u00a0\u3000 ", "", empty},
		{"A\x00na", "", unusable},
		{"A\nna", "", unusable},
		{"A\x1bna", "", unusable},
		{"A\u0085na", "", unusable},
		{"A\u200bna", "", unusable}, // zero width space
		{"A\u202ena", "", unusable}, // right-to-left override
		{"\ufeffAna", "", unusable}, // byte order mark
		{"A\u00adna", "", unusable}, // soft hyphen
		{"\ue000", "", unusable},    // private use
		{"\u0378", "", unusable},    // unassigned
		{"\ufdd0", "", unusable},    // not a character
		{"\U000e0041", "", unusable},
		{"\u3164", "", unusable},                           // a filler that shows nothing
		{"a" + strings.Repeat("\u0301", 40), "", unusable}, // a tower of accents
		{"A\xffna", "", unusable},
		{"\xed\xa0\x80", "", unusable}, // half a surrogate pair
		{"\xc0\xaf", "", unusable},     // an overlong slash
	})
}

func TestParse_TheDeskCapitalizesNamesAndStreetsTypedInOneCase(t *testing.T) {
	checkRows(t, "lastName", desk(), []row{
		{"smith", "Smith", ""},
		{"SMITH", "Smith", ""},
		{"McDonald", "McDonald", ""},
		{"de la Cruz", "de la Cruz", ""},
		{"maria de la cruz", "Maria De La Cruz", ""},
		{"o'brien", "O'Brien", ""},
		{"o\u2019brien", "O\u2019Brien", ""},
		{"anne-marie", "Anne-Marie", ""},
		{"ÑUÑEZ", "Ñuñez", ""},
		{"j", "J", ""},
		{"李", "李", ""},
		{"", "", "Enter your last name"},
	})
	checkRows(t, "city", desk(), []row{{"san antonio", "San Antonio", ""}, {"LOS ANGELES", "Los Angeles", ""}})
	checkRows(t, "address1", desk(), []row{{"4120 bluebonnet ln", "4120 Bluebonnet Ln", ""}, {"4120 McDonald ln", "4120 McDonald ln", ""}})
	checkRows(t, "employerName", desk(), []row{{"iBakery", "iBakery", ""}, {"ibm", "ibm", ""}})
	checkRows(t, "city", consumer(), []row{{"austin", "austin", ""}})
}

func TestParse_States(t *testing.T) {
	const says = "Choose your state"
	checkRows(t, "state", consumer(), []row{
		{"TX", "TX", ""},
		{"tx", "TX", ""},
		{" Tx ", "TX", ""},
		{"T.X.", "TX", ""},
		{"Texas", "TX", ""},
		{"TEXAS", "TX", ""},
		{"new york", "NY", ""},
		{"New  York", "NY", ""},
		{"Nueva York", "NY", ""},
		{"nuevo mexico", "NM", ""},
		{"Nuevo México", "NM", ""},
		{"Carolina del Norte", "NC", ""},
		{"Pensilvania", "PA", ""},
		{"Michigan", "MI", ""},
		{"Míchigan", "MI", ""},
		{"Hawai\u02bbi", "HI", ""},
		{"Washington", "WA", ""},
		{"Washington, D.C.", "DC", ""},
		{"District of Columbia", "DC", ""},
		{"D.C.", "DC", ""},
		{"Puerto Rico", "PR", ""},
		{"gu", "GU", ""},
		{"Virgin Islands", "VI", ""},
		{"U.S. Virgin Islands", "VI", ""},
		{"Islas Vírgenes", "VI", ""},
		{"American Samoa", "AS", ""},
		{"MP", "MP", ""},
		{"AA", "AA", ""},
		{"AE", "AE", ""},
		{"Armed Forces Pacific", "AP", ""},
		{"", "", says},
		{"XX", "", says},
		{"FM", "", says},
		{"ON", "", says},
		{"Ontario", "", says},
		{"T X", "", says},
		{"48", "", says},
		{"Tex", "", says},
		{"TX TX", "", says},
	})
}

func TestParse_Choices(t *testing.T) {
	const says = "Choose one of the options"
	checkRows(t, "loanPurposeId", consumer(), []row{
		{"", "", ""}, {"1", "1", ""}, {"18", "18", ""}, {" 2 ", "2", ""},
		{"0", "", says}, {"19", "", says}, {"01", "", says}, {"-1", "", says}, {"1 2", "", says}, {"Taxes", "", says},
		{strings.Repeat("1", 41), "", says},
	})
	checkRows(t, "coApplicant", consumer(), []row{
		{"", "", ""}, {"true", "true", ""}, {"false", "false", ""}, {"1", "", says}, {"TRUE", "", says}, {"maybe", "", says},
	})
}

func TestParse_LimitsTheLengthOfTexts(t *testing.T) {
	for field, says := range map[string]string{
		"address1":     "Street address must be 200 characters or fewer",
		"address2":     "Apartment or unit must be 200 characters or fewer",
		"city":         "City must be 200 characters or fewer",
		"employerName": "Employer must be 200 characters or fewer",
	} {
		checkRows(t, field, consumer(), []row{
			{"123 ½ Calle 5 #4-B", "123 ½ Calle 5 #4-B", ""},
			{strings.Repeat("李", 200), strings.Repeat("李", 200), ""},
			{strings.Repeat("a", 201), "", says},
			{strings.Repeat("a", 1<<16), "", says},
		})
	}
}

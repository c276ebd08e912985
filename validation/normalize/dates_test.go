package normalize

import (
	"strings"
	"testing"
)

func TestMonth_ReadsBothLanguages(t *testing.T) {
	for i, names := range []string{
		"1 01 jan jan. January JANUARY janu ene ene. enero Enero ENERO énero",
		"2 02 feb Feb. february febrero FEBRERO febr",
		"3 03 mar Mar. March marzo MARZO márzo",
		"4 04 apr Apr. april abr abr. abril Abríl",
		"5 05 may May mayo MAYO may.",
		"6 06 jun Jun. june junio",
		"7 07 jul July julio JUL.",
		"8 08 aug Aug. august ago ago. agosto Agosto",
		"9 09 sep Sep. sept Sept. september septiembre setiembre Set. sét",
		"10 oct Oct. october octubre OCTUBRE",
		"11 nov Nov. november noviembre",
		"12 dec Dec. december dic dic. diciembre Diciémbre",
	} {
		for _, name := range strings.Fields(names) {
			if got := Month(name); got != i+1 {
				t.Errorf("%s is month %d, want %d", name, got, i+1)
			}
		}
	}
	for _, name := range strings.Fields("j ja ma ju se 0 00 003 3.5 janvier março marchy septembre mes x .") {
		if got := Month(name); got != 0 {
			t.Errorf("%s is month %d", name, got)
		}
	}
}

package lead

import (
	"reflect"
	"strings"
	"testing"
)

func TestDraftForm_IsReadAsItWasWritten(t *testing.T) {
	for story, form := range map[string]DraftForm{
		"empty":      {Boxes: Boxes{}},
		"boxes":      {Boxes: Boxes{"firstName": "Zoë & <b>", "city": "", "a=b&c": "=&%41+ "}},
		"not UTF-8":  {Boxes: Boxes{"firstName": "\xff\x00\xc3"}},
		"everything": {Boxes: Boxes{"city": "Austin"}, Passed: []int{1, 3}, Restarted: true, Trapped: true, SSNGiven: true, SSNGone: true},
	} {
		var first, again Draft
		first.SetForm(form)
		again.SetForm(first.Form())
		if got := again.Form(); !reflect.DeepEqual(got, form) || !first.Typed.Equal(again.Typed) {
			t.Errorf("%s: got %+v, want %+v, in the same bytes", story, got, form)
		}
	}
}

func TestDraftForm_ThatCannotBeReadIsEmpty(t *testing.T) {
	for _, typed := range []string{"", "null", "firstName=Maria&.passed=12", `{"passed":["1"]}`, `{"boxes":"%zz","trapped":true}`} {
		if got := (Draft{Typed: Keep(typed)}).Form(); !reflect.DeepEqual(got, DraftForm{Boxes: Boxes{}}) {
			t.Errorf("%q is read as %+v", typed, got)
		}
	}
}

func TestDraftForm_RemembersEachPassedStepOnce(t *testing.T) {
	var form DraftForm
	for _, step := range []int{3, 1, 3, 4, 1} {
		form.Pass(step)
	}
	if !reflect.DeepEqual(form.Passed, []int{1, 3, 4}) || !form.HasPassed(3) || form.HasPassed(2) {
		t.Errorf("the passed steps are %v", form.Passed)
	}
}

// The store may make a change twice, each time from what it has read.
func TestDraftForm_ACopyPassesAStepForItselfAlone(t *testing.T) {
	form := DraftForm{Passed: append(make([]int, 0, 8), 1, 4)}
	copied := form
	copied.Pass(2)
	copied.Pass(3)
	if form.HasPassed(2) || !reflect.DeepEqual(form.Passed, []int{1, 4}) {
		t.Errorf("the first form has passed %v", form.Passed)
	}
}

func FuzzDraftForm(f *testing.F) {
	f.Add("firstName", "Maria", 2)
	f.Add("", "\xff&=", -1)
	f.Fuzz(func(t *testing.T, box, text string, step int) {
		var d Draft
		form := DraftForm{Boxes: Boxes{box: text}}
		form.Pass(step)
		d.SetForm(form)
		if got := d.Form(); !reflect.DeepEqual(got, form) {
			t.Errorf("got %+v, want %+v", got, form)
		}
		if strings.Contains(d.Typed.Reveal(), "\n") {
			t.Error("a form has more than one line")
		}
	})
}

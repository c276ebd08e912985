package alleviate_test

import (
	"encoding/json"
	"testing"

	"intake/alleviate"
)

func TestPrivate_IsReadFromJSON(t *testing.T) {
	var got struct {
		Zero, None, Absent alleviate.Private[int]
	}
	if err := json.Unmarshal([]byte(`{"Zero":0,"None":null}`), &got); err != nil {
		t.Fatal(err)
	}
	if !got.Zero.Given() || got.None.Given() || got.Absent.Given() {
		t.Errorf("given: %v %v %v, want only the zero", got.Zero.Given(), got.None.Given(), got.Absent.Given())
	}
	err := json.Unmarshal([]byte(`{"Zero":"`+ssnCanary+`"}`), &got)
	if err == nil {
		t.Fatal("text is taken for a number")
	}
	noCanary(t, err)
}

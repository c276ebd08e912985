package db

import "testing"

func TestUnnumbered(t *testing.T) {
	for _, tt := range []struct{ story, text, want string }{
		{"each once and in order", "insert into t values ($1, $2)", "insert into t values (?, ?)"},
		{"ten is not one and a nought", "a $1 $2 $3 $4 $5 $6 $7 $8 $9 $10", "a ? ? ? ? ? ? ? ? ? ?"},
		{"one twice", "values (1, $1, $1)", "values (1, $1, $1)"},
		{"out of order", "where a = $2 and b = $1", "where a = $2 and b = $1"},
		{"starts late", "where a = $2", "where a = $2"},
		{"ten where one belongs", "where a = $10", "where a = $10"},
		{"none", "select 1", "select 1"},
	} {
		if got := withPlainParameters(tt.text); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.story, got, tt.want)
		}
	}
}

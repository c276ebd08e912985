package email

import "testing"

func TestComplete_TakesTheFirstCommonHost(t *testing.T) {
	for typed, want := range map[string]string{
		"maria@g":         "maria@gmail.com",
		"maria@G":         "maria@gmail.com",
		"maria@gmail":     "maria@gmail.com",
		"maria@gmail.c":   "maria@gmail.com",
		"maria@y":         "maria@yahoo.com",
		"maria@yahoo.e":   "maria@yahoo.es",
		"maria@ym":        "maria@ymail.com",
		"maria@h":         "maria@hotmail.com",
		"maria@hotmail.e": "maria@hotmail.es",
		"maria@o":         "maria@outlook.com",
		"maria@i":         "maria@icloud.com",
		"maria@a":         "maria@aol.com",
		"maria@at":        "maria@att.net",
		"maria@c":         "maria@comcast.net",
		"maria@m":         "maria@msn.com",
		"maria@me":        "maria@me.com",
		"maria@s":         "maria@sbcglobal.net",
		"a@b@g":           "a@b@gmail.com",
		"maria@":          "",
		"maria":           "",
		"@g":              "",
		"":                "",
		"maria@gmail.com": "",
		"maria@me.com":    "",
		"maria@gmial":     "",
		"maria@bakery.co": "",
	} {
		if got := Complete(typed); got != want {
			t.Errorf("%q is completed to %q, want %q", typed, got, want)
		}
	}
}

func TestHosts_AreNeverQuestioned(t *testing.T) {
	seen := map[string]bool{}
	for _, host := range Hosts() {
		if Suggest(host) != "" || seen[host] {
			t.Errorf("%s is there twice, or is taken for a typing error", host)
		}
		seen[host] = true
	}
}

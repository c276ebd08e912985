package handlers

import (
	"errors"
	"strings"
	"testing"
)

func TestOptOut_TakesANumberOrAnAddress(t *testing.T) {
	for _, tt := range []struct{ typed, phone, email string }{
		{"(512) 555-0148", "5125550148", ""},
		{"+1 512.555.0148", "5125550148", ""},
		{" 5125550148 ", "5125550148", ""},
		{"maria@Example.COM", "", "maria@example.com"},
		{"sandbox+qualified-1015@test.alleviate.com", "", "sandbox+qualified-1015@test.alleviate.com"},
	} {
		for prefix, language := range map[string]string{"": "en", "/es": "es"} {
			d := openDoor(t)
			v := d.visit(t)
			v.header.Set("User-Agent", "Phone\x1b")
			v.open(prefix+"/opt-out").send("contact", tt.typed).at(prefix+"/opt-out/done", 200).seesNot("5125550148", "maria", `name="contact"`)
			if len(d.shelf.optOuts) != 1 {
				t.Fatalf("%q: %d opt-outs are written down", tt.typed, len(d.shelf.optOuts))
			}
			said := d.shelf.optOuts[0]
			if said.Phone.Reveal() != tt.phone || said.Email.Reveal() != tt.email || said.Channel != "web" || said.Language != language ||
				!said.At.Equal(noon) || said.ClientIP.Reveal() != "192.0.2.1" || said.UserAgent.Reveal() != "Phone" {
				t.Errorf("%q is written down as %q %q %s %s", tt.typed, said.Phone.Reveal(), said.Email.Reveal(), said.Channel, said.Language)
			}
			if strings.Contains(d.log.String(), "5550148") || strings.Contains(d.log.String(), "maria") {
				t.Error("the log tells who")
			}
		}
	}
}

func TestOptOut_WhatIsNeitherIsKeptAndExplained(t *testing.T) {
	for _, typed := range []string{"", "12", "maria", "maria@", "@", "stop calling me", "512 555 0148 and 512 555 0149", "<b>@example.com\"", "a@b@c", "\xff"} {
		d := openDoor(t)
		v := d.visit(t).open("/es/opt-out").send("contact", typed)
		v.at("/es/opt-out", 422).sees("<title>Error: ", `href="#contact"`).seesNot("<b>")
		if typed != "\xff" {
			v.value("contact", typed)
		}
		if len(d.shelf.optOuts) > 0 {
			t.Errorf("%q is written down", typed)
		}
	}
}

func TestOptOut_NobodyIsLeftInTheBeliefThatItIsDone(t *testing.T) {
	for prefix, words := range map[string][]string{
		"":    {"NOT recorded", "(512) 555-0100"},
		"/es": {"NO quedó registrada", "(512) 555-0100"},
	} {
		d := openDoor(t)
		d.shelf.fail = errors.New("disk canary-7319 full")
		v := d.visit(t).open(prefix+"/opt-out").send("contact", "5125550148").at(prefix+"/opt-out", 503).sees(words...).seesNot("canary").value("contact", "5125550148")
		if v.page.Header().Get("Retry-After") == "" || !strings.Contains(d.log.String(), "canary-7319") || strings.Contains(d.log.String(), "5125550148") {
			t.Error("no time to wait is told, or the log does not tell the cause alone")
		}
		d.shelf.fail = nil
		v.send("contact", "5125550148").at(prefix+"/opt-out/done", 200)
	}
}

func TestOptOut_TheAnswerIsTheSameForEverybody(t *testing.T) {
	d := openDoor(t)
	d.post(filled())
	known := d.visit(t).open("/opt-out").send("contact", "5125550148").page.Body.String()
	stranger := d.visit(t).open("/opt-out").send("contact", "nobody@example.com").page.Body.String()
	if known != stranger {
		t.Error("the answer tells whether we know the person")
	}
}

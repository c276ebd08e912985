package optout_test

import (
	"errors"
	"strings"
	"testing"

	"intake/handlers/handlerstest"
)

func TestOptOut_AcceptsANumberOrAnAddress(t *testing.T) {
	for _, tt := range []struct{ typed, phone, email string }{
		{"(512) 555-0148", "5125550148", ""},
		{"+1 512.555.0148", "5125550148", ""},
		{" 5125550148 ", "5125550148", ""},
		{"maria@Example.COM", "", "maria@example.com"},
		{"sandbox+qualified-1015@test.alleviate.com", "", "sandbox+qualified-1015@test.alleviate.com"},
	} {
		for prefix, language := range map[string]string{"": "en", "/es": "es"} {
			app := handlerstest.New(t)
			v := app.Visit(t)
			v.Header.Set("User-Agent", "Phone\x1b")
			v.Open(prefix+"/opt-out").Send("contact", tt.typed).IsAt(prefix+"/opt-out/done", 200).SeesNot("5125550148", "maria", `name="contact"`)
			if len(app.Store.OptOuts) != 1 {
				t.Fatalf("%q: %d opt-outs are written down", tt.typed, len(app.Store.OptOuts))
			}
			said := app.Store.OptOuts[0]
			if said.Phone.Reveal() != tt.phone || said.Email.Reveal() != tt.email || said.Channel != "web" || said.Language != language ||
				!said.At.Equal(handlerstest.Noon) || said.ClientIP.Reveal() != "192.0.2.1" || said.UserAgent.Reveal() != "Phone" {
				t.Errorf("%q is written down as %q %q %s %s", tt.typed, said.Phone.Reveal(), said.Email.Reveal(), said.Channel, said.Language)
			}
			if strings.Contains(app.Logged.String(), "5550148") || strings.Contains(app.Logged.String(), "maria") {
				t.Error("the log says who")
			}
		}
	}
}

func TestOptOut_AnInvalidContactIsShownAgainAndExplained(t *testing.T) {
	for _, typed := range []string{"", "12", "maria", "maria@", "@", "stop calling me", "512 555 0148 and 512 555 0149", "<b>@example.com\"", "a@b@c", "\xff"} {
		app := handlerstest.New(t)
		v := app.Visit(t).Open("/es/opt-out").Send("contact", typed)
		v.IsAt("/es/opt-out", 422).Sees("<title>Error: ", `href="#contact"`).SeesNot("<b>")
		if typed != "\xff" {
			v.HasValue("contact", typed)
		}
		if len(app.Store.OptOuts) > 0 {
			t.Errorf("%q is written down", typed)
		}
	}
}

func TestOptOut_SaysClearlyWhenItIsNotRecorded(t *testing.T) {
	for prefix, words := range map[string][]string{
		"":    {"could NOT save your opt-out", "(512) 555-0100"},
		"/es": {"NO pudimos guardar su petición", "(512) 555-0100"},
	} {
		app := handlerstest.New(t)
		app.Store.Fail = errors.New("disk canary-7319 full")
		v := app.Visit(t).Open(prefix+"/opt-out").Send("contact", "5125550148").IsAt(prefix+"/opt-out", 503).Sees(words...).SeesNot("canary").HasValue("contact", "5125550148")
		if v.Page.Header().Get("Retry-After") == "" || !strings.Contains(app.Logged.String(), "canary-7319") || strings.Contains(app.Logged.String(), "5125550148") {
			t.Error("there is no Retry-After, or the log does not hold the cause alone")
		}
		app.Store.Fail = nil
		v.Send("contact", "5125550148").IsAt(prefix+"/opt-out/done", 200)
	}
}

func TestOptOut_TheAnswerIsTheSameForEverybody(t *testing.T) {
	app := handlerstest.New(t)
	app.Submit(handlerstest.Filled())
	known := app.Visit(t).Open("/opt-out").Send("contact", "5125550148").Page.Body.String()
	stranger := app.Visit(t).Open("/opt-out").Send("contact", "nobody@example.com").Page.Body.String()
	if known != stranger {
		t.Error("the answer shows whether we know the person")
	}
}

func TestOptOut_TheOtherLanguageKeepsWhatIsTyped(t *testing.T) {
	app := handlerstest.New(t)
	v := app.Visit(t).Open("/opt-out").Send("contact", "512 555 0148", "language", "es").IsAt("/opt-out", 200).
		HasValue("contact", "512 555 0148").Sees(`<html lang="es">`, `aria-describedby="contact-hint"`)
	if len(app.Store.OptOuts) != 0 {
		t.Error("who switches the language has opted out")
	}
	v.Send("contact", "512 555 0148").IsAt("/es/opt-out/done", 200)
	if len(app.Store.OptOuts) != 1 || app.Store.OptOuts[0].Language != "es" {
		t.Errorf("%d opt-outs are written down", len(app.Store.OptOuts))
	}
	v.Open("/es/opt-out").Send("contact", "x", "language", "en").IsAt("/es/opt-out", 200).HasValue("contact", "x").Sees(`<html lang="en">`).
		Send("contact", "x").Sees(`aria-describedby="contact-hint contact-error"`)
}

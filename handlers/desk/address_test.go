package desk_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"intake/handlers"
	"intake/handlers/handlerstest"
	"intake/internal/lead"
)

// textsIn are all texts in a value, also those that are kept private, by where they are.
func textsIn(v reflect.Value, at string, found map[string]string) {
	if reveal := v.MethodByName("Reveal"); reveal.IsValid() {
		textsIn(reveal.Call(nil)[0], at, found)
		return
	}
	switch v.Kind() {
	case reflect.String:
		found[at] = v.String()
	case reflect.Slice:
		for i := range v.Len() {
			textsIn(v.Index(i), at, found)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				textsIn(v.Field(i), at+"."+v.Type().Field(i).Name, found)
			}
		}
	}
}

func TestTextsIn_SeesWhatIsPrivate(t *testing.T) {
	found := map[string]string{}
	l := lead.Lead{Permission: lead.Permission{ClientIP: lead.Keep("203.0.113.9")}, Agent: lead.Agent{Name: "Dana"}}
	l.Applicant.FirstName = lead.Keep("Maria")
	textsIn(reflect.ValueOf(l), "lead", found)
	if found["lead.Permission.ClientIP"] != "203.0.113.9" || found["lead.Agent.Name"] != "Dana" || found["lead.Applicant.FirstName"] != "Maria" {
		t.Errorf("found %v", found)
	}
}

// TestSend_NothingOfTheAgentsBrowserIsInTheLeadOrItsRecord looks at all that Save and CompleteConsent receive: the browser is
// not the caller's, so neither its address nor its name is evidence of anything.
func TestSend_NothingOfTheAgentsBrowserIsInTheLeadOrItsRecord(t *testing.T) {
	const direct, forwarded, browser = "198.51.100.7", "203.0.113.9", "AgentsBrowser/7.0"
	for _, proxies := range [][]netip.Prefix{nil, {netip.MustParsePrefix("198.51.100.0/24")}} {
		app := handlerstest.New(t, handlerstest.WithDesk(normal), func(c *handlers.Config) { c.Proxies = proxies })
		v := app.VisitAs(t, handlerstest.Dana).Open("/desk")
		for story, typed := range map[string][]string{"completed": agreed, "waiting": nil} {
			form := v.Open("/desk").Form(both(mariaTyped, typed)...)
			sent := []url.Values{form}
			if story == "completed" {
				first := url.Values{}
				for key := range form {
					first.Set(key, form.Get(key))
				}
				first.Del("line-credit") // the second one completes the consent
				sent = []url.Values{first, form}
			}
			for _, form := range sent {
				r := handlerstest.Request(http.MethodPost, "/desk", form.Encode())
				r.RemoteAddr = direct + ":4711"
				r.Header.Set("X-Forwarded-For", forwarded)
				r.Header.Set("User-Agent", browser)
				r.Header.Set("Referer", "http://localhost:8080/desk")
				if got := v.Exchange(r); got.Code != http.StatusSeeOther {
					t.Fatalf("%s: answered %d", story, got.Code)
				}
			}
		}
		found := map[string]string{}
		for key, l := range app.Store.Leads {
			textsIn(reflect.ValueOf(l), "lead", found)
			textsIn(reflect.ValueOf(app.Store.Records[key]), "record", found)
			for at, text := range found {
				for _, never := range []string{direct, forwarded, browser, "4711", "localhost"} {
					if strings.Contains(text, never) {
						t.Errorf("%s is %q", at, text)
					}
				}
			}
		}
		if len(app.Store.Leads) != 2 || found["lead.Applicant.FirstName"] != "Maria" {
			t.Errorf("%d leads, with %d texts", len(app.Store.Leads), len(found))
		}
	}
}

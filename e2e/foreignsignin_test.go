//go:build foreign

package e2e

import (
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	pw "github.com/mxschmitt/playwright-go"
	"golang.org/x/oauth2"
)

// foreignProvider is oidc-provider from npm, an identity provider that others wrote.
type foreignProvider struct {
	*process
	Issuer, Other    string // Other is a second provider with the same clients and people
	ClientID, Secret string
	Orders           string // where to say what it does wrong
}

// signsInElsewhere starts a program whose staff sign in at a foreign provider. change may replace its settings.
func signsInElsewhere(t *testing.T, change func(f *foreignProvider) (settings []string)) (*program, *foreignProvider) {
	t.Helper()
	p := newProgram(t)
	script, err := filepath.Abs("foreign/signin.mjs")
	must(t, err)
	f := &foreignProvider{process: newProcess(t, []string{script, p.url + "/sign-in/callback"})}
	f.command = []string{tool(t, "node")}
	f.start()
	await(t, "the foreign provider tells its addresses", func() bool {
		if !f.runs() {
			t.Fatalf("it ended; make foreign installs what it needs:\n%s", f.out.String())
		}
		for line := range strings.Lines(f.out.String()) {
			if strings.HasPrefix(line, "{") && strings.HasSuffix(line, "}\n") {
				must(t, json.Unmarshal([]byte(line), f))
			}
		}
		return f.Issuer != ""
	})
	p.settings = append(p.settings, "INTAKE_OIDC_ISSUER="+f.Issuer, "INTAKE_OIDC_CLIENT_ID="+f.ClientID, "INTAKE_OIDC_CLIENT_SECRET="+f.Secret)
	if change != nil {
		p.settings = append(p.settings, change(f)...)
	}
	p.start()
	return p, f
}

// order says what the provider does wrong from now on.
func (f *foreignProvider) order(wrong string) {
	f.t.Helper()
	answer, err := http.Post(f.Orders, "application/json", strings.NewReader(wrong))
	must(f.t, err)
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		f.t.Fatalf("the order %s is answered %d", wrong, answer.StatusCode)
	}
}

// TestForeign_AnAgentSignsInAtAProviderThatIsNotOurs goes through the pages of both in Chromium.
func TestForeign_AnAgentSignsInAtAProviderThatIsNotOurs(t *testing.T) {
	p, f := signsInElsewhere(t, nil)
	v := p.visitedBy(t, atDesk)
	v.allow(strings.TrimPrefix(f.Issuer, "http://"), "fonts.googleapis.com", "net::ERR_FAILED")
	must(t, v.Route("https://fonts.googleapis.com/**", func(r pw.Route) { _ = r.Abort() })) // its page asks for a font
	signIn := func(path, login string) {
		v.open(path)
		must(t, v.Locator("#begin").Click())
		must(t, v.Locator("[name=login]").Fill(login))
		must(t, v.Locator("[name=password]").Fill("any"))
		must(t, v.Locator("[type=submit]").Click())
		must(t, v.Locator("[name=prompt][value=consent] ~ [type=submit]").Click())
	}
	signIn("/desk", "dana")
	v.at("/desk")
	if who := ask[string](v, `document.querySelector('.person').textContent`); who != "Dana Elsewhere" {
		t.Errorf("%q is signed in", who)
	}
	if rooms := ask[string](v, `[...document.querySelectorAll('nav[aria-label=Rooms] a')].map(e => e.getAttribute('href')).join(' ')`); rooms != "/desk" {
		t.Errorf("an agent is offered %q", rooms)
	}
	v.expect(403)
	v.open("/desk/team")
	v.sees("Your role does not open this page")

	must(t, v.Context().ClearCookies())
	signIn("/sign-in", "nico")
	v.at("/sign-in/you")
	v.sees("nobody has given you a role here yet")
}

// comer signs in by following the provider's forms.
type comer struct {
	*http.Client
	program *program
}

func (p *program) comer() comer {
	jar, err := cookiejar.New(nil)
	must(p.t, err)
	back := func(r *http.Request, _ []*http.Request) error {
		if strings.HasPrefix(r.URL.String(), p.url) {
			return http.ErrUseLastResponse
		}
		return nil
	}
	return comer{&http.Client{Jar: jar, CheckRedirect: back}, p}
}

// at is an address of the program.
func (p *program) at(t *testing.T, path string) *url.URL {
	t.Helper()
	u, err := url.Parse(p.url + path)
	must(t, err)
	return u
}

// begin starts a sign-in, and returns the request with which the program sends people to the provider.
func (c comer) begin() *url.URL {
	c.program.t.Helper()
	r, err := http.NewRequest(http.MethodGet, c.program.url+"/sign-in/begin?to=/desk", nil)
	must(c.program.t, err)
	answer, err := (&http.Client{Jar: c.Jar, CheckRedirect: client.CheckRedirect}).Do(r)
	must(c.program.t, err)
	answer.Body.Close()
	to, err := answer.Location()
	must(c.program.t, err)
	return to
}

var (
	formAction = regexp.MustCompile(`<form[^>]* action="([^"]*)"`)
	promptOf   = regexp.MustCompile(`name="prompt" value="([^"]*)"`)
	cancelLink = regexp.MustCompile(`<a href="([^"]*)">\[ Cancel \]`)
)

// comesBack goes through the provider's pages from the request on, and returns where it sends the browser.
func (c comer) comesBack(request *url.URL, cancels bool) *url.URL {
	t := c.program.t
	t.Helper()
	answer, err := c.Get(request.String())
	for range 4 {
		must(t, err)
		body, read := io.ReadAll(answer.Body)
		answer.Body.Close()
		must(t, read)
		if answer.StatusCode == http.StatusSeeOther || answer.StatusCode == http.StatusFound {
			to, err := answer.Location()
			must(t, err)
			return to
		}
		form, prompt, cancel := formAction.FindSubmatch(body), promptOf.FindSubmatch(body), cancelLink.FindSubmatch(body)
		if answer.StatusCode != http.StatusOK || form == nil || prompt == nil || cancel == nil {
			t.Fatalf("the provider answers %d without a form: %s", answer.StatusCode, body)
		}
		if cancels {
			answer, err = c.Get(html.UnescapeString(string(cancel[1])))
		} else {
			answer, err = c.PostForm(html.UnescapeString(string(form[1])), url.Values{"prompt": {string(prompt[1])}, "login": {"dana"}, "password": {"any"}})
		}
	}
	t.Fatal("the provider has one page after the other")
	return nil
}

// finish brings the answer of the provider to the program.
func (c comer) finish(answer *url.URL) response {
	c.program.t.Helper()
	got, err := c.Get(answer.String())
	must(c.program.t, err)
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	must(c.program.t, err)
	return response{got.StatusCode, got.Header, string(body)}
}

// TestForeign_AWrongAnswerIsRefusedInWords makes the provider answer another request, or wrongly. Signatures, algorithms,
// tenants and missing claims it cannot be made to get wrong: TestProvider_RefusesAWrongToken and its neighbors have these.
func TestForeign_AWrongAnswerIsRefusedInWords(t *testing.T) {
	p, f := signsInElsewhere(t, nil)
	set := func(key, value string) func(url.Values) { return func(q url.Values) { q.Set(key, value) } }
	for _, tt := range []struct {
		story         string
		asks          func(url.Values) // changes what the provider is asked
		other         bool             // the other provider is asked
		wrong         string           // order to the provider before the code is redeemed
		cancels       bool
		words, reason string
	}{
		{"the nonce of another sign-in", set("nonce", "another"), false, "", false, "The answer belongs to another sign-in", "wrong nonce"},
		{"the state of another sign-in", set("state", "another"), false, "", false, "This answer belongs to another sign-in", "wrong state"},
		{"a token for another site", set("client_id", "other"), false, `{"redeemAs":"other"}`, false, "The answer was meant for another site", "wrong audience"},
		{"a code for another site", set("client_id", "other"), false, "", false, "This sign-in was used already, or took too long", "code refused"},
		{"the answer of another provider", nil, true, "", false, "The answer came from another identity provider", "wrong issuer"},
		{"a token that has expired", nil, false, `{"ahead":-7200}`, false, "The answer of the identity provider is not valid at this time", "token expired"},
		{"a code that has expired", nil, false, `{"ahead":120}`, false, "This sign-in was used already, or took too long", "code refused"},
		{"a code for another verifier", set("code_challenge", oauth2.S256ChallengeFromVerifier(oauth2.GenerateVerifier())), false, "", false, "This sign-in was used already, or took too long", "code refused"},
		{"a request without PKCE", func(q url.Values) { q.Del("code_challenge"); q.Del("code_challenge_method") }, false, "", false, "The identity provider did not sign you in", "the provider refused"},
		{"somebody who cancels", nil, false, "", true, "The identity provider did not sign you in", "the provider refused"},
	} {
		t.Run(tt.story, func(t *testing.T) {
			c := p.comer()
			request := c.begin()
			query := request.Query()
			if tt.asks != nil {
				tt.asks(query)
			}
			request.RawQuery = query.Encode()
			if tt.other {
				request.Host = strings.TrimPrefix(f.Other, "http://")
			}
			answer := c.comesBack(request, tt.cancels)
			if tt.wrong != "" {
				f.order(tt.wrong)
				defer f.order("{}")
			}
			p.wantRefusal(t, c.finish(answer), tt.words, tt.reason)
			if got := c.finish(p.at(t, "/desk")); got.status != http.StatusSeeOther {
				t.Errorf("afterwards the desk is answered %d", got.status)
			}
		})
	}
}

// wantRefusal checks the page and the log of a refused sign-in.
func (p *program) wantRefusal(t *testing.T, got response, words, reason string) {
	t.Helper()
	reference := got.header.Get("X-Request-Id")
	if !got.says(words) || got.status < 400 || reference == "" || !got.says(reference) {
		t.Errorf("answered %d without %q and a reference: %s", got.status, words, got.body)
	}
	await(t, "the log has "+reason+" with the reference", func() bool {
		return slices.ContainsFunc(strings.Split(p.out.String(), "\n"), func(line string) bool {
			return strings.Contains(line, reference) && strings.Contains(line, fmt.Sprintf(`"reason":%q`, reason))
		})
	})
}

func TestForeign_ACodeIsGoodOnce(t *testing.T) {
	p, _ := signsInElsewhere(t, nil)
	c := p.comer()
	answer := c.comesBack(c.begin(), false)
	attempt := c.Jar.Cookies(answer)
	if got := c.finish(answer); got.status != http.StatusSeeOther || got.header.Get("Location") != "/desk" {
		t.Fatalf("the first time it is answered %d, and leads to %q", got.status, got.header.Get("Location"))
	}
	if got := c.finish(p.at(t, "/desk")); got.status != http.StatusOK || !got.says("Dana Elsewhere") {
		t.Errorf("after signing in the desk is answered %d", got.status)
	}
	p.wantRefusal(t, c.finish(answer), "This sign-in was not started in this browser", "not started here")
	thief := p.comer()
	thief.Jar.SetCookies(answer, attempt)
	p.wantRefusal(t, thief.finish(answer), "This sign-in was used already, or took too long", "code refused")
}

func TestForeign_AnIssuerByAnotherNameAndAWrongSecretAreRefusedInWords(t *testing.T) {
	p, _ := signsInElsewhere(t, func(f *foreignProvider) []string {
		return []string{"INTAKE_OIDC_ISSUER=" + strings.Replace(f.Issuer, "127.0.0.1", "localhost", 1)}
	})
	p.wantRefusal(t, p.comer().finish(p.at(t, "/sign-in/begin")), "The answer came from another identity provider", "wrong issuer")

	p, _ = signsInElsewhere(t, func(*foreignProvider) []string { return []string{"INTAKE_OIDC_CLIENT_SECRET=another"} })
	c := p.comer()
	p.wantRefusal(t, c.finish(c.comesBack(c.begin(), false)), "The identity provider does not know this site any more", "client refused")
}

package signin

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/staff"
)

func address(t *testing.T, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func developmentConfig(t *testing.T) DevelopmentConfig {
	return DevelopmentConfig{
		Simulator: true, PublicURL: address(t, "http://localhost:8080"), Listener: "127.0.0.1:8080", Callback: "http://localhost:8080/sign-in/callback",
	}
}

func newDevelopment(t *testing.T) (*Development, *Provider) {
	t.Helper()
	d, err := NewDevelopment(developmentConfig(t))
	if err != nil {
		t.Fatal(err)
	}
	p, err := d.Provider()
	if err != nil {
		t.Fatal(err)
	}
	return d, p
}

func TestDevelopment_IsRefusedWhereSomebodyElseCouldReachIt(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*DevelopmentConfig)
		fine   bool
	}{
		"simulator on loopback":                    {func(*DevelopmentConfig) {}, true},
		"listener by name":                         {func(c *DevelopmentConfig) { c.Listener = "localhost:8080" }, true},
		"listener on IPv6 loopback":                {func(c *DevelopmentConfig) { c.Listener = "[::1]:8080" }, true},
		"sandbox or production":                    {func(c *DevelopmentConfig) { c.Simulator = false }, false},
		"sandbox or production, allowed":           {func(c *DevelopmentConfig) { c.Simulator, c.Allowed = false, true }, false},
		"public address elsewhere":                 {func(c *DevelopmentConfig) { c.PublicURL = address(t, "https://apply.example.com") }, false},
		"public address elsewhere, allowed":        {func(c *DevelopmentConfig) { c.PublicURL, c.Allowed = address(t, "https://apply.example.com"), true }, false},
		"a public address that looks like ours":    {func(c *DevelopmentConfig) { c.PublicURL = address(t, "http://localhost.example.com") }, false},
		"listener on all addresses":                {func(c *DevelopmentConfig) { c.Listener = "0.0.0.0:8080" }, false},
		"listener without an address":              {func(c *DevelopmentConfig) { c.Listener = ":8080" }, false},
		"listener in a private network":            {func(c *DevelopmentConfig) { c.Listener = "10.0.0.1:8080" }, false},
		"listener on all addresses, allowed":       {func(c *DevelopmentConfig) { c.Listener, c.Allowed = "0.0.0.0:8080", true }, true},
		"listener without an address, and allowed": {func(c *DevelopmentConfig) { c.Listener, c.Allowed = ":8080", true }, true},
	} {
		cfg := developmentConfig(t)
		tt.change(&cfg)
		if d, err := NewDevelopment(cfg); (err == nil) != tt.fine || (d != nil) != tt.fine {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// request is what the browser brings to the page of the development provider.
func request(t *testing.T, p *Provider, a Attempt) url.Values {
	t.Helper()
	to, err := p.Begin(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	u := address(t, to)
	if u.Path != DevelopmentPath+"/authorize" || u.Host != "localhost:8080" {
		t.Errorf("the browser is sent to %s", to)
	}
	return u.Query()
}

func TestDevelopment_SignsInWhomeverIsChosen(t *testing.T) {
	d, p := newDevelopment(t)
	roles := map[staff.Role]int{}
	for _, r := range d.People() {
		attempt := NewAttempt("/desk", time.Now())
		back, err := d.Choose(request(t, p, attempt), r.ID)
		if err != nil {
			t.Fatal(err)
		}
		got, err := p.Finish(t.Context(), attempt, address(t, back).Query())
		want := staff.Person{Key: "http://localhost:8080/dev-sign-in " + r.ID, Name: r.Name, Roles: r.Roles}
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v %s", r.ID, err, diff)
		}
		if len(r.Roles) == 0 {
			roles[""]++
		}
		for _, role := range r.Roles {
			roles[role]++
		}
	}
	if diff := cmp.Diff(map[staff.Role]int{staff.Agent: 2, staff.Supervisor: 1, staff.QA: 1, "": 1}, roles); diff != "" {
		t.Error(diff)
	}
}

func TestDevelopment_ACodeIsGoodOnceAndForItsVerifierAlone(t *testing.T) {
	d, p := newDevelopment(t)
	attempt := NewAttempt("/desk", time.Now())
	code := func() url.Values {
		back, err := d.Choose(request(t, p, attempt), "dana")
		if err != nil {
			t.Fatal(err)
		}
		return address(t, back).Query()
	}
	answer := code()
	if _, err := p.Finish(t.Context(), attempt, answer); err != nil {
		t.Fatal(err)
	}
	_, err := p.Finish(t.Context(), attempt, answer)
	wantRefusal(t, "used twice", err, CodeRefused)

	answer, thief := code(), attempt
	thief.Verifier = strings.Repeat("x", 43)
	_, err = p.Finish(t.Context(), thief, answer)
	wantRefusal(t, "another verifier", err, CodeRefused)
	_, err = p.Finish(t.Context(), attempt, answer)
	wantRefusal(t, "after a wrong verifier", err, CodeRefused)

	answer = code()
	d.codes[answer.Get("code")] = grant{person: ready[0], at: time.Now().Add(-codeLasts - time.Second)}
	_, err = p.Finish(t.Context(), attempt, answer)
	wantRefusal(t, "too old", err, CodeRefused)

	for range maxCodes {
		if !d.remember(NewAttempt("", time.Now()).State, grant{at: time.Now()}) {
			break
		}
	}
	_, err = d.Choose(request(t, p, attempt), "dana")
	wantRefusal(t, "more codes than it keeps", err, TooManyAtOnce)
}

func TestDevelopment_AnswersOurOwnRequestsAlone(t *testing.T) {
	d, p := newDevelopment(t)
	attempt := NewAttempt("/desk", time.Now())
	right := request(t, p, attempt)
	if err := d.Check(right); err != nil {
		t.Fatal(err)
	}
	for key := range right {
		for _, value := range []string{"", "https://evil.example/"} {
			if (key == "state" || key == "nonce" || key == "code_challenge") && value != "" {
				continue // any text will do
			}
			changed := request(t, p, attempt)
			changed.Set(key, value)
			wantRefusal(t, key, d.Check(changed), ChoiceNotOffered)
			_, err := d.Choose(changed, "dana")
			wantRefusal(t, key, err, ChoiceNotOffered)
		}
	}
	_, err := d.Choose(right, "somebody")
	wantRefusal(t, "a person who is not offered", err, ChoiceNotOffered)
	if len(d.codes) != 0 {
		t.Error("a code was made")
	}
	for _, path := range []string{"", "/", "/authorize", "/token", "/nowhere"} {
		r, err := http.NewRequest(http.MethodGet, d.issuer+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := d.RoundTrip(r)
		if err != nil || answer.StatusCode < 400 {
			t.Errorf("GET %s: %v", path, err)
		}
	}
}

func TestDevelopment_TheTokenEndpointKnowsItsClient(t *testing.T) {
	d, _ := newDevelopment(t)
	for name, tt := range map[string]struct {
		id, secret, form string
		want             int
	}{
		"no secret":       {"intake-development", "", "grant_type=authorization_code", 401},
		"another client":  {"other", d.secret, "grant_type=authorization_code", 401},
		"another grant":   {"intake-development", d.secret, "grant_type=client_credentials", 400},
		"another address": {"intake-development", d.secret, "grant_type=authorization_code&redirect_uri=https://evil.example", 400},
	} {
		r, err := http.NewRequest(http.MethodPost, d.issuer+"/token", strings.NewReader(tt.form))
		if err != nil {
			t.Fatal(err)
		}
		r.SetBasicAuth(tt.id, tt.secret)
		answer, err := d.RoundTrip(r)
		if err != nil || answer.StatusCode != tt.want {
			t.Errorf("%s: %d, %v, want %d", name, answer.StatusCode, err, tt.want)
		}
	}
}

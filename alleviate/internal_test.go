package alleviate

import (
	"bytes"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

func FuzzReadAnswer(f *testing.F) {
	for _, seed := range []string{
		``, `null`, `[]`, `{}`, "\ufeff{}", `{"data":null}`, `{"data":{"createLead":null}}`,
		`{"data":{"createLead":{"id":"x","resultCode":1013,"bidValue":"$25.00"}}}`,
		`{"data":{"createLead":{"id":12,"resultCode":"1013"}},"errors":[{"message":"m","path":["a",0],"extensions":{"code":"C"}}]}`,
		`{"data":{"createLead":{"id":"a","id":"b","ID":"c","resultCode":1e400}}}`,
		`{"errors":[{"message":"x","path":["createLead"],"extensions":{"code":"UNAUTHENTICATED"}}],"data":null}`,
		`{"errors":[{"message":"firstName is required"}]}`, `{"errors":{}}`, `{"errors":[null,1,"x"]}`,
		`{"data":{"createLead":[{"id":1}]}}`, `{"data":"x"}`, `{"data":{"createLead":{"note":"\u0000\ud800"}}}`,
		`{"data":{}}`, `{"data":null,"errors":[{"message":"no"}]}`, strings.Repeat(`{"data":`, 200),
	} {
		f.Add(200, graphqlMediaType, []byte(seed))
		for _, status := range []int{302, 400, 401, 403, 404, 429, 500, 503} {
			f.Add(status, "application/json", []byte(seed))
		}
	}
	c := (&Client{}).createLead(LeadInput{PartnerLeadID: "partner-1", Email: Of("canary@example.org")})
	f.Fuzz(func(t *testing.T, status int, mediaType string, body []byte) {
		r := reply{op: c.op, sent: true, status: status, mediaType: mediaType, body: body, retryAfter: time.Second}
		r.answer = readAnswer(body, c.op)
		e := classify(c, r)
		o := r.object()
		if e == nil && o.id("id") == "" {
			t.Fatal("a lead without an id is done")
		}
		if e != nil && e.Kind == Transient && status != 503 && !e.Blocked {
			t.Fatalf("createLead is told to repeat after HTTP %d", status)
		}
		// A gateway's 401 may have a field named data that is null, and it alone proves nothing.
		gateway401 := status == 401 && mediaType != graphqlMediaType && r.graphql && r.data == nil
		ran := r.hasData && !gateway401 || slices.ContainsFunc(r.errors, graphqlError.hasPath)
		if e != nil && ran && e.Kind != Ambiguous {
			t.Fatalf("createLead may have run, and is told to be %s with HTTP %d", e.Kind, status)
		}
		if shown := o.line("note"); strings.ContainsAny(shown, "\r\n\x00") || len([]rune(shown)) > maxLine {
			t.Fatalf("note %q", shown)
		}
		if bid := o.bid("bidValue"); bid.Cents < 0 || !bid.Offered && bid.Cents != 0 {
			t.Fatalf("bid %+v", bid)
		}
		shown := scrubber{c.vars.private()}.answer(r.answer)
		if e != nil {
			shown = append(shown, e.Error()...)
		}
		if bytes.Contains(shown, []byte("canary@example.org")) {
			t.Fatalf("shows what was sent: %s", shown)
		}
	})
}

func FuzzReadToken(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `null`, `[]`, `{"token_type":"Bearer","expires_in":3599,"access_token":"a.b.c"}`,
		`{"token_type":"bearer","expires_in":"3600","access_token":"a.b.c"}`,
		`{"token_type":"Bearer","expires_in":1e400,"access_token":"a"}`,
		`{"token_type":"Bearer","expires_in":-0,"access_token":"a\r\nb"}`,
		`{"error":"invalid_client","error_description":"x\r\ny","error_codes":[1,2],"trace_id":"z"}`,
		`{"error":["invalid_client"],"error_codes":"x"}`, `access_token=a&token_type=bearer`,
	} {
		f.Add(200, "application/json", []byte(seed))
		f.Add(401, "text/plain", []byte(seed))
	}
	f.Fuzz(func(t *testing.T, status int, mediaType string, body []byte) {
		g, e := tokenAnswer{status: status, mediaType: mediaType, retryAfter: -1, body: body, whole: true}.read()
		if e == nil {
			if status/100 != 2 || !isToken(g.value) || g.life < time.Second || g.life > maxLife {
				t.Fatalf("HTTP %d granted for %s", status, g.life)
			}
			return
		}
		if e.Kind != Transient && e.Kind != Throttled && e.Kind != Credentials {
			t.Fatalf("kind %q", e.Kind)
		}
		if strings.ContainsAny(e.Error(), "\r\n") {
			t.Fatalf("a line break in %q", e.Error())
		}
	})
}

func TestOneOrigin_RefusesEveryOtherHost(t *testing.T) {
	origin, err := only("https://leads.alleviate.com/graphql", nil) // a request that passes would panic
	if err != nil {
		t.Fatal(err)
	}
	for _, address := range []string{
		"http://leads.alleviate.com/graphql", "https://leads.alleviate.com:444/", "https://evil.example/", "https://leads.alleviate.com.evil.example/",
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := origin.RoundTrip(&http.Request{URL: u}); err != errOrigin {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestHardenedTransport_UsesNoProxyAndChecksCertificates(t *testing.T) {
	transport := hardenedTransport()
	if transport.Proxy != nil || transport.TLSClientConfig.InsecureSkipVerify {
		t.Error("a proxy, or certificates unchecked")
	}
}

func TestWithoutEcho_LeavesWhatTheServerSays(t *testing.T) {
	for _, tt := range []struct{ message, want string }{
		{`Variable "$input" got invalid value { lastName: "Ex; email is required", email: "a@example.com" }; Field "firstName" of required type "String!" was not provided.`,
			`; Field "firstName" of required type "String!" was not provided.`},
		{`Variable "$input" got invalid value "invalid date" at "input.monthlyRent"; Int cannot represent non-integer value`,
			` at "input.monthlyRent"; Int cannot represent non-integer value`},
		{`Variable "$input" got invalid value { email: "x" } with no more to say`, ` got invalid value { email: "x" } with no more to say`},
		{`firstName is required`, `firstName is required`},
	} {
		if got := withoutEcho(tt.message); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
}

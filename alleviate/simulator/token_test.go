package simulator

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestToken_IssuesWhatTheDocumentationShows(t *testing.T) {
	s := start(t)
	r := askToken(t, s, tokenForm(nil), "")
	var got map[string]any
	if err := json.Unmarshal([]byte(r.body), &got); err != nil {
		t.Fatal(err)
	}
	access, _ := got["access_token"].(string)
	if !regexp.MustCompile(`^eyJ[\w-]+\.[\w-]+\.[\w-]+$`).MatchString(access) {
		t.Errorf("access_token has not the shape of a JWT")
	}
	delete(got, "access_token")
	want := map[string]any{"token_type": "Bearer", "expires_in": 3599.0, "ext_expires_in": 3599.0}
	if d := cmp.Diff(want, got); d != "" || r.status != http.StatusOK {
		t.Errorf("status %d (-want +got):\n%s", r.status, d)
	}
	if token(t, s) == access {
		t.Error("two requests got the same token")
	}
}

func TestToken_RefusesWhatEntraRefuses(t *testing.T) {
	s := start(t)
	form := map[string]string{"Content-Type": "application/x-www-form-urlencoded"}
	for _, row := range []struct {
		name, address, body string
		header              map[string]string
		status              int
		word                string
	}{
		{"a wrong secret", s.TokenURL(), tokenForm(map[string]string{"client_secret": "nope"}), form, 401, "invalid_client"},
		{"a wrong client id", s.TokenURL(), tokenForm(map[string]string{"client_id": "nope"}), form, 401, "invalid_client"},
		{"a wrong scope", s.TokenURL(), tokenForm(map[string]string{"scope": "api://nope/.default"}), form, 400, "invalid_scope"},
		{"another grant", s.TokenURL(), tokenForm(map[string]string{"grant_type": "password"}), form, 400, "unsupported_grant_type"},
		{"no grant", s.TokenURL(), tokenForm(map[string]string{"grant_type": ""}), form, 400, "invalid_request"},
		{"no client id", s.TokenURL(), tokenForm(map[string]string{"client_id": ""}), form, 400, "invalid_request"},
		{"no secret", s.TokenURL(), tokenForm(map[string]string{"client_secret": ""}), form, 400, "invalid_request"},
		{"no scope", s.TokenURL(), tokenForm(map[string]string{"scope": ""}), form, 400, "invalid_request"},
		{"a parameter twice", s.TokenURL(), tokenForm(nil) + "&scope=again", form, 400, "invalid_request"},
		{"a broken form", s.TokenURL(), tokenForm(nil) + "&x=%zz", form, 400, "invalid_request"},
		{"JSON", s.TokenURL(), "{}", map[string]string{"Content-Type": "application/json"}, 400, "invalid_request"},
		{"no content type", s.TokenURL(), tokenForm(nil), nil, 400, "invalid_request"},
		{"credentials in the address", s.TokenURL() + "?scope=x", tokenForm(nil), form, 400, "invalid_request"},
		{"credentials in a header too", s.TokenURL(), tokenForm(nil), map[string]string{
			"Content-Type": "application/x-www-form-urlencoded", "Authorization": "Basic eDp5"}, 400, "invalid_request"},
		{"another tenant", strings.Replace(s.TokenURL(), sandboxTenant, "other", 1), tokenForm(nil), form, 400, "invalid_request"},
		{"more than 64 KiB", s.TokenURL(), strings.Repeat("x", 64<<10+1), form, 413, "invalid_request"},
	} {
		t.Run(row.name, func(t *testing.T) {
			r := send(t, http.MethodPost, row.address, row.body, row.header)
			var got struct {
				Error       string `json:"error"`
				Description string `json:"error_description"`
				Codes       []int  `json:"error_codes"`
				Timestamp   string `json:"timestamp"`
				Trace       string `json:"trace_id"`
				Correlation string `json:"correlation_id"`
				Token       string `json:"access_token"`
			}
			if err := json.Unmarshal([]byte(r.body), &got); err != nil {
				t.Fatal(err)
			}
			if r.status != row.status || got.Error != row.word || got.Token != "" {
				t.Errorf("got %d %q, want %d %q", r.status, got.Error, row.status, row.word)
			}
			if len(got.Codes) != 1 || got.Timestamp == "" || got.Trace == "" || got.Correlation == "" || !strings.Contains(got.Description, "\r\n") {
				t.Errorf("not Entra ID's shape: %s", r.body)
			}
		})
	}
	if r := send(t, http.MethodGet, s.TokenURL(), "", nil); r.status != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d, want 405", r.status)
	}
	for _, e := range s.Ledger().Entries {
		if e.Done {
			t.Errorf("call %d issued a token", e.Seq)
		}
	}
}

func TestToken_EndsWhenItsTimeIsUp(t *testing.T) {
	now := time.Date(2026, 2, 4, 15, 30, 0, 0, time.UTC)
	s := start(t, func(cfg *Config) { cfg.Now = func() time.Time { return now } })
	c := call1(t, s)
	now = now.Add(3598 * time.Second)
	if got := c.ask("{ __typename }", nil, ""); got.status != http.StatusOK {
		t.Errorf("a second before its end: %d", got.status)
	}
	now = now.Add(time.Second)
	if got := c.ask("{ __typename }", nil, ""); got.status != http.StatusUnauthorized {
		t.Errorf("at its end: %d, want 401", got.status)
	}
}

func TestToken_AcceptsEachConfiguredSecret(t *testing.T) {
	s := start(t, func(cfg *Config) { cfg.Secrets = []string{"old", "new"} })
	for _, secret := range []string{"old", "new"} {
		if r := askToken(t, s, tokenForm(map[string]string{"client_secret": secret}), ""); r.status != http.StatusOK {
			t.Errorf("%s: %d", secret, r.status)
		}
	}
}

func TestToken_KeepsNoSecretThatItDoesNotKnow(t *testing.T) {
	s := start(t)
	askToken(t, s, tokenForm(map[string]string{"client_secret": "of-another-place"}), "")
	want := `{"client_id":"client-1","client_secret":"(not kept)","grant_type":"client_credentials","scope":"` + sandboxScope + `"}`
	if d := cmp.Diff(want, string(s.Ledger().Entries[0].Input)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

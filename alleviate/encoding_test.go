package alleviate_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/alleviate"
)

// packed is the body of an answer as gzip.
func packed(t *testing.T, body string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, body); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// encoded says the body under a Content-Encoding, whatever was asked for.
func encoded(encoding string, body []byte) script {
	return func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", jsonType)
		w.Header()["Content-Encoding"] = []string{encoding}
		_, _ = w.Write(body)
	}
}

const (
	createdBody = `{"data":{"createLead":` + goodPayload + `}}`
	tokenBody   = `{"token_type":"Bearer","expires_in":3599,"access_token":"` + tokenCanary + `"}`
)

func TestOverSockets_AnEncodingIsReadOrLeavesADoubt(t *testing.T) {
	whole := packed(t, createdBody)
	bomb := packed(t, createdBody+strings.Repeat(" ", 64<<20))
	damaged := bytes.Clone(whole)
	damaged[len(damaged)-5]++ // of the checksum
	for _, tt := range []struct {
		name string
		api  script
		want alleviate.Kind
	}{
		{"gzip", encoded("gzip", whole), done},
		{"x-gzip", encoded("x-gzip", whole), done},
		{"GZIP with blanks", encoded(" GZIP ", whole), done},
		{"identity by its name", encoded("identity", []byte(createdBody)), done},
		{"a bomb", encoded("gzip", bomb), ambiguous},
		{"half of a gzip", encoded("gzip", whole[:len(whole)/2]), ambiguous},
		{"a gzip without its checksum", encoded("gzip", whole[:len(whole)-8]), ambiguous},
		{"a gzip with another checksum", encoded("gzip", damaged), ambiguous},
		{"no gzip, though it says so", encoded("gzip", []byte(createdBody)), ambiguous},
		{"a gzip that says nothing", encoded("identity", whole), ambiguous},
		{"deflate", encoded("deflate", whole), ambiguous},
		{"br", encoded("br", []byte(createdBody)), ambiguous},
		{"two layers", encoded("gzip, gzip", packed(t, string(whole))), ambiguous},
		{"a refusal in br", refusal(encoded("br", []byte(`{}`)), 400), ambiguous},
		{"a refused token in br", refusal(encoded("br", []byte(`{}`)), 401), ambiguous},
		{"silence asked for with an empty br", refusal(encoded("br", nil), 429), throttled},
	} {
		t.Run(tt.name, func(t *testing.T) {
			client := overSockets(t, goodToken, tt.api, alleviate.Budgets{Create: 5 * time.Second})
			_, err := client.CreateLead(t.Context(), applicant())
			if got := kindOf(t, err); got != tt.want {
				t.Errorf("kind is %q, want %q: %v", got, tt.want, err)
			}
		})
	}
}

func refusal(api script, status int) script {
	return func(n int, w http.ResponseWriter, r *http.Request) { api(n, withStatus{w, status}, r) }
}

// withStatus answers with its status at the first byte, or without one.
type withStatus struct {
	http.ResponseWriter
	status int
}

func (w withStatus) Write(b []byte) (int, error) {
	w.WriteHeader(w.status)
	return w.ResponseWriter.Write(b)
}

func TestOverSockets_ATokenInGzipIsReadAndNoOtherEncoding(t *testing.T) {
	for _, tt := range []struct {
		name  string
		token script
		want  alleviate.Kind
	}{
		{"gzip", encoded("gzip", packed(t, tokenBody)), done},
		{"x-gzip", encoded("x-gzip", packed(t, tokenBody)), done},
		{"a bomb", encoded("gzip", packed(t, tokenBody+strings.Repeat(" ", 64<<20))), transient},
		{"half of a gzip", encoded("gzip", packed(t, tokenBody)[:40]), transient},
		{"br", encoded("br", []byte(tokenBody)), transient},
		{"invalid_client in gzip", refusal(encoded("gzip", packed(t, `{"error":"invalid_client"}`)), 401), credentials},
		{"invalid_client in br", refusal(encoded("br", []byte(`{"error":"invalid_client"}`)), 401), transient},
	} {
		t.Run(tt.name, func(t *testing.T) {
			client := overSockets(t, tt.token, goodAnswer, alleviate.Budgets{})
			_, err := client.CreateLead(t.Context(), applicant())
			if got := kindOf(t, err); got != tt.want {
				t.Errorf("kind is %q, want %q: %v", got, tt.want, err)
			}
		})
	}
}

// A bomb of 128 MiB is an eighth of one on the wire; unpacking stops at the limit of an answer.
func TestOverSockets_ABombCostsNoMemory(t *testing.T) {
	bomb := packed(t, strings.Repeat(" ", 128<<20))
	client := overSockets(t, goodToken, encoded("gzip", bomb), alleviate.Budgets{})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := client.CreateLead(t.Context(), applicant())
	runtime.ReadMemStats(&after)
	if got := kindOf(t, err); got != ambiguous {
		t.Errorf("kind is %q, want ambiguous", got)
	}
	if grew := after.TotalAlloc - before.TotalAlloc; grew > 16<<20 {
		t.Errorf("the answer took %d MiB", grew>>20)
	}
}

// Nobody asks for an encoding, at neither host; a custom transport that would ask by itself neither.
func TestOverSockets_AsksForNoEncoding(t *testing.T) {
	var asked []string
	noting := func(next script) script {
		return func(n int, w http.ResponseWriter, r *http.Request) {
			asked = append(asked, strings.Join(r.Header.Values("Accept-Encoding"), ";"))
			next(n, w, r)
		}
	}
	w := &world{token: noting(goodToken), api: noting(goodAnswer)}
	server := httptest.NewServer(w)
	defer server.Close()
	for _, transport := range []http.RoundTripper{nil, &http.Transport{}} {
		cfg := config(alleviate.Loopback(server.URL+"/token", server.URL+"/graphql"))
		cfg.Transport = transport
		client, err := alleviate.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.CreateLead(t.Context(), applicant()); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"identity", "identity", "identity", "identity"}, asked); diff != "" {
		t.Errorf("Accept-Encoding (-want +got):\n%s", diff)
	}
}

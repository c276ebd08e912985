package entra

import (
	"strings"
	"testing"
	"time"
)

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
		g, e := answer{status: status, mediaType: mediaType, retryAfter: -1, body: body, whole: true}.read()
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

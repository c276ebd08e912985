package entra

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

type always struct {
	status int
	body   string
}

func (a always) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: a.status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(a.body))}, nil
}

// What the library reads is what the token host said, or a refusal of ours in place of it.
func TestGuard_PassesAGoodAnswerAsItCameAndRefusesABadOne(t *testing.T) {
	const good = ` {"token_type": "Bearer","expires_in":3599, "ext_expires_in":3599,"access_token":"a.b.c", "more":[1]}` + "\n"
	for _, tt := range []struct {
		story, body string
		status      int
		passes      bool
	}{
		{"good", good, 200, true},
		{"201", good, 201, true},
		{"refused", good, 400, false},
		{"another type", strings.Replace(good, "Bearer", "MAC", 1), 200, false},
		{"cut off", good[:40], 200, false},
	} {
		t.Run(tt.story, func(t *testing.T) {
			var passed grant
			req, err := http.NewRequestWithContext(context.WithValue(t.Context(), passedKey{}, &passed), http.MethodPost, "http://127.0.0.1/", nil)
			if err != nil {
				t.Fatal(err)
			}
			res, err := guard{always{tt.status, tt.body}, time.Now}.RoundTrip(req)
			if !tt.passes {
				if _, ok := errors.AsType[*Failure](err); !ok || passed.value != "" {
					t.Errorf("got %v and %q, want a failure and nothing", err, passed.value)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			if err != nil || string(body) != tt.body || res.StatusCode != tt.status || passed != (grant{"a.b.c", 3599 * time.Second}) {
				t.Errorf("the library gets HTTP %d with %q, %v, and the grant is %v", res.StatusCode, body, err, passed.life)
			}
		})
	}
}

package entra

import (
	"encoding/base64"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestReadClaims(t *testing.T) {
	jwt := func(payload string) string {
		return "e30." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".c2ln"
	}
	for _, tt := range []struct {
		story, token string
		want         Claims
	}{
		{"what Entra says of an application", jwt(`{"aud":"api://app","tid":"tenant","roles":["Lead.Write","Lead.Read"],"iat":1790000000}`),
			Claims{Audience: "api://app", Tenant: "tenant", Roles: []string{"Lead.Write", "Lead.Read"}, IssuedAt: time.Unix(1790000000, 0)}},
		{"no roles", jwt(`{"aud":"app"}`), Claims{Audience: "app"}},
		{"opaque", "abc", Claims{}},
		{"three parts that are no JWT", "a.b!.c", Claims{}},
		{"JSON of another shape", jwt(`[1]`), Claims{}},
		{"a claim that would break a line", jwt(`{"aud":"a\nb","roles":["\u001b[31m"]}`), Claims{Audience: "unprintable", Roles: []string{"unprintable"}}},
	} {
		t.Run(tt.story, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, readClaims(tt.token)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

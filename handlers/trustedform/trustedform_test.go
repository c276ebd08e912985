package trustedform

import (
	"strings"
	"testing"
)

func TestRecorder_TheVendorsHostsAreItsOwn(t *testing.T) {
	r, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(r.script, "https://api.trustedform.com/trustedform.js?field=xxTrustedFormCertUrl") {
		t.Errorf("the script is %s", r.script)
	}
	if !strings.Contains(r.policy, "script-src 'self' https://cdn.trustedform.com https://api.trustedform.com;") {
		t.Errorf("the policy is %s", r.policy)
	}
	for _, bad := range []string{"yes", "ftp://x/y.js", "//x/y.js", "http://", "http://user@x/y.js", "http://x y/"} {
		if _, err := New(bad); err == nil {
			t.Errorf("%q is taken for a script", bad)
		}
	}
}

// X7
func TestCertificate_IsTheVendorsOrNone(t *testing.T) {
	vendor, err := New("")
	if err != nil {
		t.Fatal(err)
	}
	const id = "454a35b802f3e7b63ffabb4efedb7c6ebe67886c"
	for _, tt := range []struct{ name, address, state string }{
		{"the vendor's", "https://cert.trustedform.com/" + id, "given"},
		{"capital letters in the id", "https://cert.trustedform.com/" + strings.ToUpper(id), "given"},
		{"nothing", "", "none"},
		{"plain http", "http://cert.trustedform.com/" + id, "refused"},
		{"another host", "https://cert.trustedform.example/" + id, "refused"},
		{"a host that ends alike", "https://evilcert.trustedform.com/" + id, "refused"},
		{"a host that begins alike", "https://cert.trustedform.com.evil.example/" + id, "refused"},
		{"a host behind an @", "https://cert.trustedform.com@evil.example/" + id, "refused"},
		{"a name before the host", "https://user@cert.trustedform.com/" + id, "refused"},
		{"a port", "https://cert.trustedform.com:8443/" + id, "refused"},
		{"no id", "https://cert.trustedform.com/", "refused"},
		{"no path", "https://cert.trustedform.com", "refused"},
		{"a short id", "https://cert.trustedform.com/454a", "refused"},
		{"a long id", "https://cert.trustedform.com/" + strings.Repeat("a", 129), "refused"},
		{"more behind the id", "https://cert.trustedform.com/" + id + "/x", "refused"},
		{"a slash behind the id", "https://cert.trustedform.com/" + id + "/", "refused"},
		{"a query", "https://cert.trustedform.com/" + id + "?x=1", "refused"},
		{"a fragment", "https://cert.trustedform.com/" + id + "#x", "refused"},
		{"dots", "https://cert.trustedform.com/../" + id, "refused"},
		{"an escape", "https://cert.trustedform.com/%34" + id, "refused"},
		{"no scheme", "//cert.trustedform.com/" + id, "refused"},
		{"markup", "<script>alert(1)</script>", "refused"},
		{"the id alone", id, "refused"},
		{"a line feed", "https://cert.trustedform.com/" + id + "\n", "refused"},
	} {
		got := vendor.Certificate(tt.address)
		wantID, wantURL := "", ""
		if tt.state == "given" {
			wantURL = tt.address
			wantID = strings.TrimPrefix(tt.address, "https://cert.trustedform.com/")
		}
		if got.State != tt.state || got.ID != wantID || got.URL.Reveal() != wantURL {
			t.Errorf("%s: got %s %q", tt.name, got.State, got.ID)
		}
	}
}

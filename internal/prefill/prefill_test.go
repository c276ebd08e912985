package prefill

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"intake/internal/prefill/prefilltest"
)

const secret = "of the dialer and of this program"

var noon = time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)

func reader(t testing.TB) *Reader {
	t.Helper()
	r, err := NewReader(secret)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// isEmpty says whether nothing of a token got out.
func isEmpty(p Prefill) bool {
	return p.ID == "" && !p.Phone.Given() && !p.Call.Given() && p.Source == "" && p.MadeAt.IsZero()
}

func TestNewReader_RefusesAShortSecret(t *testing.T) {
	for n, want := range map[int]bool{0: false, MinSecret - 1: false, MinSecret: true} {
		if _, err := NewReader(strings.Repeat("x", n)); (err == nil) != want {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

func TestOpen_ReadsWhatTheDialerKnows(t *testing.T) {
	token := prefilltest.Token(t, secret, " +15125550148", "radio ", "C-1047", noon)
	for _, part := range []string{"5125550148", "radio", "C-1047"} {
		raw, _ := base64.RawURLEncoding.DecodeString(token)
		if strings.Contains(token, part) || strings.Contains(string(raw), part) {
			t.Errorf("%s can be read in the token", part)
		}
	}
	p, err := reader(t).Open(token, noon)
	if err != nil || p.Phone.Reveal() != "+15125550148" || p.Source != "radio" || p.Call.Reveal() != "C-1047" || !p.MadeAt.Equal(noon) || len(p.ID) != 32 {
		t.Errorf("%+v, %s, %v", p, p.Phone.Reveal(), err)
	}
	if shown := fmt.Sprintf("%+v", p); strings.Contains(shown, "5125550148") || strings.Contains(shown, "C-1047") {
		t.Errorf("a printer shows what it holds: %s", shown)
	}
	p, err = reader(t).Open(prefilltest.Token(t, secret, "", "", "", noon), noon)
	if err != nil || p.Phone.Given() || p.Call.Given() || p.Source != "" {
		t.Errorf("a call of which nothing is known: %+v, %v", p, err)
	}
}

func TestOpen_GoesByTheTimeInTheToken(t *testing.T) {
	for _, tt := range []struct {
		age  time.Duration
		want error
	}{
		{0, nil}, {Lasts - time.Second, nil}, {Lasts, ErrExpired}, {240 * time.Hour, ErrExpired},
		{-early, nil}, {-early - time.Second, ErrEarly}, {-240 * time.Hour, ErrEarly},
	} {
		_, err := reader(t).Open(prefilltest.Token(t, secret, "1", "", "", noon.Add(-tt.age)), noon)
		if !errors.Is(err, tt.want) || tt.want == nil && err != nil {
			t.Errorf("a token of %s ago: %v, want %v", tt.age, err, tt.want)
		}
	}
}

func TestOpen_RefusesEverythingElse(t *testing.T) {
	id := []byte("sixteen bytes ID")
	at := fmt.Sprint(noon.Unix())
	good := prefilltest.TokenOf(secret, id, `{"phone":"canary","at":`+at+`}`)
	if _, err := reader(t).Open(good, noon); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", maxText)
	for name, token := range map[string]string{
		"nothing":                       "",
		"a word":                        "prefill",
		"another secret":                prefilltest.TokenOf(secret+"!", id, `{"phone":"canary","at":`+at+`}`),
		"cut off":                       good[:len(good)-1],
		"the signature alone":           good[len(good)-43:],
		"with a sign more":              good + "A",
		"with an equals sign":           good + "=",
		"with a line end":               good[:20] + "\n" + good[20:],
		"in the other alphabet":         "+" + good[1:],
		"too long":                      strings.Repeat("A", maxToken+1),
		"as long as it may be":          strings.Repeat("A", maxToken),
		"a text that is no JSON":        prefilltest.TokenOf(secret, id, "canary"),
		"no text":                       prefilltest.TokenOf(secret, id, ""),
		"a list":                        prefilltest.TokenOf(secret, id, `["canary"]`),
		"no time":                       prefilltest.TokenOf(secret, id, `{"phone":"canary"}`),
		"a time that is no time":        prefilltest.TokenOf(secret, id, `{"phone":"canary","at":null}`),
		"a time as a text":              prefilltest.TokenOf(secret, id, `{"phone":"canary","at":"`+at+`"}`),
		"two values":                    prefilltest.TokenOf(secret, id, `{"phone":"canary","at":`+at+`}{}`),
		"a key that nobody knows":       prefilltest.TokenOf(secret, id, `{"phone":"canary","ssn":"1","at":`+at+`}`),
		"a phone as a number":           prefilltest.TokenOf(secret, id, `{"phone":5125550148,"at":`+at+`}`),
		"not UTF-8":                     prefilltest.TokenOf(secret, id, "{\"phone\":\"canary\xff\",\"at\":"+at+"}"),
		"a value with a line end":       prefilltest.TokenOf(secret, id, `{"phone":"canary\n","at":`+at+`}`),
		"a value that is too long":      prefilltest.TokenOf(secret, id, `{"source":"`+long+`x","at":`+at+`}`),
		"an id that is shorter by one":  prefilltest.TokenOf(secret, id[1:], `{"phone":"canary","at":`+at+`}`),
		"a time beyond those of clocks": prefilltest.TokenOf(secret, id, `{"phone":"canary","at":92233720368547758070}`),
	} {
		p, err := reader(t).Open(token, noon)
		if !errors.Is(err, ErrUnreadable) || !isEmpty(p) || strings.Contains(fmt.Sprint(err), "canary") {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
	for _, at := range []string{"-9223372036854775808", "9223372036854775807", "0"} {
		if _, err := reader(t).Open(prefilltest.TokenOf(secret, id, `{"at":`+at+`}`), noon); !errors.Is(err, ErrExpired) && !errors.Is(err, ErrEarly) {
			t.Errorf("made at %s: %v", at, err)
		}
	}
	if _, err := reader(t).Open(prefilltest.TokenOf(secret, id, `{"source":"`+long+`","at":`+at+`}`), noon); err != nil {
		t.Errorf("a value of the longest length: %v", err)
	}
}

func TestOpen_NoChangedBitIsAccepted(t *testing.T) {
	raw, err := base64.RawURLEncoding.DecodeString(prefilltest.Token(t, secret, "5125550148", "radio", "C-1", noon))
	if err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		for bit := range 8 {
			raw[i] ^= 1 << bit
			if _, err := reader(t).Open(base64.RawURLEncoding.EncodeToString(raw), noon); !errors.Is(err, ErrUnreadable) {
				t.Errorf("bit %d of byte %d changed: %v", bit, i, err)
			}
			raw[i] ^= 1 << bit
		}
	}
}

func FuzzOpen(f *testing.F) {
	r := reader(f)
	f.Add("", "phone")
	f.Add(prefilltest.Token(f, secret, "5125550148", "radio", "C-1", noon), `{"phone":"1","at":1795348800}`)
	f.Fuzz(func(t *testing.T, token, text string) {
		if p, err := r.Open(token, noon); err != nil && !isEmpty(p) {
			t.Errorf("refused, and yet %+v", p)
		}
		p, err := r.Open(prefilltest.TokenOf(secret, []byte("sixteen bytes ID"), text), noon)
		if err != nil && !isEmpty(p) || err == nil && (len(p.Phone.Reveal()) > maxText || noon.Sub(p.MadeAt) >= Lasts) {
			t.Errorf("%q: %+v, %v", text, p, err)
		}
	})
}

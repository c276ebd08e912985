package signin

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

// AttemptLasts is how long a person has to sign in at the provider.
const AttemptLasts = 10 * time.Minute

// clockSkew is by how much the clock of the process that started an attempt may be ahead of ours.
const clockSkew = time.Minute

// Attempt is a sign-in that was started in a browser and is not finished. It lives in a cookie of that browser: visitors
// who are not signed in cannot make the server store anything.
type Attempt struct {
	State    string
	Nonce    string
	Verifier string // of PKCE
	To       string // the path to go to afterwards
	At       time.Time
}

// NewAttempt is an attempt with new random values.
func NewAttempt(to string, now time.Time) Attempt {
	return Attempt{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(), To: to, At: now}
}

// Sign writes the attempt as the value of a cookie.
func (a Attempt) Sign(key []byte) (string, error) {
	body, err := json.Marshal(a)
	if err != nil {
		return "", err
	}
	text := base64.RawURLEncoding.EncodeToString(body)
	return text + "." + mac(key, text), nil
}

// ReadAttempt reads what Sign wrote. It refuses what was changed, and an attempt that is too old.
func ReadAttempt(key []byte, value string, now time.Time) (a Attempt, err error) {
	text, sum, _ := strings.Cut(value, ".")
	if !hmac.Equal([]byte(sum), []byte(mac(key, text))) {
		return a, refuse(NotStarted)
	}
	body, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(body, &a)
	}
	if age := now.Sub(a.At); err != nil || age < -clockSkew || age > AttemptLasts {
		return Attempt{}, refuse(NotStarted)
	}
	return a, nil
}

func mac(key []byte, text string) string {
	h := hmac.New(sha256.New, key)
	h.Write([]byte("sign-in attempt/" + text))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

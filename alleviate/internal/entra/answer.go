package entra

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"intake/alleviate/internal/wire"
)

// answer is what the token endpoint said.
type answer struct {
	status     int
	mediaType  string
	retryAfter time.Duration // negative when not stated
	body       []byte
	whole      bool // the body ended within its limit
}

// grant is a token that passed every check.
type grant struct {
	value string
	life  time.Duration
}

const (
	defaultLife = time.Minute    // expires_in absent or absurd
	maxLife     = 24 * time.Hour // no token is trusted for longer
)

// read takes a token out of the answer or says why there is none: by the status, then by the error word,
// then by the token's own form.
func (a answer) read() (grant, *Failure) {
	var o wire.Object
	isObject := a.whole && json.Unmarshal(a.body, &o) == nil
	word := oauthWord(o)
	switch s := a.status; {
	case s == http.StatusTooManyRequests:
		f := a.fail(Throttled, "too many requests", o)
		f.RetryAfter = wire.Throttle(a.retryAfter)
		return grant{}, f
	case s >= 500, s == http.StatusRequestTimeout, word == "temporarily_unavailable":
		return grant{}, a.fail(Transient, "unavailable", o)
	case word != "":
		return grant{}, a.fail(Credentials, word, o).explain()
	case !a.whole && (s == http.StatusBadRequest || s == http.StatusUnauthorized):
		return grant{}, a.fail(Transient, "the error word was cut off", o)
	case s/100 != 2:
		return grant{}, a.fail(Credentials, "address or request refused", o)
	case !isObject, !wire.IsJSON(a.mediaType), !isBearer(o.Text("token_type")), !isToken(o.Str("access_token")):
		return grant{}, a.fail(Transient, nonsense, o)
	}
	return grant{o.Str("access_token"), life(o.Text("expires_in"))}, nil
}

const nonsense = "the token host answers nonsense"

func (a answer) fail(k Kind, reason string, o wire.Object) *Failure {
	f := &Failure{
		Kind: k, Reason: reason, Code: oauthWord(o), HTTPStatus: a.status, RetryAfter: max(0, a.retryAfter),
		TraceID: guid(o, "trace_id"), CorrelationID: guid(o, "correlation_id"),
	}
	if json.Unmarshal(o["error_codes"], &f.AADSTS) != nil {
		f.AADSTS = nil
	}
	return f
}

// life is expires_in as a duration. Digits in a string count; absent, 0, negative and what is no
// number count as a minute; the cap is a day.
func life(expiresIn string) time.Duration {
	seconds, err := strconv.ParseFloat(strings.TrimSpace(expiresIn), 64)
	if seconds >= maxLife.Seconds() {
		return maxLife
	}
	if err != nil || !(seconds >= 1) { // so that NaN counts as absurd
		return defaultLife
	}
	return time.Duration(seconds) * time.Second
}

func isBearer(tokenType string) bool { return strings.EqualFold(tokenType, "Bearer") }

// longestToken is what common servers take as one header line, in bytes, less the words around it;
// Entra's tokens have a quarter of that.
const longestToken = 8<<10 - 100

// isToken allows what fits into a header, which a newline would not, nor a token that no server reads.
func isToken(s string) bool {
	return s != "" && len(s) <= longestToken && strings.Trim(s, wire.LettersDigits+"-._~+/=") == ""
}

// oauthWord is the error word in small letters, or "".
func oauthWord(o wire.Object) string {
	s := o.Str("error")
	if len(s) > 64 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return ""
	}
	return s
}

func guid(o wire.Object, name string) string {
	if s := o.Str(name); IsGUID(s) {
		return s
	}
	return ""
}

// IsGUID wants 8-4-4-4-12 hexadecimal digits.
func IsGUID(s string) bool {
	groups := strings.Split(s, "-")
	if len(groups) != 5 {
		return false
	}
	for i, want := range []int{8, 4, 4, 4, 12} {
		if len(groups[i]) != want || strings.Trim(groups[i], "0123456789abcdefABCDEF") != "" {
			return false
		}
	}
	return true
}

package alleviate

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// TokenError is a token request that failed. It copies what is safe to show out of the answer and
// never holds the request, the body, a description or the library's own error.
type TokenError struct {
	// Kind is Transient, Throttled or Credentials.
	Kind Kind
	// Reason tells in a few fixed words how the request ended.
	Reason string
	// Code is the OAuth error word, such as "invalid_client", or empty.
	Code string
	// HTTPStatus is 0 when no answer came.
	HTTPStatus int
	// RetryAfter is how long no token will be asked for.
	RetryAfter time.Duration
	// Cause and Remedy are what Alleviate's docs say of Code, empty for codes that they do not name.
	Cause, Remedy string
	// Secret says which secret was refused: "current", "next" or "both"; empty when none was.
	Secret string
	// AADSTS are Microsoft's numbers for the failure. They are for the log and for support, not
	// for decisions, as Microsoft asks (learn.microsoft.com/entra/identity-platform/reference-error-codes).
	AADSTS []int
	// TraceID and CorrelationID are Microsoft's, for support.
	TraceID, CorrelationID string

	cause error
}

// Error is one line of fixed words and numbers.
func (e *TokenError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "alleviate: token: %s: %s", e.Kind, e.Reason)
	if e.HTTPStatus != 0 {
		fmt.Fprintf(&b, ", HTTP %d", e.HTTPStatus)
	}
	if e.Secret != "" {
		fmt.Fprintf(&b, ", %s secret", e.Secret)
	}
	if e.Cause != "" {
		fmt.Fprintf(&b, ": %s; %s", e.Cause, e.Remedy)
	}
	return b.String()
}

// Unwrap is context.Canceled, context.DeadlineExceeded, ErrWrongAddress or nil.
func (e *TokenError) Unwrap() error { return e.cause }

// LogValue adds what support asks for to the line of Error.
func (e *TokenError) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("error", e.Error()),
		slog.Any("aadsts", e.AADSTS),
		slog.String("trace_id", e.TraceID),
		slog.String("correlation_id", e.CorrelationID),
	)
}

// explain attaches what /getting-started/authentication says of four error words.
func (e *TokenError) explain() *TokenError {
	switch e.Code {
	case "invalid_client":
		e.Cause, e.Remedy = "the client id or the secret is wrong", "check the credentials"
	case "invalid_scope":
		e.Cause, e.Remedy = "the scope is wrong", "use the API's own scope"
	case "unauthorized_client":
		e.Cause, e.Remedy = "the application has not been authorised", "ask Alleviate for the permission"
	case "expired_token":
		e.Cause, e.Remedy = "the token has run out", "get a new token"
	}
	return e
}

// tokenAnswer is what the token endpoint said.
type tokenAnswer struct {
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

// read takes a token out of the answer or says why there is none. The order is that of the token
// rows: status first, then the error word, then the token's own form.
func (a tokenAnswer) read() (grant, *TokenError) {
	var o object
	isObject := a.whole && json.Unmarshal(a.body, &o) == nil
	word := o.oauthWord("error")
	switch s := a.status; {
	case s == http.StatusTooManyRequests:
		e := a.fail(Throttled, "too many requests", o)
		e.RetryAfter = throttle(a.retryAfter)
		return grant{}, e
	case s >= 500, s == http.StatusRequestTimeout, word == "temporarily_unavailable":
		return grant{}, a.fail(Transient, "unavailable", o)
	case word != "":
		return grant{}, a.fail(Credentials, word, o).explain()
	case !a.whole && (s == http.StatusBadRequest || s == http.StatusUnauthorized):
		return grant{}, a.fail(Transient, "the error word was cut off", o)
	case s/100 != 2:
		return grant{}, a.fail(Credentials, "address or request refused", o)
	case !isObject, !isJSON(a.mediaType), !isBearer(o.text("token_type")), !isToken(o.str("access_token")):
		return grant{}, a.fail(Transient, "the token host answers nonsense", o)
	}
	return grant{o.str("access_token"), life(o.text("expires_in"))}, nil
}

func (a tokenAnswer) fail(k Kind, reason string, o object) *TokenError {
	e := &TokenError{
		Kind: k, Reason: reason, Code: o.oauthWord("error"), HTTPStatus: a.status, RetryAfter: max(0, a.retryAfter),
		TraceID: o.guid("trace_id"), CorrelationID: o.guid("correlation_id"),
	}
	if json.Unmarshal(o["error_codes"], &e.AADSTS) != nil {
		e.AADSTS = nil
	}
	return e
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
	return s != "" && len(s) <= longestToken && strings.Trim(s, tokenCharacters) == ""
}

const tokenCharacters = lettersDigits + "-._~+/="

// str is a string and nothing else.
func (o object) str(name string) string {
	var s string
	if json.Unmarshal(o[name], &s) != nil {
		return ""
	}
	return s
}

// oauthWord is an error word in small letters, or "".
func (o object) oauthWord(name string) string {
	s := o.str(name)
	if len(s) > 64 || strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return ""
	}
	return s
}

func (o object) guid(name string) string {
	if s := o.str(name); isGUID(s) {
		return s
	}
	return ""
}

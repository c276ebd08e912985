package entra

import "time"

// Failure is a token request that failed. It copies what is safe to show out of the answer and never holds
// the request, the body, a description or the library's own error. Package alleviate has its fields again, with
// what they mean.
type Failure struct {
	Kind                   Kind
	Reason                 string
	Code                   string
	HTTPStatus             int
	RetryAfter             time.Duration
	Cause, Remedy          string
	Secret                 string
	AADSTS                 []int
	TraceID, CorrelationID string
	Err                    error
}

func (f *Failure) Error() string { return "alleviate: token: " + f.Reason }

// explain attaches what /getting-started/authentication says of four error words.
func (f *Failure) explain() *Failure {
	switch f.Code {
	case "invalid_client":
		f.Cause, f.Remedy = "the client id or the secret is wrong", "check the credentials"
	case "invalid_scope":
		f.Cause, f.Remedy = "the scope is wrong", "use the API's own scope"
	case "unauthorized_client":
		f.Cause, f.Remedy = "the application has not been authorised", "ask Alleviate for the permission"
	case "expired_token":
		f.Cause, f.Remedy = "the token has run out", "get a new token"
	}
	return f
}

package signin

// Reason is why a sign-in was refused. It is a constant of this package, so that it may be logged and stored.
type Reason string

// The reasons.
const (
	NotStarted       Reason = "not started here"     // no attempt of this browser, or one that is too old
	WrongState       Reason = "wrong state"          // the answer belongs to another attempt
	ProviderRefused  Reason = "the provider refused" // its answer is an error
	ProviderDown     Reason = "the provider is down" // it does not answer, or not as OpenID Connect says
	ClientRefused    Reason = "client refused"       // the provider does not accept our id or secret
	CodeRefused      Reason = "code refused"         // the code was used before, or is too old
	WrongIssuer      Reason = "wrong issuer"
	WrongAudience    Reason = "wrong audience"
	WrongTenant      Reason = "wrong tenant"
	WrongNonce       Reason = "wrong nonce"
	TokenExpired     Reason = "token expired"
	TokenUnreadable  Reason = "token not verified" // signature, algorithm or form
	NoSubject        Reason = "no subject"
	NoSecondFactor   Reason = "no second factor"
	TooManyAtOnce    Reason = "too many at once"
	ChoiceNotOffered Reason = "choice not offered" // by the development provider
)

// Reasons are all reasons.
var Reasons = []Reason{
	NotStarted, WrongState, ProviderRefused, ProviderDown, ClientRefused, CodeRefused, WrongIssuer, WrongAudience, WrongTenant,
	WrongNonce, TokenExpired, TokenUnreadable, NoSubject, NoSecondFactor, TooManyAtOnce, ChoiceNotOffered,
}

// Refusal is the error of a sign-in that was refused. It quotes nothing that was sent.
type Refusal struct {
	Reason Reason
	Code   string // the provider's error code when it is one that OAuth or OpenID Connect defines; else empty
}

func (r *Refusal) Error() string {
	text := "sign-in refused: " + string(r.Reason)
	if r.Code != "" {
		text += " (" + r.Code + ")"
	}
	return text
}

func refuse(reason Reason) error { return &Refusal{Reason: reason} }

// codes are the error codes that OAuth 2.0 and OpenID Connect define. Any other is not repeated: it may hold anything.
var codes = map[string]bool{
	"access_denied": true, "invalid_request": true, "invalid_client": true, "invalid_grant": true, "invalid_scope": true,
	"unauthorized_client": true, "unsupported_grant_type": true, "unsupported_response_type": true, "server_error": true,
	"temporarily_unavailable": true, "interaction_required": true, "login_required": true, "consent_required": true,
	"account_selection_required": true,
}

func refuseWith(reason Reason, code string) error {
	if !codes[code] {
		code = ""
	}
	return &Refusal{reason, code}
}

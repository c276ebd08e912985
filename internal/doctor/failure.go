package doctor

import (
	"errors"
	"fmt"

	"intake/alleviate"
	"intake/alleviate/debtcore"
	"intake/internal/delivery"
)

// failCall reports a call that failed, with the remedy that the documentation names or else the one for its kind.
func (r *reporter) failCall(name string, err error) {
	if token, ok := errors.AsType[*alleviate.TokenError](err); ok && token.Remedy != "" {
		r.fail(name, fmt.Sprintf("%s: %s", token.Code, token.Cause), token.Remedy)
		return
	}
	if errors.Is(err, alleviate.ErrWrongAddress) {
		r.fail(name, err.Error(), "see where DNS and the hosts file of this machine lead that name; for a host that is meant to be in a private network, set its address in place of its name")
		return
	}
	kind := delivery.KindOf(err)
	if errors.Is(err, debtcore.ErrUnauthorized) {
		kind = alleviate.Credentials // the token is new, so another one would be refused too
	}
	r.fail(name, err.Error(), remedies[kind])
}

// remedies are the next steps for each kind of failure.
var remedies = map[alleviate.Kind]string{
	alleviate.Transient:   "see whether this machine reaches the host (DNS, firewall, TLS); otherwise wait and try again",
	alleviate.Throttled:   "wait until the time that the line names, then try again",
	alleviate.Credentials: "check client id, secret, scope and address with Alleviate, and ask whether the permission was granted",
	alleviate.Rejected:    "the API has changed; compare its documentation with docs/lead.md",
}

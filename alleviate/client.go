package alleviate

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Config is what a Client needs. Environment, ClientID and ClientSecret are required.
type Config struct {
	Environment  Environment
	ClientID     string
	ClientSecret Secret
	// NextSecret is tried once whenever ClientSecret is refused, so that secrets can be rotated
	// without a pause. Empty when there is none.
	NextSecret Secret
	// Budgets are the time limits of whole calls, waiting for a token included.
	Budgets Budgets
	// FieldChecksLast drops an assumption. An input code or a documented message that an operation
	// itself answers with, in place of a payload, is of kind Rejected, because field checks come
	// first (documented for the sandbox's archetypes, /guides/sandbox-archetypes). With FieldChecksLast
	// such an error proves nothing: it is Ambiguous from CreateLead and Transient from the others.
	FieldChecksLast bool
	// Observe, when set, is given a redacted record of every request. It is called before the
	// call returns and from many goroutines: it must be quick and safe for that.
	Observe func(Exchange)
	// Now is the clock, time.Now by default. Durations are measured with it, so it should keep
	// the monotonic reading of time.Now.
	Now func() time.Time
	// Transport replaces the hardened transport, for tests. One that calls no httptrace hook
	// cannot prove that nothing was sent, so its failures count as sent.
	Transport http.RoundTripper
}

// Budgets are time limits per operation; a zero takes the default.
type Budgets struct {
	Create time.Duration // 120 s: createLead answers when its workflow has ended
	Submit time.Duration // 30 s
	Status time.Duration // 10 s, also for Probe
}

func (b Budgets) orDefaults() Budgets {
	return Budgets{
		Create: orDefault(b.Create, 120*time.Second),
		Submit: orDefault(b.Submit, 30*time.Second),
		Status: orDefault(b.Status, 10*time.Second),
	}
}

func orDefault(d, fallback time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return fallback
}

// Client calls Alleviate. It is safe for concurrent use and has one token for all callers.
type Client struct {
	apiURL  string
	api     http.RoundTripper
	std     bool // the transport is net/http's, whose trace hooks can be relied on
	tokens  *tokens
	budgets Budgets
	doubts  bool // Config.FieldChecksLast
	observe func(Exchange)
	now     func() time.Time
}

// Format writes the API's address for every verb: printing a Client in use would race with it.
func (c *Client) Format(f fmt.State, _ rune) {
	_, _ = fmt.Fprintf(f, "alleviate.Client(%s)", c.apiURL) // fmt has no way to report it
}

// New checks cfg and reports everything that is wrong on its face at once. It makes no request:
// a credential that Alleviate refuses shows in Ready, in TokenState and as kind Credentials.
func New(cfg Config) (*Client, error) {
	if err := cfg.problems(); err != nil {
		return nil, err
	}
	via := cfg.Transport
	if via == nil {
		via = hardenedTransport()
	}
	api, err := only(cfg.Environment.APIURL, via)
	if err != nil {
		return nil, err
	}
	now := cfg.Now
	if now == nil {
		now = time.Now
	}
	tokens, err := newTokens(cfg, via, now)
	if err != nil {
		return nil, err
	}
	_, std := via.(*http.Transport)
	return &Client{
		apiURL: cfg.Environment.APIURL, api: api, std: std, tokens: tokens,
		budgets: cfg.Budgets.orDefaults(), doubts: cfg.FieldChecksLast, observe: cfg.Observe, now: now,
	}, nil
}

func (cfg Config) problems() error {
	var credentials []error
	if cfg.ClientID == "" {
		credentials = append(credentials, errors.New("alleviate: client id is empty"))
	}
	if cfg.ClientSecret.Reveal() == "" {
		credentials = append(credentials, errors.New("alleviate: client secret is empty"))
	}
	return errors.Join(cfg.Environment.problems(), errors.Join(credentials...))
}

// call is one operation to be sent.
type call struct {
	op       string // the field of data, and Error.Op
	document string
	budget   time.Duration
	once     bool // must not be repeated when it may have landed
	vars     variables
	lead     LeadID
	partner  PartnerLeadID
	judge    func(object) string // "" or what is wrong with the payload
	nullable bool                // null is an answer: there is no such thing

	refuses          func(json.RawMessage) bool // says that the payload refuses the token; nil: it cannot
	fieldChecksFirst bool                       // not Config.FieldChecksLast
}

// reply is what came of one request.
type reply struct {
	answer
	op         string
	requestID  string
	sent       bool  // a byte of the request may have left
	err        error // never shown: it holds addresses
	status     int   // 0 when no answer began
	mediaType  string
	html       bool
	retryAfter time.Duration // negative when not stated
	body       []byte
	duration   time.Duration
}

// do makes one attempt within the call's budget. A token that was refused before anything was
// executed is dropped, a fresh one fetched and the request sent once more. One that was refused
// while the operation ran is dropped for later calls alone.
func (c *Client) do(ctx context.Context, call call) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, call.budget)
	defer cancel()
	call.fieldChecksFirst = !c.doubts
	r := reply{op: call.op, requestID: rand.Text(), retryAfter: -1}
	if bad := call.vars.unsayable(); len(bad) > 0 {
		e := r.fail(Rejected, "not sent: no value of the schema")
		e.Fields = bad
		return answer{}, c.done(call, r, Secret{}, 0, e)
	}
	for try := 1; ; try++ {
		token, err := c.tokens.get(ctx)
		if err != nil {
			return answer{}, c.done(call, r, Secret{}, try, noToken(r, err))
		}
		r = c.send(ctx, call, r.requestID, token.value)
		e := classify(call, r)
		if e == nil || e.Kind != refused {
			switch {
			case call.tokenRefusedBy(r):
				c.tokens.invalidate(token)
			case r.status != 0:
				token.taken.Store(true)
			}
			return r.answer, c.done(call, r, token.value, try, e)
		}
		wait := time.Duration(0)
		if try == 1 {
			if wait = c.tokens.invalidate(token); wait == 0 {
				_ = c.done(call, r, token.value, try, e) // not an error yet
				continue
			}
		}
		e.Kind, e.Reason = Credentials, "token refused twice"
		if token.taken.Load() { // the credential is good: this is a hiccup, and renewals are used up
			e.Kind, e.Reason, e.RetryAfter = Throttled, "token refused, renewals of this minute used up", wait
		}
		return r.answer, c.done(call, r, token.value, try, e)
	}
}

// tokenRefusedBy says that an answer that counts, or leaves a doubt, refuses the token.
func (c call) tokenRefusedBy(r reply) bool {
	return r.status == 401 || r.any(unauthenticatedCodes) || c.refuses != nil && r.payload != nil && c.refuses(r.payload)
}

// done shows the request to the observer and turns e into a plain error.
func (c *Client) done(call call, r reply, token Secret, try int, e *Error) error {
	if c.observe != nil {
		c.observe(c.exchange(call, r, token, try, e))
	}
	if e == nil {
		return nil
	}
	return e
}

// noToken is the failure of a call that had no token to go with.
func noToken(r reply, err error) *Error {
	e := r.fail(Transient, "no token: "+endedBy(err))
	e.cause = plainCause(err)
	if t, ok := errors.AsType[*TokenError](err); ok {
		e.Kind, e.Reason, e.cause = t.Kind, "no token: "+t.Reason, t
		e.RetryAfter = t.RetryAfter
	}
	return e
}

// Probe asks the API for nothing, to see whether it answers and takes our token. Any GraphQL
// answer will do that refuses neither token nor permission nor pace.
func (c *Client) Probe(ctx context.Context) error {
	_, err := c.do(ctx, call{op: "__typename", document: probeDocument, budget: c.budgets.Status})
	if e, ok := errors.AsType[*Error](err); ok && e.Answered && (e.Kind == Rejected || e.Kind == Transient) {
		return nil
	}
	return err
}

package alleviate_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/alleviate"
)

// echo answers as a debugging proxy would: with everything that it was sent.
func echo(status int, contentType string) script {
	return func(_ int, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		body, _ := io.ReadAll(r.Body)
		_, _ = io.WriteString(w, "<pre>"+r.Header.Get("Authorization")+string(body)+"</pre>")
	}
}

// halfway sends headers and the beginning of a body, then does what comes after.
func halfway(body string, after script) script {
	return func(n int, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", jsonType)
		_, _ = io.WriteString(w, body)
		w.(http.Flusher).Flush()
		after(n, w, r)
	}
}

// broken is halfway with a status, and then the connection is lost.
func broken(status int, body string) script {
	return func(_ int, w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

func endless(_ int, w http.ResponseWriter, _ *http.Request) {
	chunk := strings.Repeat(" ", 64<<10)
	for {
		if _, err := io.WriteString(w, chunk); err != nil {
			return
		}
	}
}

func TestCall_ClassifiesEveryFault(t *testing.T) {
	for _, fault := range upstreamFaults {
		for _, op := range operations {
			t.Run(fault.name+"/"+op.name, func(t *testing.T) {
				inBubble(t, func(w *world) { w.api = fault.api }, func(t *testing.T, w *world) {
					began := time.Now()
					_, err := op.call(t.Context(), w.client)
					want := fault.other
					if op.name == "createLead" {
						want = fault.create
					}
					if got := kindOf(t, err); got != want {
						t.Errorf("kind is %q, want %q: %v", got, want, err)
					}
					if got := retryAfterOf(err); got != fault.retryAfter {
						t.Errorf("RetryAfter is %s, want %s", got, fault.retryAfter)
					}
					if got := w.apiCalls(); got != fault.calls {
						t.Errorf("%d calls, want %d", got, fault.calls)
					}
					if got := w.tokenCalls(); got != fault.calls {
						t.Errorf("%d token requests, want one for each of %d calls", got, fault.calls)
					}
					if got, want := time.Since(began), waits(fault.wholeBudget, op.budget); got != want {
						t.Errorf("took %s, want %s", got, want)
					}
				})
			})
		}
	}
}

func waits(whole bool, budget time.Duration) time.Duration {
	if whole {
		return budget
	}
	return 0
}

func retryAfterOf(err error) time.Duration {
	e, _ := errors.AsType[*alleviate.Error](err)
	if e == nil {
		return 0
	}
	return e.RetryAfter
}

func TestCreateLead_NamesTheFieldsThatWereRefused(t *testing.T) {
	tests := []struct {
		name, errors string
		want         []string
	}{
		{"a documented message", `{"message":"firstName is required"},{"message":"Invalid email format"}`, []string{"email", "firstName"}},
		{"a documented date message", `{"message":"Invalid date format"}`, []string{"dateOfBirth"}},
		{"a GraphQL library's own words", `{"message":"Variable \"$input\" got invalid value; Field \"zipCode\" of required type \"String!\" was not provided."}`, []string{"zipCode"}},
		{"a field in the extensions", `{"message":"no","extensions":{"field":"state","code":"BAD_USER_INPUT"}}`, []string{"state"}},
		{"what a person typed is no field", `{"message":"` + nameCanary + ` ` + emailCanary + `","extensions":{"code":"BAD_USER_INPUT"}}`, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(w *world) { w.api = say(200, jsonType, `{"errors":[`+tt.errors+`]}`) }, func(t *testing.T, w *world) {
				_, err := w.client.CreateLead(t.Context(), applicant())
				if got := kindOf(t, err); got != rejected {
					t.Fatalf("kind is %q, want rejected", got)
				}
				e, _ := errors.AsType[*alleviate.Error](err)
				if diff := cmp.Diff(tt.want, e.Fields); diff != "" {
					t.Errorf("fields (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// It is an answer, and no failed call: whoever counts failures must not count it.
func TestLeadStatus_SaysThatALeadIsUnknown(t *testing.T) {
	for name, api := range map[string]script{
		"null":                       say(200, jsonType, `{"data":{"getLeadStatus":null}}`),
		"null and a NOT_FOUND code":  say(200, jsonType, `{"data":{"getLeadStatus":null},"errors":[`+errorAt(`["getLeadStatus"]`, "NOT_FOUND")+`]}`),
		"a NOT_FOUND code alone":     say(200, jsonType, `{"errors":[`+errorOf("NOT_FOUND")+`]}`),
		"a NOT_FOUND code, with 400": say(400, graphqlType, `{"errors":[`+errorOf("NOT_FOUND")+`]}`),
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(w *world) { w.api = api }, func(t *testing.T, w *world) {
				if _, err := w.client.LeadStatus(t.Context(), theirID); err != alleviate.ErrUnknownLead {
					t.Errorf("got %v, want ErrUnknownLead", err)
				}
				if x := w.exchanges[0]; x.Err != nil {
					t.Errorf("the exchange tells of a failure: %v", x.Err)
				}
			})
		})
	}
}

// For the operations that make or hand on a lead, null is never an answer.
func TestCall_ANullThatIsNoAnswerProvesNothing(t *testing.T) {
	for body, wantLook := range map[string]error{
		`{"data":{"OP":null}}`: alleviate.ErrUnknownLead,
		`{"data":null}`:        nil,
		`{"data":null,"errors":[` + errorOf("NOT_FOUND") + `]}`: alleviate.ErrUnknownLead,
	} {
		for i, want := range []alleviate.Kind{ambiguous, transient, transient} {
			inBubble(t, func(w *world) { w.api = say(200, jsonType, body) }, func(t *testing.T, w *world) {
				_, err := operations[i].call(t.Context(), w.client)
				if operations[i].name == "getLeadStatus" && wantLook != nil {
					if !errors.Is(err, wantLook) {
						t.Errorf("%s: a look got %v, want %v", body, err, wantLook)
					}
					return
				}
				if got := kindOf(t, err); got != want {
					t.Errorf("%s: %s is %q, want %q", body, operations[i].name, got, want)
				}
			})
		}
	}
}

// The switch for whoever does not believe that field checks come first.
func TestCreateLead_AFieldErrorOfTheOperationIsADoubtWhereTheAssumptionIsOff(t *testing.T) {
	for _, tt := range []struct {
		name, body string
		want       alleviate.Kind
	}{
		{"the operation itself", `{"data":null,"errors":[` + errorAt(`["createLead"]`, "BAD_USER_INPUT") + `]}`, ambiguous},
		{"the operation itself, without data", `{"errors":[` + errorAt(`["createLead"]`, "BAD_USER_INPUT") + `]}`, ambiguous},
		{"a documented message", `{"data":null,"errors":[{"message":"firstName is required","path":["createLead"]}]}`, ambiguous},
		{"beside null, without a path", `{"data":null,"errors":[` + errorOf("BAD_USER_INPUT") + `]}`, ambiguous},
		{"before execution", `{"errors":[` + errorOf("BAD_USER_INPUT") + `]}`, rejected},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(w *world) {
				w.api, w.config.FieldChecksLast = say(200, jsonType, tt.body), true
			}, func(t *testing.T, w *world) {
				if got := kindOf(t, create(t, w)); got != tt.want {
					t.Errorf("kind is %q, want %q", got, tt.want)
				}
			})
		})
	}
}

func TestCall_ATokenRefusedByAResolverIsRenewedForTheNextCallAlone(t *testing.T) {
	for name, first := range map[string]script{
		"with a path":              say(200, jsonType, `{"errors":[`+errorAt(`["OP"]`, "UNAUTHENTICATED")+`],"data":null}`),
		"beside null":              say(200, jsonType, `{"errors":[`+errorOf("UNAUTHORIZED")+`],"data":null}`),
		"beside a payload":         say(200, jsonType, `{"errors":[`+errorOf("UNAUTHORIZED")+`],"data":{"OP":`+goodPayload+`}}`),
		"401 beside a payload":     say(401, jsonType, everyPayload),
		"401 and a trusted answer": say(401, graphqlType, everyPayload),
		"401 and a null":           say(401, jsonType, `{"data":{"OP":null}}`),
		"half a 401":               broken(401, `{"data":{"OP`),
	} {
		for _, op := range operations {
			t.Run(name+"/"+op.name, func(t *testing.T) {
				inBubble(t, func(w *world) { w.api = inTurn(first, goodAnswer) }, func(t *testing.T, w *world) {
					_, _ = op.call(t.Context(), w.client) // its kind is in the table of faults
					if w.apiCalls() != 1 || w.tokenCalls() != 1 {
						t.Errorf("the first call made %d requests with %d tokens, want 1 and 1", w.apiCalls(), w.tokenCalls())
					}
					if _, err := op.call(t.Context(), w.client); err != nil {
						t.Error(err)
					}
					if diff := cmp.Diff([]string{tokenCanary + ".1", tokenCanary + ".2"}, w.bearers); diff != "" {
						t.Errorf("tokens (-want +got):\n%s", diff)
					}
				})
			})
		}
	}
}

// Answered is what delivery holds outages against: the way to Alleviate is open, or it is not.
func TestError_SaysWhetherAlleviateItselfAnswered(t *testing.T) {
	for _, tt := range []struct {
		name              string
		api               script
		answered, blocked bool
	}{
		{"a failure with a path", say(200, jsonType, `{"data":null,"errors":[`+errorAt(`["createLead"]`, "INTERNAL_SERVER_ERROR")+`]}`), true, false},
		{"a failure before execution", say(500, graphqlType, `{"errors":[`+errorOf("INTERNAL_SERVER_ERROR")+`]}`), true, false},
		{"a payload for somebody else", say(200, jsonType, `{"data":{"createLead":{"id":"x","partnerLeadId":"another"}}}`), true, false},
		{"input refused", say(400, jsonType, `{"errors":[`+errorOf("BAD_USER_INPUT")+`]}`), true, false},
		{"a gateway", say(502, "text/html", `<h1>down</h1>`), false, false},
		{"a gateway that says errors", say(502, jsonType, `{"errors":[`+errorOf("UPSTREAM")+`]}`), false, false},
		{"a page", say(200, "text/html", `<h1>hello</h1>`), false, false},
		{"nothing", cut, false, false},
		{"a firewall", say(403, "text/html", `<h1>blocked</h1>`), false, true},
		{"a firewall with 400", say(400, "text/html", `<h1>blocked</h1>`), false, true},
		{"a limit on the way", say(413, "", ``), false, true},
		{"a missing permission", say(403, jsonType, `{}`), false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(w *world) { w.api = tt.api }, func(t *testing.T, w *world) {
				e, _ := errors.AsType[*alleviate.Error](create(t, w))
				if e.Answered != tt.answered || e.Blocked != tt.blocked {
					t.Errorf("Answered %v Blocked %v, want %v and %v: %v", e.Answered, e.Blocked, tt.answered, tt.blocked, e)
				}
			})
		})
	}
}

func TestProbe_TakesAnyGraphQLAnswer(t *testing.T) {
	tests := []struct {
		name string
		api  script
		want alleviate.Kind
	}{
		{"the type name", say(200, jsonType, `{"data":{"__typename":"Query"}}`), done},
		{"a refusal of the query", say(400, jsonType, `{"errors":[{"message":"introspection is off"}]}`), done},
		{"a failure", say(200, jsonType, `{"data":null,"errors":[`+errorOf("INTERNAL_SERVER_ERROR")+`]}`), done},
		{"a failure before execution", say(500, graphqlType, `{"errors":[`+errorOf("INTERNAL_SERVER_ERROR")+`]}`), done},
		{"a firewall", say(403, "text/html", `<h1>blocked</h1>`), transient},
		{"a gateway", say(502, "", ``), transient},
		{"a missing permission", say(200, jsonType, `{"errors":[`+errorOf("FORBIDDEN")+`]}`), credentials},
		{"too many calls", say(429, "", ``), throttled},
		{"a refused token", say(401, "", ``), credentials},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(w *world) { w.api = tt.api }, func(t *testing.T, w *world) {
				if got := kindOf(t, w.client.Probe(t.Context())); got != tt.want {
					t.Errorf("kind is %q, want %q", got, tt.want)
				}
			})
		})
	}
}

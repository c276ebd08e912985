package alleviate_test

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
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

const everyPayload = `{"data":{"createLead":` + goodPayload + `,"submitLead":` + goodPayload + `,"getLeadStatus":` + goodPayload + `}}`

const (
	transient   = alleviate.Transient
	throttled   = alleviate.Throttled
	credentials = alleviate.Credentials
	rejected    = alleviate.Rejected
	ambiguous   = alleviate.Ambiguous
	done        = alleviate.Kind("")
)

// errorOf is a GraphQL error whose message repeats what was sent.
func errorOf(code string) string {
	return `{"message":"value \"` + emailCanary + `\" of ` + ssnCanary + `","extensions":{"code":"` + code + `"}}`
}

// errorAt is the same with a place, which is JSON; OP stands for the operation.
func errorAt(path, code string) string {
	return strings.TrimSuffix(errorOf(code), "}") + `,"path":` + path + `}`
}

// upstreamFaults are the HTTP, GraphQL and payload rows of the error taxonomy.
var upstreamFaults = []struct {
	name          string
	api           script
	create, other alleviate.Kind // what createLead, and what the other two operations make of it
	retryAfter    time.Duration
	calls         int
	wholeBudget   bool // the call takes all of its time; otherwise none
}{
	{"lost before an answer is doubt", cut, ambiguous, transient, 0, 1, false},
	{"no answer in time is doubt", silent, ambiguous, transient, 0, 1, true},
	{"half an answer, then lost, is doubt", halfway(`{"data":{"OP`, cut), ambiguous, transient, 0, 1, false},
	{"half an answer, then silence, is doubt", halfway(`{"data":{"OP`, silent), ambiguous, transient, 0, 1, true},

	{"401 renews once and then stops delivery", say(401, jsonType, `{}`), credentials, credentials, 0, 2, false},
	{"401 without a body is the same", say(401, "", ``), credentials, credentials, 0, 2, false},
	{"UNAUTHENTICATED inside 200 is a 401", say(200, jsonType, `{"errors":[`+errorOf("UNAUTHENTICATED")+`]}`), credentials, credentials, 0, 2, false},
	{"UNAUTHORIZED is a 401", say(200, jsonType, `{"errors":[`+errorOf("UNAUTHORIZED")+`]}`), credentials, credentials, 0, 2, false},
	{"UNAUTHORIZED as the whole message is a 401", say(200, jsonType, `{"errors":[{"message":"UNAUTHORIZED"}]}`), credentials, credentials, 0, 2, false},
	{"UNAUTHORIZED with 400 is a 401", say(400, jsonType, `{"errors":[`+errorOf("UNAUTHORIZED")+`]}`), credentials, credentials, 0, 2, false},
	{"AUTH_NOT_AUTHENTICATED is a 401", say(200, jsonType, `{"errors":[`+errorOf("AUTH_NOT_AUTHENTICATED")+`]}`), credentials, credentials, 0, 2, false},
	{"UNAUTHENTICATED with 500 in GraphQL's own type is a 401", say(500, graphqlType, `{"errors":[`+errorOf("UNAUTHENTICATED")+`]}`), credentials, credentials, 0, 2, false},
	{"one 401 is repaired", inTurn(say(401, jsonType, `{}`), goodAnswer), done, done, 0, 2, false},
	{"one UNAUTHENTICATED is repaired", inTurn(say(200, jsonType, `{"errors":[`+errorOf("UNAUTHENTICATED")+`]}`), goodAnswer), done, done, 0, 2, false},
	{"one UNAUTHORIZED is repaired", inTurn(say(200, jsonType, `{"errors":[`+errorOf("UNAUTHORIZED")+`]}`), goodAnswer), done, done, 0, 2, false},
	{"UNAUTHENTICATED beside another error is doubt", say(200, jsonType, `{"errors":[`+errorOf("UNAUTHENTICATED")+`,`+errorOf("INTERNAL_SERVER_ERROR")+`]}`), ambiguous, transient, 0, 1, false},
	{"UNAUTHENTICATED of a resolver is doubt", say(200, jsonType, `{"errors":[`+errorAt(`["OP"]`, "UNAUTHENTICATED")+`],"data":null}`), ambiguous, transient, 0, 1, false},
	{"UNAUTHORIZED of a resolver is doubt", say(200, jsonType, `{"errors":[`+errorAt(`["OP"]`, "UNAUTHORIZED")+`],"data":null}`), ambiguous, transient, 0, 1, false},
	{"AUTH_NOT_AUTHENTICATED of a resolver is doubt", say(200, jsonType, `{"errors":[`+errorAt(`["OP"]`, "AUTH_NOT_AUTHENTICATED")+`],"data":{"OP":null}}`), ambiguous, transient, 0, 1, false},
	{"UNAUTHENTICATED with a path alone is doubt", say(200, jsonType, `{"errors":[`+errorAt(`["OP"]`, "UNAUTHENTICATED")+`]}`), ambiguous, transient, 0, 1, false},
	{"UNAUTHENTICATED beside null is doubt", say(200, jsonType, `{"errors":[`+errorOf("UNAUTHENTICATED")+`],"data":null}`), ambiguous, transient, 0, 1, false},
	{"401 of a resolver is doubt", say(401, graphqlType, `{"errors":[`+errorAt(`["OP"]`, "UNAUTHENTICATED")+`],"data":null}`), ambiguous, transient, 0, 1, false},
	{"401 of a resolver in plain JSON is doubt", say(401, jsonType, `{"errors":[`+errorAt(`["OP"]`, "UNAUTHENTICATED")+`]}`), ambiguous, transient, 0, 1, false},
	{"401 of a gateway that has a field named data is a 401", say(401, jsonType, `{"data":null,"message":"expired"}`), credentials, credentials, 0, 2, false},
	{"401 of a gateway with errors beside null is a 401", say(401, jsonType, `{"data":null,"errors":[`+errorOf("UNAUTHENTICATED")+`]}`), credentials, credentials, 0, 2, false},
	{"401 beside null in GraphQL's own type is doubt", say(401, graphqlType, `{"data":null}`), ambiguous, transient, 0, 1, false},
	{"401 with a payload in plain JSON is doubt", say(401, jsonType, everyPayload), ambiguous, transient, 0, 1, false},
	{"401 with a payload and an authentication code is doubt", say(401, jsonType, `{"data":{"OP":`+goodPayload+`},"errors":[`+errorOf("UNAUTHENTICATED")+`]}`), ambiguous, transient, 0, 1, false},
	{"401 with an operation of null is doubt", say(401, jsonType, `{"data":{"OP":null}}`), ambiguous, transient, 0, 1, false},
	{"401 with data of something else is doubt", say(401, jsonType, `{"data":{}}`), ambiguous, transient, 0, 1, false},
	{"401 with data that cannot be read is doubt", say(401, jsonType, `{"data":[1]}`), ambiguous, transient, 0, 1, false},
	{"half a 401 is doubt", broken(401, `{"errors":[{"message":"x","pa`), ambiguous, transient, 0, 1, false},
	{"a 401 and then a lost connection is doubt", inTurn(say(401, jsonType, `{}`), cut), ambiguous, transient, 0, 2, false},

	{"403 with JSON is a missing permission", say(403, jsonType, `{"message":"`+emailCanary+`"}`), credentials, credentials, 0, 1, false},
	{"403 with nothing is a missing permission", say(403, "", ``), credentials, credentials, 0, 1, false},
	{"FORBIDDEN is a missing permission", say(200, jsonType, `{"errors":[`+errorOf("FORBIDDEN")+`]}`), credentials, credentials, 0, 1, false},
	{"AUTH_NOT_AUTHORIZED is a missing permission", say(200, jsonType, `{"errors":[`+errorOf("AUTH_NOT_AUTHORIZED")+`]}`), credentials, credentials, 0, 1, false},
	{"403 in GraphQL's own type is a missing permission", say(403, graphqlType, `{"errors":[`+errorOf("NO_LEADS_FOR_YOU")+`]}`), credentials, credentials, 0, 1, false},
	{"FORBIDDEN of a resolver is doubt", say(200, jsonType, `{"errors":[`+errorAt(`["OP"]`, "FORBIDDEN")+`],"data":null}`), ambiguous, transient, 0, 1, false},
	{"AUTH_NOT_AUTHORIZED beside null is doubt", say(200, jsonType, `{"errors":[`+errorOf("AUTH_NOT_AUTHORIZED")+`],"data":null}`), ambiguous, transient, 0, 1, false},
	{"403 of a resolver is doubt", say(403, graphqlType, `{"errors":[`+errorAt(`["OP"]`, "FORBIDDEN")+`],"data":null}`), ambiguous, transient, 0, 1, false},
	{"403 with a payload in plain JSON is doubt", say(403, jsonType, everyPayload), ambiguous, transient, 0, 1, false},
	{"403 with a payload in a page's type is doubt", say(403, "text/html", everyPayload), ambiguous, transient, 0, 1, false},
	{"403 with an operation of null is doubt", say(403, jsonType, `{"data":{"OP":null}}`), ambiguous, transient, 0, 1, false},
	{"403 beside null is doubt", say(403, jsonType, `{"data":null,"errors":[`+errorOf("FORBIDDEN")+`]}`), ambiguous, transient, 0, 1, false},
	{"half a 403 is doubt", broken(403, `{"errors":[{"message":"x","pa`), ambiguous, transient, 0, 1, false},
	{"403 with HTML is a firewall", echo(403, "text/html"), transient, transient, 0, 1, false},
	{"half a page with 403 is a firewall all the same", broken(403, `<h1>Blocked`), transient, transient, 0, 1, false},
	{"400 without GraphQL is a refusal on the way", say(400, "text/plain", `bad `+emailCanary), transient, transient, 0, 1, false},
	{"400 with HTML is a firewall", echo(400, "text/html"), transient, transient, 0, 1, false},
	{"400 with nothing is a refusal on the way", say(400, "", ``), transient, transient, 0, 1, false},
	{"half a 400 is doubt", broken(400, `{"errors":[{"message":"x","pa`), ambiguous, transient, 0, 1, false},
	{"413 without GraphQL is a refusal on the way", say(413, "text/html", `<h1>too large</h1>`), transient, transient, 0, 1, false},
	{"422 without GraphQL is a refusal on the way", say(422, jsonType, `{"detail":"`+ssnCanary+`"}`), transient, transient, 0, 1, false},
	{"400 with data that cannot be read is doubt", say(400, jsonType, `{"data":[1]}`), ambiguous, transient, 0, 1, false},
	{"400 with GraphQL errors parks the lead", say(400, jsonType, `{"errors":[`+errorOf("BAD_USER_INPUT")+`]}`), rejected, rejected, 0, 1, false},
	{"400 that ran and failed is doubt", say(400, graphqlType, `{"errors":[`+errorOf("INTERNAL_SERVER_ERROR")+`],"data":null}`), ambiguous, transient, 0, 1, false},

	{"400 in plain JSON that ran and failed is doubt", say(400, jsonType, `{"errors":[`+errorOf("INTERNAL_SERVER_ERROR")+`],"data":null}`), ambiguous, transient, 0, 1, false},

	{"301 is our address being wrong", say(301, "", ``, "Location", "http://127.0.0.1:3/"), credentials, credentials, 0, 1, false},
	{"307 is not followed", say(307, "", ``, "Location", "http://127.0.0.1:3/"), credentials, credentials, 0, 1, false},
	{"302 to nonsense is not followed", say(302, "", ``, "Location", "http://%zz"), credentials, credentials, 0, 1, false},
	{"404 is our address being wrong", say(404, "text/html", `<h1>no</h1>`), credentials, credentials, 0, 1, false},
	{"405 is our request being wrong", say(405, "", ``), credentials, credentials, 0, 1, false},
	{"406 is our request being wrong", say(406, "", ``), credentials, credentials, 0, 1, false},
	{"410 is our address being wrong", say(410, "", ``), credentials, credentials, 0, 1, false},
	{"415 is our request being wrong", say(415, "", ``), credentials, credentials, 0, 1, false},
	{"302 with a payload is doubt", say(302, jsonType, everyPayload, "Location", "http://127.0.0.1:3/"), ambiguous, transient, 0, 1, false},
	{"404 with a payload is doubt", say(404, jsonType, everyPayload), ambiguous, transient, 0, 1, false},
	{"404 beside null is doubt", say(404, jsonType, `{"data":null,"errors":[`+errorOf("NOT_FOUND")+`]}`), ambiguous, transient, 0, 1, false},
	{"404 with an operation of null is doubt", say(404, jsonType, `{"data":{"OP":null}}`), ambiguous, transient, 0, 1, false},

	{"429 with seconds waits for them", say(429, jsonType, `{}`, "Retry-After", "60"), throttled, throttled, time.Minute, 1, false},
	{"429 with a date waits until then", say(429, "", ``, "Retry-After", "Sat, 01 Jan 2000 00:02:00 GMT"), throttled, throttled, 2 * time.Minute, 1, false},
	{"429 with a date in the past waits a second", say(429, "", ``, "Retry-After", "Fri, 31 Dec 1999 00:00:00 GMT"), throttled, throttled, time.Second, 1, false},
	{"429 without a time waits a minute", say(429, "text/plain", `slow down`), throttled, throttled, time.Minute, 1, false},
	{"429 with a negative time waits a minute", say(429, "", ``, "Retry-After", "-5"), throttled, throttled, time.Minute, 1, false},
	{"429 with 0 waits a second", say(429, "", ``, "Retry-After", "0"), throttled, throttled, time.Second, 1, false},
	{"429 with ten years waits a quarter of an hour", say(429, "", ``, "Retry-After", "315360000"), throttled, throttled, 15 * time.Minute, 1, false},
	{"429 with a number beyond all bounds waits a quarter of an hour", say(429, "", ``, "Retry-After", strings.Repeat("9", 40)), throttled, throttled, 15 * time.Minute, 1, false},
	{"a rate-limit code waits", say(200, jsonType, `{"errors":[`+errorOf("RATE_LIMITED")+`]}`, "Retry-After", "7"), throttled, throttled, 7 * time.Second, 1, false},

	{"a rate-limit code of a resolver is doubt", say(200, jsonType, `{"errors":[`+errorAt(`["OP"]`, "RATE_LIMITED")+`],"data":null}`), ambiguous, transient, 0, 1, false},
	{"429 of a resolver is doubt", say(429, graphqlType, `{"errors":[`+errorAt(`["OP"]`, "RATE_LIMITED")+`],"data":null}`), ambiguous, transient, 0, 1, false},
	{"429 with a payload is doubt", say(429, jsonType, everyPayload, "Retry-After", "60"), ambiguous, transient, time.Minute, 1, false},
	{"429 beside null is doubt", say(429, jsonType, `{"data":null,"errors":[`+errorOf("RATE_LIMITED")+`]}`, "Retry-After", "60"), ambiguous, transient, time.Minute, 1, false},

	{"503 with a time did nothing", say(503, "", ``, "Retry-After", "30"), transient, transient, 30 * time.Second, 1, false},
	{"503 of a resolver with a time is doubt", say(503, graphqlType, `{"errors":[`+errorAt(`["OP"]`, "BUSY")+`],"data":null}`, "Retry-After", "30"), ambiguous, transient, 30 * time.Second, 1, false},
	{"503 with a payload and a time is doubt", say(503, jsonType, everyPayload, "Retry-After", "30"), ambiguous, transient, 30 * time.Second, 1, false},
	{"503 beside null with a time is doubt", say(503, jsonType, `{"data":null,"errors":[`+errorOf("BUSY")+`]}`, "Retry-After", "30"), ambiguous, transient, 30 * time.Second, 1, false},
	{"503 with an input code beside null is doubt", say(503, jsonType, `{"data":null,"errors":[`+errorAt(`["OP"]`, "BAD_USER_INPUT")+`]}`, "Retry-After", "30"), ambiguous, transient, 30 * time.Second, 1, false},
	{"503 without a time is doubt", say(503, "text/html", `<h1>down</h1>`), ambiguous, transient, 0, 1, false},
	{"503 with nonsense for a time is doubt", say(503, "", ``, "Retry-After", "soon"), ambiguous, transient, 0, 1, false},
	{"408 is doubt", say(408, "", ``), ambiguous, transient, 0, 1, false},
	{"409, which no row names, is doubt", say(409, jsonType, `{}`), ambiguous, transient, 0, 1, false},
	{"500 is doubt", echo(500, "text/html"), ambiguous, transient, 0, 1, false},
	{"500 with GraphQL errors and no data is doubt", say(500, graphqlType, `{"errors":[`+errorOf("INTERNAL_SERVER_ERROR")+`]}`), ambiguous, transient, 0, 1, false},
	{"502 is doubt", say(502, "", ``), ambiguous, transient, 0, 1, false},
	{"504 is doubt", say(504, "", ``), ambiguous, transient, 0, 1, false},
	{"520 is doubt", say(520, "", ``), ambiguous, transient, 0, 1, false},
	{"500 with JSON that claims a refusal is doubt", say(500, jsonType, `{"errors":[`+errorOf("BAD_USER_INPUT")+`]}`), ambiguous, transient, 0, 1, false},

	{"500 with a payload in plain JSON is doubt", say(500, jsonType, everyPayload), ambiguous, transient, 0, 1, false},

	{"200 with nothing is doubt", say(200, jsonType, ``), ambiguous, transient, 0, 1, false},
	{"200 with HTML is doubt", echo(200, "text/html"), ambiguous, transient, 0, 1, false},
	{"294 with nothing is doubt", say(294, "", ``), ambiguous, transient, 0, 1, false},
	{"204 is doubt", say(204, "", ``), ambiguous, transient, 0, 1, false},
	{"truncated JSON is doubt", say(200, jsonType, `{"data":{"OP":{"id":"d5faed99`), ambiguous, transient, 0, 1, false},
	{"JSON that is no GraphQL answer is doubt", say(200, jsonType, `{"id":"d5faed99"}`), ambiguous, transient, 0, 1, false},
	{"a list is doubt", say(200, jsonType, `[]`), ambiguous, transient, 0, 1, false},
	{"errors that are no list are doubt", say(200, jsonType, `{"errors":"`+emailCanary+`"}`), ambiguous, transient, 0, 1, false},
	{"no errors and no data is doubt", say(200, jsonType, `{"errors":[]}`), ambiguous, transient, 0, 1, false},
	{"a MiB and more is doubt", halfway(everyPayload, endless), ambiguous, transient, 0, 1, false},

	{"294 with a payload is done", say(294, jsonType, `{"data":{"OP":`+goodPayload+`}}`), done, done, 0, 1, false},
	{"errors beside a payload are warnings", say(200, jsonType, `{"data":{"OP":`+goodPayload+`},"errors":[`+errorOf("INTERNAL_SERVER_ERROR")+`]}`), done, done, 0, 1, false},
	{"UNAUTHENTICATED beside a payload is a warning", say(200, jsonType, `{"data":{"OP":`+goodPayload+`},"errors":[`+errorOf("UNAUTHENTICATED")+`]}`), done, done, 0, 1, false},
	{"a payload with 500 in GraphQL's own type is done", say(500, graphqlType, `{"data":{"OP":`+goodPayload+`}}`), done, done, 0, 1, false},
	{"a payload without a content type is done", say(200, "", `{"data":{"OP":`+goodPayload+`}}`), done, done, 0, 1, false},
	{"a payload behind a byte order mark is done", say(200, jsonType, "\ufeff"+`{"data":{"OP":`+goodPayload+`}}`), done, done, 0, 1, false},
	{"a whole payload before a lost connection is done", halfway(everyPayload, cut), done, done, 0, 1, false},

	{"INTERNAL_SERVER_ERROR without data is doubt", say(200, jsonType, `{"errors":[`+errorOf("INTERNAL_SERVER_ERROR")+`]}`), ambiguous, transient, 0, 1, false},
	{"an error without a code and without data is doubt", say(200, jsonType, `{"errors":[{"message":"no"}]}`), ambiguous, transient, 0, 1, false},
	{"an input code without data was not executed", say(200, jsonType, `{"errors":[`+errorOf("BAD_USER_INPUT")+`]}`), rejected, rejected, 0, 1, false},
	{"an input code beside another without data is doubt", say(200, jsonType, `{"errors":[`+errorOf("BAD_USER_INPUT")+`,`+errorOf("OTHER")+`]}`), ambiguous, transient, 0, 1, false},
	{"VALIDATION_ERROR as the whole message was not executed", say(200, jsonType, `{"errors":[{"message":"VALIDATION_ERROR"}]}`), rejected, rejected, 0, 1, false},
	{"a documented message without data was not executed", say(200, jsonType, `{"errors":[{"message":"Invalid email format"}]}`), rejected, rejected, 0, 1, false},
	{"a variable that does not fit was not executed", say(200, jsonType, `{"errors":[{"message":"Variable \"$input\" got invalid value {}"}]}`), rejected, rejected, 0, 1, false},
	{"a variable that does not fit, with a path, is doubt", say(200, jsonType, `{"errors":[{"message":"Variable \"$input\" got invalid value {}","path":["OP"]}]}`), ambiguous, transient, 0, 1, false},
	{"errors with a path and no data are doubt", say(200, jsonType, `{"errors":[`+errorAt(`["OP"]`, "INTERNAL_SERVER_ERROR")+`]}`), ambiguous, transient, 0, 1, false},
	{"400 with a path and no data is doubt", say(400, jsonType, `{"errors":[`+errorAt(`["OP"]`, "INTERNAL_SERVER_ERROR")+`]}`), ambiguous, transient, 0, 1, false},
	{"a path that is no list is a path", say(200, jsonType, `{"errors":[`+errorAt(`"OP"`, "BAD_USER_INPUT")+`]}`), ambiguous, transient, 0, 1, false},
	{"a path without a name is a path", say(200, jsonType, `{"errors":[`+errorAt(`[]`, "BAD_USER_INPUT")+`]}`), ambiguous, transient, 0, 1, false},
	{"a path of null is none", say(200, jsonType, `{"errors":[`+errorAt(`null`, "BAD_USER_INPUT")+`]}`), rejected, rejected, 0, 1, false},
	{"the operation itself refuses the input", say(200, jsonType, `{"errors":[`+errorAt(`["OP"]`, "BAD_USER_INPUT")+`]}`), rejected, rejected, 0, 1, false},
	{"the operation itself refuses the input beside null", say(200, jsonType, `{"data":null,"errors":[`+errorAt(`["OP"]`, "BAD_USER_INPUT")+`]}`), rejected, rejected, 0, 1, false},
	{"the operation itself refuses the input in documented words", say(200, jsonType, `{"data":{"OP":null},"errors":[{"message":"firstName is required","path":["OP"]}]}`), rejected, rejected, 0, 1, false},
	{"a field of the operation refuses the input: it ran", say(200, jsonType, `{"data":null,"errors":[`+errorAt(`["OP","id"]`, "BAD_USER_INPUT")+`]}`), ambiguous, transient, 0, 1, false},
	{"another operation refuses the input", say(200, jsonType, `{"data":null,"errors":[`+errorAt(`["somethingElse"]`, "BAD_USER_INPUT")+`]}`), ambiguous, transient, 0, 1, false},
	{"null with an input code parks the lead", say(200, jsonType, `{"data":null,"errors":[`+errorOf("BAD_USER_INPUT")+`]}`), rejected, rejected, 0, 1, false},
	{"null with a documented message parks the lead", say(200, jsonType, `{"data":null,"errors":[{"message":"firstName is required"}]}`), rejected, rejected, 0, 1, false},
	{"a documented message counts under any code", say(200, jsonType, `{"data":null,"errors":[{"message":"Error: INVALID EMAIL format: x","extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}`), rejected, rejected, 0, 1, false},
	{"null with an input code and another is doubt", say(200, jsonType, `{"data":null,"errors":[`+errorOf("BAD_USER_INPUT")+`,`+errorOf("INTERNAL_SERVER_ERROR")+`]}`), ambiguous, transient, 0, 1, false},
	{"null with more errors than anyone reads is doubt", say(200, jsonType, `{"data":null,"errors":[`+strings.Repeat(errorOf("BAD_USER_INPUT")+",", 60)+errorOf("INTERNAL_SERVER_ERROR")+`]}`), ambiguous, transient, 0, 1, false},
	{"null with any other error is doubt", say(200, jsonType, `{"data":null,"errors":[`+errorOf("INTERNAL_SERVER_ERROR")+`]}`), ambiguous, transient, 0, 1, false},
	{"null without an error is doubt", say(200, jsonType, `{"data":null}`), ambiguous, transient, 0, 1, false},
	{"an operation of null with an error is doubt", say(200, jsonType, `{"data":{"OP":null},"errors":[`+errorAt(`["OP"]`, "INTERNAL_SERVER_ERROR")+`]}`), ambiguous, transient, 0, 1, false},
	{"an operation of another case is doubt", say(200, jsonType, `{"data":{"CREATELEAD":{},"SUBMITLEAD":{},"GETLEADSTATUS":{}}}`), ambiguous, transient, 0, 1, false},

	{"a payload without an id is doubt", say(200, jsonType, `{"data":{"OP":{"resultCode":1015,"statusCode":"?"}}}`), ambiguous, transient, 0, 1, false},
	{"a payload that is a sentence is doubt", say(200, jsonType, `{"data":{"OP":"created"}}`), ambiguous, transient, 0, 1, false},
	{"the answer for another lead is doubt", say(200, jsonType, `{"data":{"OP":{"id":"x","leadId":"x","resultCode":1015,"statusCode":200,"partnerLeadId":"another"}}}`), ambiguous, transient, 0, 1, false},
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

func TestCall_IsTransientWhenNoByteHasLeft(t *testing.T) {
	fail := func(err error) func(context.Context) error { return func(context.Context) error { return err } }
	hang := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
	const never = time.Hour
	tests := []struct {
		name   string
		cancel time.Duration // after which the caller leaves
		dial   func(context.Context) error
		reason string
		cause  error
		took   time.Duration
	}{
		{"connection refused", never, fail(errors.New("refused by " + emailCanary)), "not sent: connection failed", nil, 0},
		{"name not found", never, fail(&net.DNSError{Err: "no such host"}), "not sent: connection failed", nil, 0},
		{"certificate of somebody else", never, fail(x509.HostnameError{Certificate: &x509.Certificate{}}), "not sent: certificate refused", nil, 0},
		{"no connection within the budget", never, hang, "not sent: out of time", context.DeadlineExceeded, 120 * time.Second},
		{"cancelled while connecting", time.Second, hang, "not sent: cancelled", context.Canceled, time.Second},
		{"cancelled before", 0, hang, "not sent: cancelled", context.Canceled, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			inBubble(t, func(w *world) {}, func(t *testing.T, w *world) {
				if err := w.client.Ready(t.Context()); err != nil {
					t.Fatal(err)
				}
				w.dial = func(ctx context.Context, _ string) error { return tt.dial(ctx) }
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				time.AfterFunc(tt.cancel, cancel)
				synctest.Wait()
				began := time.Now()
				_, err := w.client.CreateLead(ctx, applicant())
				if got := kindOf(t, err); got != transient {
					t.Fatalf("kind is %q, want transient: %v", got, err)
				}
				e, _ := errors.AsType[*alleviate.Error](err)
				if e.Reason != tt.reason || e.Sent {
					t.Errorf("Reason %q Sent %v, want %q false", e.Reason, e.Sent, tt.reason)
				}
				if tt.cause != nil && !errors.Is(err, tt.cause) {
					t.Errorf("errors.Is(err, %v) is false", tt.cause)
				}
				if got := time.Since(began); got != tt.took {
					t.Errorf("took %s, want %s", got, tt.took)
				}
				if w.apiCalls() != 0 {
					t.Error("a request arrived")
				}
			})
		})
	}
}

func TestCall_IsDoubtWhenCancelledAfterTheFirstByte(t *testing.T) {
	inBubble(t, func(w *world) { w.api = silent }, func(t *testing.T, w *world) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(3*time.Second, cancel)
		_, err := w.client.CreateLead(ctx, applicant())
		if got := kindOf(t, err); got != ambiguous || !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want ambiguous and cancelled", err)
		}
	})
}

// brittle is a connection that breaks for writing, before a byte has left, once it is told to.
type brittle struct {
	net.Conn
	broken *atomic.Bool
}

func (b brittle) Write(p []byte) (int, error) {
	if b.broken.Load() {
		return 0, errors.New("broken pipe")
	}
	return b.Conn.Write(p)
}

// net/http asks for a second connection by itself when a kept one takes no byte. When that one
// cannot be made either, nothing was sent.
func TestCall_IsTransientWhenAKeptConnectionTookNoByte(t *testing.T) {
	var broken atomic.Bool
	inBubble(t, func(w *world) {
		w.wrap = func(c net.Conn) net.Conn { return brittle{c, &broken} }
	}, func(t *testing.T, w *world) {
		if err := create(t, w); err != nil {
			t.Fatal(err)
		}
		broken.Store(true)
		w.dial = func(context.Context, string) error { return errors.New("refused") }
		_, err := w.client.CreateLead(t.Context(), applicant())
		e, _ := errors.AsType[*alleviate.Error](err)
		if got := kindOf(t, err); got != transient || e.Sent {
			t.Errorf("got %v, want transient and nothing sent", err)
		}
	})
}

func TestCall_IsDoubtOverATransportThatCannotProveAnything(t *testing.T) {
	transport := roundTrip(func(r *http.Request) (*http.Response, error) {
		if strings.HasSuffix(r.URL.Path, "token") {
			rec := httptest.NewRecorder()
			goodToken(1, rec, r)
			return rec.Result(), nil
		}
		return nil, errors.New("who knows")
	})
	client, err := alleviate.New(alleviate.Config{
		Environment: alleviate.Loopback(tokenURL, apiURL), ClientID: "client",
		ClientSecret: alleviate.NewSecret(secretCanary), Transport: transport,
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.CreateLead(t.Context(), applicant())
	if got := kindOf(t, err); got != ambiguous {
		t.Errorf("kind is %q, want ambiguous", got)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

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

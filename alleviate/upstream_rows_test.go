package alleviate_test

import (
	"strings"
	"time"

	"intake/alleviate"
)

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

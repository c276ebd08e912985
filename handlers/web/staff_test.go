package web

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strings"
	"testing"
)

var staffKeys = Keys{Once: []string{"page"}, Repeated: []string{"status"}}

// statusOfError is the HTTP status that an error is answered with; 0 without one.
func statusOfError(err error) int {
	if err == nil {
		return 0
	}
	return statusOf(err)
}

func staffRequest(mediaType, query, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "http://localhost:8080/desk?"+query, strings.NewReader(body))
	r.Body = http.MaxBytesReader(httptest.NewRecorder(), r.Body, maxBodyBytes)
	r.Header.Set("Content-Type", mediaType)
	return r
}

// pairs are urlencoded pairs, as a query or a form has them.
var pairs = []struct {
	name, text string
	status     int
	want       url.Values
}{
	{"nothing", "", 0, url.Values{}},
	{"each key once", "page=2&status=parked", 0, url.Values{"page": {"2"}, "status": {"parked"}}},
	{"a repeated key, in its order", "status=parked&status=in%20doubt&status=", 0, url.Values{"status": {"parked", "in doubt", ""}}},
	{"decoded once", "page=%2541+%26", 0, url.Values{"page": {"%41 &"}}},
	{"a key that comes once, twice", "page=1&page=2", 400, nil},
	{"a key that comes once, empty and again", "page=&page=2", 400, nil},
	{"an unknown key", "page=1&canary7319=x", 400, nil},
	{"a known key in another case", "Page=1", 400, nil},
	{"a key with brackets", "status[]=parked", 400, nil},
	{"not UTF-8", "page=%ff", 400, nil},
	{"half a character", "page=%e2%82", 400, nil},
	{"a broken escape", "page=%zz", 400, nil},
	{"a broken escape in a key", "pa%zge=1", 400, nil},
	{"too many pairs", strings.Repeat("status=x&", maxFormKeys), 400, nil},
}

func TestReadQuery_AcceptsKnownKeysAsOftenAsAllowed(t *testing.T) {
	for _, tt := range pairs {
		r := httptest.NewRequest(http.MethodGet, "http://localhost:8080/desk", nil)
		r.URL.RawQuery = tt.text
		got, err := ReadQuery(r, staffKeys)
		if statusOfError(err) != tt.status || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: got %v, %d; want %v, %d", tt.name, got, statusOfError(err), tt.want, tt.status)
		}
		if err != nil && strings.Contains(err.Error(), "canary7319") {
			t.Errorf("%s: the error quotes what was sent", tt.name)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "http://localhost:8080/desk", nil)
	r.URL.RawQuery = "page=" + strings.Repeat("a", maxBodyBytes)
	if _, err := ReadQuery(r, staffKeys); statusOfError(err) != http.StatusRequestURITooLong {
		t.Errorf("a query over the limit: got %d, want 414", statusOfError(err))
	}
}

func TestReadStaffForm_AcceptsKnownKeysAsOftenAsAllowed(t *testing.T) {
	for _, tt := range pairs {
		got, err := ReadStaffForm(staffRequest(formType, "", tt.text), staffKeys)
		if statusOfError(err) != tt.status || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: got %v, %d; want %v, %d", tt.name, got, statusOfError(err), tt.want, tt.status)
		}
	}
}

// desk is what a staff page's script could send.
type desk struct {
	Page   string   `json:"page"`
	Status []string `json:"status"`
	Inner  struct {
		ID int `json:"id"`
	} `json:"inner"`
}

func TestReadJSON_AcceptsOneObjectOfKnownKeys(t *testing.T) {
	keys := Keys{Once: []string{"page", "inner"}, Repeated: []string{"status"}}
	for _, tt := range []struct {
		name, body string
		status     int
		want       desk
	}{
		{"an empty object", `{}`, 0, desk{}},
		{"each key", ` {"page":"2","status":["a","b"],"inner":{"id":7}} `, 0, desk{"2", []string{"a", "b"}, struct {
			ID int `json:"id"`
		}{7}}},
		{"nothing", ``, 400, desk{}},
		{"null", `null`, 400, desk{}},
		{"a list", `[]`, 400, desk{}},
		{"a text", `"page"`, 400, desk{}},
		{"cut off", `{"page":"2"`, 400, desk{}},
		{"two objects", `{"page":"2"}{}`, 400, desk{}},
		{"a sign behind the object", `{"page":"2"},`, 400, desk{}},
		{"an unknown key", `{"canary7319":1}`, 400, desk{}},
		{"a known key in another case", `{"Page":"2"}`, 400, desk{}},
		{"an unknown key inside", `{"inner":{"canary7319":7}}`, 400, desk{}},
		{"a key twice", `{"page":"1","page":"2"}`, 400, desk{}},
		{"a key twice, once as an escape", `{"page":"1","p\u0061ge":"2"}`, 400, desk{}},
		{"a key twice inside", `{"inner":{"id":1,"id":2}}`, 400, desk{}},
		{"a key twice inside, in two cases", `{"inner":{"id":1,"ID":2}}`, 400, desk{}},
		{"a list where one value is asked", `{"page":["1","2"]}`, 400, desk{}},
		{"one value where a list is asked", `{"status":"a"}`, 400, desk{}},
		{"another type", `{"inner":{"id":"canary7319"}}`, 400, desk{}},
		{"not UTF-8", "{\"page\":\"\xff\"}", 400, desk{}},
		{"10,000 lists in each other", `{"page":` + strings.Repeat("[", 10_001), 400, desk{}},
		{"over the limit", `{"page":"` + strings.Repeat("a", maxBodyBytes) + `"}`, 413, desk{}},
	} {
		var got desk
		err := ReadJSON(staffRequest("application/json", "", tt.body), keys, &got)
		if statusOfError(err) != tt.status {
			t.Errorf("%s: got %d, want %d", tt.name, statusOfError(err), tt.status)
		}
		if tt.status == 0 && !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, tt.want)
		}
		if err != nil && strings.Contains(err.Error(), "canary7319") {
			t.Errorf("%s: the error quotes what was sent", tt.name)
		}
	}
}

// A key that is allowed and that the struct lacks would be dropped silently.
func TestReadJSON_RefusesAKeyThatTheStructDoesNotHave(t *testing.T) {
	var got struct{}
	if err := ReadJSON(staffRequest("application/json", "", `{"page":"2"}`), staffKeys, &got); statusOfError(err) != 400 {
		t.Errorf("got %d, want 400", statusOfError(err))
	}
}

func TestStaffReaders_RefuseOtherMediaTypesAndBrokenBodies(t *testing.T) {
	readers := map[string]func(*http.Request) error{
		formType:           func(r *http.Request) error { _, err := ReadStaffForm(r, staffKeys); return err },
		"application/json": func(r *http.Request) error { return ReadJSON(r, staffKeys, new(desk)) },
	}
	bodies := map[string]string{formType: "page=1", "application/json": `{"page":"1"}`}
	for mediaType, read := range readers {
		for _, tt := range []struct {
			name   string
			change func(*http.Request)
			want   int
		}{
			{"as it should be", func(*http.Request) {}, 0},
			{"UTF-8 by name", func(r *http.Request) { r.Header.Set("Content-Type", mediaType+"; charset=UTF-8") }, 0},
			{"no media type", func(r *http.Request) { r.Header.Del("Content-Type") }, 415},
			{"plain text", func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, 415},
			{"another charset", func(r *http.Request) { r.Header.Set("Content-Type", mediaType+"; charset=utf-16") }, 415},
			{"another parameter", func(r *http.Request) { r.Header.Set("Content-Type", mediaType+"; x=y") }, 415},
			{"compressed", func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }, 415},
			{"with a query", func(r *http.Request) { r.URL.RawQuery = "page=2" }, 400},
			{"cut off", func(r *http.Request) { r.Body = cutOff{} }, 400},
		} {
			r := staffRequest(mediaType, "", bodies[mediaType])
			tt.change(r)
			if got := statusOfError(read(r)); got != tt.want {
				t.Errorf("%s, %s: got %d, want %d", mediaType, tt.name, got, tt.want)
			}
		}
		if got := statusOfError(read(staffRequest(mediaType, "", strings.Repeat(" ", maxBodyBytes+1)))); got != 413 {
			t.Errorf("%s over the limit: got %d, want 413", mediaType, got)
		}
	}
}

// cutOff is a body whose sender went away.
type cutOff struct{}

func (cutOff) Read([]byte) (int, error) { return 0, errors.New("connection reset") }
func (cutOff) Close() error             { return nil }

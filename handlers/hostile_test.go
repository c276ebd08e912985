package handlers

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestHostile_BigRequestsAreRefusedAtOnce(t *testing.T) {
	many := strings.Builder{}
	for i := range 10_000 {
		many.WriteString("k" + strconv.Itoa(i) + "=v&")
	}
	for _, tt := range []struct {
		story  string
		body   string
		change func(*http.Request)
		want   int
	}{
		{"64 KiB and one byte", "city=" + strings.Repeat("a", 64<<10-4), func(*http.Request) {}, 413},
		{"the same, chunked", "city=" + strings.Repeat("a", 64<<10-4), func(r *http.Request) { r.ContentLength = -1 }, 413},
		{"10,000 keys", many.String()[:64<<10], func(*http.Request) {}, 400},
		{"gzip", "\x1f\x8b\x08\x00", func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") }, 415},
		{"1,000 cookies", filled().Encode(), func(r *http.Request) {
			r.Header.Set("Cookie", strings.Repeat("__Host-form=x; ", 1000))
		}, 303},
	} {
		t.Run(tt.story, func(t *testing.T) {
			d := openDoor(t)
			r := postOf(tt.body)
			tt.change(r)
			begun := time.Now()
			if got := d.do(r); got.Code != tt.want {
				t.Errorf("got %d, want %d", got.Code, tt.want)
			}
			if took := time.Since(begun); took > time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

func TestHostile_NoHeaderBendsALink(t *testing.T) {
	for _, header := range []string{"X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Prefix", "X-Original-URL", "X-Rewrite-URL", "Forwarded", "X-Host", "X-HTTP-Method-Override"} {
		d := openDoor(t)
		r := postOf(filled().Encode())
		r.Header.Set(header, "evil.example")
		got := d.do(r)
		_, record := d.shelf.only(t)
		if got.Code != 303 || !strings.HasPrefix(got.Header().Get("Location"), "/status/") || record.PageURL != "http://localhost:8080/apply" {
			t.Errorf("%s: got %d %q and the evidence %q", header, got.Code, got.Header().Get("Location"), record.PageURL)
		}
		for name, values := range got.Header() {
			if strings.Contains(strings.Join(values, " "), "evil") {
				t.Errorf("%s comes back in %s", header, name)
			}
		}
	}
}

func TestHostile_NothingWrittenIntoTheLogMakesALine(t *testing.T) {
	d := openDoor(t)
	brew := httptest.NewRequest(http.MethodGet, "http://localhost:8080/apply", nil)
	brew.Method = "BREW\x1b\u202e"
	for _, r := range []*http.Request{
		brew,
		postOf(filled("firstName", "a\r\n{\"level\":\"ERROR\"}\u2028\x1b[31m\u202e").Encode()),
		httptest.NewRequest(http.MethodGet, "http://localhost:8080/%0d%0a%1b%5b31m%e2%80%ae", nil),
	} {
		r.Header.Set("User-Agent", "x\x1b[31m\u2028\u202e")
		d.do(r)
	}
	for line := range strings.Lines(d.log.String()) {
		if !strings.HasPrefix(line, `{"time":`) || strings.ContainsAny(line, "\x1b\u2028\u202e\r") {
			t.Errorf("a log line is %q", line)
		}
	}
}

package handlers_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"intake/handlers"
	"intake/handlers/handlerstest"
	"intake/handlers/web"
)

func reportOf(mediaType, body string) *http.Request {
	r := handlerstest.Request(http.MethodPost, web.ReportPath, body)
	r.Header.Set("Content-Type", mediaType)
	return r
}

func TestReports_AreCountedByTheNameOfTheDirectiveAlone(t *testing.T) {
	const old, fresh = "application/csp-report", "application/reports+json"
	for _, tt := range []struct {
		name, mediaType, body string
		status                int
		want                  []string
	}{
		{"the old form", old, `{"csp-report":{"document-uri":"https://x/canary7319","effective-directive":"script-src-elem","violated-directive":"script-src 'self'"}}`, 204, []string{"script-src-elem"}},
		{"older still", old + "; charset=utf-8", `{"csp-report":{"violated-directive":"img-src 'self'"}}`, 204, []string{"img-src"}},
		{"the Reporting API", fresh, `[{"type":"csp-violation","body":{"effectiveDirective":"style-src-attr"}},{"type":"csp-violation","body":{"effectiveDirective":"connect-src"}}]`, 204, []string{"style-src-attr", "connect-src"}},
		{"a directive that somebody made up", fresh, `[{"body":{"effectiveDirective":"canary7319"}}]`, 204, []string{"other"}},
		{"no directive", old, `{}`, 204, []string{"other"}},
		{"none", fresh, `[]`, 204, nil},
		{"many", fresh, "[" + strings.Repeat(`{"body":{"effectiveDirective":"img-src"}},`, 200) + `{}]`, 204, slices.Repeat([]string{"img-src"}, handlers.MaxReports)},
		{"no report", old, `canary7319`, 400, nil},
		{"a form", "application/x-www-form-urlencoded", `a=b`, 415, nil},
		{"too long", old, `{"csp-report":{"document-uri":"` + strings.Repeat("a", handlers.MaxReportBytes) + `"}}`, 413, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			app := handlerstest.New(t)
			got := app.Do(reportOf(tt.mediaType, tt.body))
			if got.Code != tt.status || !slices.Equal(app.Meter.Directives, tt.want) {
				t.Errorf("got %d and counted %v, want %d and %v", got.Code, app.Meter.Directives, tt.status, tt.want)
			}
			if strings.Contains(app.Logged.String()+got.Body.String(), "canary7319") {
				t.Error("the log or the answer repeats it")
			}
		})
	}
}

func TestReports_EveryPageSaysWhereToSendThem(t *testing.T) {
	got := handlerstest.New(t).Get("/").Header()
	if policy := got.Get("Content-Security-Policy"); !strings.Contains(policy, "; report-uri /csp-reports; report-to csp") || got.Get("Reporting-Endpoints") != `csp="/csp-reports"` {
		t.Errorf("the policy is %q, the endpoint %q", policy, got.Get("Reporting-Endpoints"))
	}
}

func TestReports_FromAnotherSiteAreNotCounted(t *testing.T) {
	app := handlerstest.New(t)
	r := reportOf("application/csp-report", `{"csp-report":{"effective-directive":"img-src"}}`)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if got := app.Do(r); got.Code != 403 || len(app.Meter.Directives) > 0 {
		t.Errorf("got %d and counted %v", got.Code, app.Meter.Directives)
	}
}

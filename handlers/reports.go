package handlers

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"intake/handlers/web"
)

// maxReportBytes is several times a report of the longest addresses.
const maxReportBytes = 16 << 10

// maxReports is how many reports of one request are counted.
const maxReports = 20

// report is a report in both formats, that of the report-uri directive and that of the Reporting API. Only the
// name of the directive is used: a report holds URLs, which may identify a person.
type report struct {
	Old struct {
		Effective string `json:"effective-directive"`
		Violated  string `json:"violated-directive"`
	} `json:"csp-report"`
	Type string `json:"type"`
	Body struct {
		Effective string `json:"effectiveDirective"`
	} `json:"body"`
}

func (r report) directive() string {
	name, _, _ := strings.Cut(cmp.Or(r.Body.Effective, r.Old.Effective, r.Old.Violated), " ")
	return name
}

// reportable are the directives that are counted by name; any other is counted as "other".
var reportable = []string{
	"default-src", "script-src", "script-src-elem", "script-src-attr", "style-src", "style-src-elem", "style-src-attr", "img-src", "font-src",
	"connect-src", "media-src", "object-src", "frame-src", "child-src", "worker-src", "manifest-src", "form-action", "base-uri", "frame-ancestors",
}

// receiveReport counts what a browser reports that our content policy blocked.
func (h *Handlers) receiveReport(c echo.Context) error {
	mediaType, _, err := mime.ParseMediaType(c.Request().Header.Get("Content-Type"))
	if err != nil || (mediaType != "application/csp-report" && mediaType != "application/reports+json") {
		return web.NewProblem(http.StatusUnsupportedMediaType, errors.New("not a report"))
	}
	body, err := io.ReadAll(io.LimitReader(c.Request().Body, maxReportBytes+1))
	if err != nil {
		return web.NewProblem(http.StatusBadRequest, errors.New("report cut off"))
	}
	if len(body) > maxReportBytes {
		return web.NewProblem(http.StatusRequestEntityTooLarge, errors.New("report over the limit"))
	}
	reports, err := readReports(body)
	if err != nil {
		return web.NewProblem(http.StatusBadRequest, errors.New("report not readable"))
	}
	for _, r := range reports[:min(len(reports), maxReports)] {
		directive := r.directive()
		if !slices.Contains(reportable, directive) {
			directive = "other"
		}
		h.meter.Blocked(directive)
	}
	return c.NoContent(http.StatusNoContent)
}

// readReports reads one report, or a list of them.
func readReports(body []byte) (reports []report, err error) {
	if err := json.Unmarshal(body, &reports); err == nil {
		return reports, nil
	}
	var one report
	if err := json.Unmarshal(body, &one); err != nil {
		return nil, err
	}
	return []report{one}, nil
}

package web

import "strings"

// ReportPath is where browsers report what our content policy blocked.
const ReportPath = "/csp-reports"

// ContentPolicy allows a page our own files and nothing else. Pages hold no inline script or style, so it needs no
// nonce.
var ContentPolicy = strings.Join([]string{
	"default-src 'none'",     // everything that is not named below
	"script-src 'self'",      // a few small scripts; pages work without them
	"style-src 'self'",       // one style sheet
	"img-src 'self'",         // the icon
	"font-src 'self'",        // none today
	"connect-src 'self'",     // the status stream, the place of a ZIP code
	"form-action 'self'",     // answers go nowhere else
	"base-uri 'none'",        // no element can move our relative links
	"object-src 'none'",      // no plug-ins
	"frame-ancestors 'none'", // nobody frames the form
	"report-uri " + ReportPath,
	"report-to csp", // the same for browsers that know Reporting-Endpoints
}, "; ")

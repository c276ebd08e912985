// Package trustedform is the vendor that records a page with consents (TrustedForm): its script, the content policy that lets it
// run, and the certificate that the form brings.
package trustedform

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"intake/handlers/web"
	"intake/internal/consent"
	"intake/internal/lead"
)

const (
	// CertificateInput is where the vendor's script writes its certificate's URL.
	CertificateInput = "xxTrustedFormCertUrl"
	vendorInputs     = "xxTrustedForm" // prefix of the inputs that the script adds
)

// IsInput says whether an input of a form is one of the vendor's.
func IsInput(name string) bool { return strings.HasPrefix(name, vendorInputs) }

// IsStrict says whether nothing may be recorded in the state before the visitor touches the form.
func IsStrict(state string) bool { return state == "CA" || state == "PA" }

// Recorder is the vendor, for the pages that it records.
type Recorder struct {
	script  string // address of its script
	policy  string // content policy of those pages
	certify string // scheme and host of its certificates
}

// New is TrustedForm, or what stands in for it at the address of a script.
func New(standIn string) (*Recorder, error) {
	const api, cdn = "https://api.trustedform.com", "https://cdn.trustedform.com"
	if standIn == "" {
		script := api + "/trustedform.js?field=" + CertificateInput + "&use_tagged_consent=true"
		return &Recorder{script, policyWith(cdn, api), "https://cert.trustedform.com"}, nil
	}
	u, err := url.Parse(standIn)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") || u.User != nil {
		return nil, fmt.Errorf("the recording script's address must be like http://127.0.0.1:9000/script.js")
	}
	host := u.Scheme + "://" + u.Host
	return &Recorder{standIn, policyWith(host), host}, nil
}

// Script is the address of its script.
func (r *Recorder) Script() string { return r.script }

// policyWith is our content policy with these hosts where the vendor's script needs them:
// https://support.activeprospect.com, "Sites Using a Content Security Policy".
func policyWith(hosts ...string) string {
	policy := web.ContentPolicy
	for _, directive := range []string{"script-src 'self'", "img-src 'self'", "connect-src 'self'"} {
		policy = strings.Replace(policy, directive, directive+" "+strings.Join(hosts, " "), 1)
	}
	return policy
}

// certificateID is how the vendor names certificates.
var certificateID = regexp.MustCompile(`^[0-9A-Za-z]{16,128}$`)

// Certificate is that of the form. A lead is accepted without one, and with one whose URL is not the vendor's; its
// state says which.
func (r *Recorder) Certificate(address string) consent.Certificate {
	switch {
	case r == nil:
		return consent.Certificate{State: "off"}
	case address == "":
		return consent.Certificate{State: "none"}
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme+"://"+u.Host != r.certify || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "" {
		return consent.Certificate{State: "refused"}
	}
	id, rooted := strings.CutPrefix(u.EscapedPath(), "/")
	if !rooted || !certificateID.MatchString(id) {
		return consent.Certificate{State: "refused"}
	}
	return consent.Certificate{State: "given", URL: lead.Keep(address), ID: id}
}

// Allow relaxes the content policy of this one answer for the vendor's script.
func (r *Recorder) Allow(header http.Header) {
	if r != nil {
		header.Set("Content-Security-Policy", r.policy)
	}
}

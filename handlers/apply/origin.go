package apply

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"unicode"
	"unicode/utf8"

	"intake/handlers/web"
	"intake/internal/lead"
)

// originInput carries where the visitor came from through the first form, signed.
const originInput = "origin"

// maxOrigin bounds each part of it, in bytes; advertisers' ids are a fifth as long.
const maxOrigin = 512

// arrival is where the visitor of the first page came from. Of one who asks not to be followed it
// is the page alone.
func (h *Handlers) arrival(r *http.Request) lead.Attribution {
	landing := lead.Attribution{Landing: r.URL.Path}
	if web.HasGPC(r) {
		return landing
	}
	landing.Referrer = h.referrer(r)
	if r.URL.RawQuery == "" {
		return landing
	}
	asked := r.URL.Query()
	for name, to := range map[string]*string{
		"utm_source": &landing.UTMSource, "utm_medium": &landing.UTMMedium, "utm_campaign": &landing.UTMCampaign,
		"utm_term": &landing.UTMTerm, "utm_content": &landing.UTMContent,
		"gclid": &landing.GCLID, "gbraid": &landing.GBRAID, "wbraid": &landing.WBRAID,
		"fbclid": &landing.FBCLID, "msclkid": &landing.MSCLKID, "ttclid": &landing.TTCLID,
	} {
		*to = visible(asked.Get(name))
	}
	return landing
}

// referrer is scheme and host of the site that led here, nothing when it is our own.
func (h *Handlers) referrer(r *http.Request) string {
	header := r.Header.Get("Referer")
	if header == "" {
		return ""
	}
	from, err := url.Parse(header)
	if err != nil || (from.Scheme != "https" && from.Scheme != "http") || from.Host == "" || h.ServesHost(from.Host) {
		return ""
	}
	return visible(from.Scheme + "://" + from.Host)
}

// visible is s when it is a short line of characters that can be seen, and nothing otherwise: half an
// id is none.
func visible(s string) string {
	if len(s) > maxOrigin || !utf8.ValidString(s) {
		return ""
	}
	for _, r := range s {
		if !unicode.IsGraphic(r) || r == utf8.RuneError {
			return ""
		}
	}
	return s
}

// landingAlone is what may be kept of an origin once the browser asked not to be followed.
func landingAlone(from lead.Private[lead.Attribution]) lead.Private[lead.Attribution] {
	if !from.Given() {
		return from
	}
	return lead.Keep(lead.Attribution{Landing: from.Reveal().Landing})
}

// writeOrigin is the origin for the form, signed, in characters that need no escaping.
func (h *Handlers) writeOrigin(from lead.Attribution) string {
	body, err := json.Marshal(from)
	if err != nil {
		return "" // strings always can be written
	}
	return base64.RawURLEncoding.EncodeToString(append(h.signOrigin(body), body...))
}

// readOrigin is what writeOrigin wrote; nothing when it is not ours.
func (h *Handlers) readOrigin(text string) (from lead.Private[lead.Attribution]) {
	signed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(signed) < sha256.Size {
		return from
	}
	sum, body := signed[:sha256.Size], signed[sha256.Size:]
	var origin lead.Attribution
	if !hmac.Equal(sum, h.signOrigin(body)) || json.Unmarshal(body, &origin) != nil {
		return from
	}
	return lead.Keep(origin)
}

func (h *Handlers) signOrigin(body []byte) []byte { return h.signature("origin", body) }

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

// originInput carries the signed attribution (where the visitor came from) through the first form.
const originInput = "origin"

// maxOrigin bounds each part of an attribution, in bytes. Advertisers' ids are a fifth as long.
const maxOrigin = 512

// arrival is the attribution of a visit to the first page. With Global Privacy Control it is the page only.
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

// referrer is scheme and host of the site that linked here. It is empty for our own site.
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

// visible is s if it is short and consists of visible characters, else nothing: half an id would be useless.
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

// landingAlone is the part of an attribution that may be stored under Global Privacy Control.
func landingAlone(from lead.Private[lead.Attribution]) lead.Private[lead.Attribution] {
	if !from.Given() {
		return from
	}
	return lead.Keep(lead.Attribution{Landing: from.Reveal().Landing})
}

// writeOrigin encodes a signed attribution for the form, in characters that need no escaping.
func (h *Handlers) writeOrigin(from lead.Attribution) string {
	body, err := json.Marshal(from)
	if err != nil {
		return "" // cannot happen: strings can always be marshaled
	}
	return base64.RawURLEncoding.EncodeToString(append(h.signOrigin(body), body...))
}

// readOrigin reads what writeOrigin wrote. It is not given when the signature is not ours.
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

package email

import (
	"strings"
	"sync"
)

// Suggest guesses the domain that somebody meant by one that looks like a typing error; empty when it may be
// right. It misses a typing error rather than question a domain that exists.
func Suggest(domain string) string {
	if knownDomains()[domain] {
		return ""
	}
	if meant := typos()[domain]; meant != "" {
		return meant
	}
	if rest, ok := strings.CutPrefix(domain, "www."); ok && knownDomains()[rest] {
		return rest
	}
	dot := max(0, strings.LastIndexByte(domain, '.'))
	name, ending := domain[:dot], strings.TrimPrefix(domain[dot:], ".")
	if real := impossibleEndings[ending]; real != "" {
		corrected := name + "." + real
		if meant := Suggest(corrected); meant != "" {
			return meant
		}
		return corrected
	}
	return similarProvider(name, ending)
}

// similarProvider finds the provider whose name is at most one typing error away.
func similarProvider(name, ending string) string {
	for _, big := range bigProviders {
		dot := strings.LastIndexByte(big, '.')
		bigName, bigEnding := big[:dot], big[dot+1:]
		sameEnding := ending == bigEnding || unlikelyEndings[ending] == bigEnding
		if sameEnding && (name == bigName || isOneTypoAway(name, bigName)) {
			return big
		}
	}
	return ""
}

// bigProviders have long names and millions of addresses: a domain one typing error away is nearly always
// that error.
var bigProviders = []string{
	"gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "icloud.com", "comcast.net", "verizon.net", "bellsouth.net",
	"sbcglobal.net", "protonmail.com", "rocketmail.com", "yahoo.com.mx", "yahoo.es", "hotmail.es", "outlook.es",
}

// impossibleEndings are endings that no domain has, and what is meant by them.
var impossibleEndings = map[string]string{
	"con": "com", "cmo": "com", "ocm": "com", "vom": "com", "xom": "com", "cpm": "com", "cim": "com", "clm": "com",
	"comm": "com", "coom": "com", "ccom": "com", "c0m": "com",
	"nte": "net", "met": "net", "ney": "net", "ner": "net", "nett": "net",
	"ogr": "org", "orgg": "org",
}

// unlikelyEndings are endings of small countries that are typing errors after the name of a big provider.
var unlikelyEndings = map[string]string{"co": "com", "cm": "com", "om": "com", "ne": "net"}

// typos are the domains that people type for a provider and that the rules do not find: an error in the
// first letter, two errors at once, another ending.
var typos = sync.OnceValue(func() map[string]string {
	meant := map[string]string{}
	for domain, typed := range map[string]string{
		"gmail.com": "mgail.com hmail.com fmail.com gimal.com gamial.com gemial.com gmailmail.com " +
			"gmail.net gmail.org gmail.es gmail.mx gmail.us gmail.com.mx gmail.co.uk gmail.com.com",
		"yahoo.com":     "ahoo.com tahoo.com uahoo.com jahoo.com yhaho.com yahoomail.com yahoo.net yahoo.org yahoo.com.com",
		"hotmail.com":   "otmail.com jotmail.com gotmail.com hitmal.com hormial.com htomial.com hotmail.net hotmail.org hotmail.com.com",
		"outlook.com":   "utlook.com putlook.com oulotok.com otulok.com outlook.net outlook.org outlook.com.com",
		"icloud.com":    "ucloud.com icould.com ilcuod.com icloud.net icloud.org",
		"aol.com":       "aoll.com aol.co aol.cm aol.net ao.com",
		"msn.com":       "msn.co msm.com",
		"sbcglobal.net": "sbcglobal.com sbcgloble.net scbglobal.com",
		"bellsouth.net": "bellsouth.com belsouth.com",
	} {
		for _, d := range strings.Fields(typed) {
			meant[d] = domain
		}
	}
	return meant
})

// knownDomains are domains with mailboxes that are never questioned, some of them a typing error away from
// another: of everybody in the US, of internet providers there, and of Latin America and Spain.
var knownDomains = sync.OnceValue(func() map[string]bool {
	real := map[string]bool{}
	for _, d := range strings.Fields(`
		gmail.com googlemail.com yahoo.com ymail.com rocketmail.com myyahoo.com hotmail.com outlook.com live.com msn.com passport.com
		icloud.com me.com mac.com aol.com aim.com mail.com email.com usa.com gmx.com gmx.net gmx.us proton.me pm.me
		protonmail.com protonmail.ch zoho.com zohomail.com fastmail.com fastmail.fm hey.com duck.com tutanota.com tuta.com
		yandex.com inbox.com hushmail.com mail.ru qq.com 163.com naver.com

		comcast.net comcast.com xfinity.com verizon.net verizon.com att.net att.com sbcglobal.net bellsouth.net pacbell.net
		swbell.net ameritech.net snet.net flash.net prodigy.net cox.net cox.com charter.net charter.com spectrum.net twc.com
		rr.com roadrunner.com earthlink.net mindspring.com frontier.com frontiernet.net windstream.net centurylink.net q.com
		embarqmail.com suddenlink.net optonline.net optimum.net juno.com netzero.net netzero.com netscape.net tds.net
		mediacombb.net hughes.net cableone.net sparklight.net ptd.net rcn.com excite.com lycos.com

		hotmail.es yahoo.es outlook.es live.es terra.es telefonica.net hotmail.com.mx yahoo.com.mx live.com.mx outlook.com.mx
		prodigy.net.mx hotmail.com.ar yahoo.com.ar live.com.ar outlook.com.ar fibertel.com.ar yahoo.com.co yahoo.com.ve
		yahoo.com.pe yahoo.com.br hotmail.com.br outlook.com.br hotmail.cl live.cl yahoo.cl outlook.cl terra.com terra.cl cantv.net
		coqui.net prtc.net caribe.net libertypr.net une.net.co ice.co.cr racsa.co.cr

		yahoo.co yahoo.ca yahoo.fr yahoo.de yahoo.it yahoo.co.uk yahoo.co.in yahoo.in hotmail.co hotmail.co.uk hotmail.fr
		hotmail.it hotmail.de outlook.fr outlook.de outlook.it live.ca live.co.uk live.fr cloud.com`) {
		real[d] = true
	}
	return real
})

// isOneTypoAway says whether typed is meant but for one typing error after the first letter: a letter too
// many, too few, another, or two that changed places.
func isOneTypoAway(typed, meant string) bool {
	t, m := []rune(typed), []rune(meant)
	if len(t) == 0 || t[0] != m[0] {
		return false
	}
	i := 0
	for i < len(t) && i < len(m) && t[i] == m[i] {
		i++
	}
	t, m = t[i:], m[i:]
	switch len(t) - len(m) {
	case 1:
		return string(t[1:]) == string(m)
	case -1:
		return string(t) == string(m[1:])
	case 0:
		swapped := len(t) > 1 && t[0] == m[1] && t[1] == m[0] && string(t[2:]) == string(m[2:])
		return len(t) > 0 && (string(t[1:]) == string(m[1:]) || swapped)
	}
	return false
}

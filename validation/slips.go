package validation

import (
	"strings"
	"sync"
)

// meantDomain guesses the domain that somebody meant by one that looks like a slip; empty when it
// may be right. It would rather miss a slip than doubt a domain that exists.
func meantDomain(domain string) string {
	switch {
	case realDomains()[domain]:
		return ""
	case slips[domain] != "":
		return slips[domain]
	}
	if rest, ok := strings.CutPrefix(domain, "www."); ok && realDomains()[rest] {
		return rest
	}
	name, ending, _ := strings.Cut(domain, ".")
	if meant := brokenEndings[ending]; meant != "" {
		if fixed := name + "." + meant; realDomains()[fixed] {
			return fixed
		}
		ending = meant
	}
	for _, big := range bigProviders {
		bigName, bigEnding, _ := strings.Cut(big, ".")
		if ending == bigEnding && isOneSlipAway(name, bigName) {
			return big
		}
	}
	return ""
}

// bigProviders is where a domain one slip away is nearly always that slip: long names with
// millions of addresses.
var bigProviders = []string{
	"gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "icloud.com", "comcast.net", "verizon.net",
	"sbcglobal.net", "bellsouth.net", "protonmail.com", "rocketmail.com", "yahoo.com.mx", "yahoo.es", "hotmail.es", "outlook.es",
}

// brokenEndings is endings that no domain has, and those of small countries that people rarely
// mean behind a provider's name.
var brokenEndings = map[string]string{
	"con": "com", "cmo": "com", "ocm": "com", "vom": "com", "xom": "com", "cpm": "com", "comm": "com", "coom": "com",
	"cim": "com", "clm": "com", "ccom": "com", "com.com": "com", "co": "com", "cm": "com", "om": "com", "c0m": "com",
	"ne": "net", "nte": "net", "met": "net", "ney": "net", "nett": "net", "ner": "net", "com.mxx": "com.mx", "con.mx": "com.mx",
}

// slips is what people type for a provider that the rules below do not see: the first letter, two
// slips at once, or the wrong ending.
var slips = map[string]string{
	"gmail.net": "gmail.com", "gmail.org": "gmail.com", "gmail.es": "gmail.com", "gmail.com.mx": "gmail.com",
	"mgail.com": "gmail.com", "gmaul.com": "gmail.com", "gnail.con": "gmail.com", "gmailmail.com": "gmail.com",
	"hmail.com": "gmail.com", "fmail.com": "gmail.com", "gmil.con": "gmail.com", "gimal.com": "gmail.com",
	"ahoo.com": "yahoo.com", "tahoo.com": "yahoo.com", "uahoo.com": "yahoo.com", "yhaoo.co": "yahoo.com", "yaho.con": "yahoo.com",
	"yahoo.net": "yahoo.com", "yahoomail.com": "yahoo.com", "jahoo.com": "yahoo.com",
	"otmail.com": "hotmail.com", "htomail.con": "hotmail.com", "hotmail.net": "hotmail.com", "jotmail.com": "hotmail.com", "homtail.com": "hotmail.com",
	"oulook.es": "outlook.es", "utlook.com": "outlook.com", "putlook.com": "outlook.com", "outlook.net": "outlook.com", "outloook.con": "outlook.com",
	"icloud.net": "icloud.com", "icloud.co": "icloud.com", "oicloud.com": "icloud.com", "icould.com": "icloud.com", "iclod.con": "icloud.com",
	"aol.con": "aol.com", "aoll.com": "aol.com", "ao.com.com": "aol.com", "sbcglobal.com": "sbcglobal.net", "sbcgloba.net": "sbcglobal.net",
	"bellsouth.com": "bellsouth.net", "comcas.com": "comcast.net", "msn.con": "msn.com", "live.con": "live.com",
}

// realDomains is domains with mailboxes that are never doubted, some of them a slip away from
// another.
var realDomains = sync.OnceValue(func() map[string]bool {
	known := map[string]bool{}
	for _, d := range strings.Fields(`
		gmail.com googlemail.com yahoo.com ymail.com rocketmail.com hotmail.com outlook.com live.com msn.com passport.com
		icloud.com me.com mac.com aol.com aim.com mail.com email.com usa.com gmx.com gmx.net gmx.us proton.me pm.me
		protonmail.com zoho.com zohomail.com fastmail.com fastmail.fm hey.com duck.com tutanota.com tuta.com yandex.com inbox.com hushmail.com
		comcast.net comcast.com xfinity.com verizon.net verizon.com att.net att.com sbcglobal.net bellsouth.net
		pacbell.net swbell.net ameritech.net snet.net flash.net prodigy.net cox.net cox.com charter.net charter.com spectrum.net twc.com rr.com
		roadrunner.com earthlink.net mindspring.com frontier.com frontiernet.net windstream.net centurylink.net q.com
		embarqmail.com suddenlink.net optonline.net optimum.net juno.com netzero.net netzero.com netscape.net tds.net mediacombb.net
		hughes.net wildblue.net cableone.net sparklight.net ptd.net rcn.com excite.com lycos.com bigfoot.com
		hotmail.es yahoo.es outlook.es live.es hotmail.com.mx yahoo.com.mx live.com.mx outlook.com.mx prodigy.net.mx hotmail.com.ar yahoo.com.ar
		live.com.ar yahoo.com.co yahoo.com.ve yahoo.com.pe yahoo.com.br hotmail.com.br outlook.com.br hotmail.cl live.cl yahoo.cl
		outlook.cl terra.com terra.es telefonica.net cantv.net coqui.net prtc.net caribe.net une.net.co ice.co.cr racsa.co.cr
		yahoo.co yahoo.ca yahoo.fr yahoo.de yahoo.it yahoo.co.uk yahoo.co.in yahoo.in hotmail.co.uk hotmail.fr hotmail.it hotmail.de
		outlook.fr outlook.de outlook.it live.ca live.co.uk live.fr mail.ru bk.ru list.ru inbox.ru qq.com 163.com 126.com naver.com
		cloud.com`) {
		known[d] = true
	}
	return known
})

// isOneSlipAway says whether typed is meant but for one slip of the hand behind the first letter:
// a letter too many, too few, another, or two that changed places.
func isOneSlipAway(typed, meant string) bool {
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

package email

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/publicsuffix"
)

func TestSuggest_FindsTypingErrors(t *testing.T) {
	for meant, typed := range map[string]string{
		"gmail.com": "gmial.com gmai.com gmal.com gmil.com gail.com gmaill.com gmaiil.com ggmail.com gnail.com gmsil.com gmali.com gamil.com " +
			"gmail.co gmail.cm gmail.om gmail.con gmail.cmo gmail.ocm gmail.comm gmail.vom gmail.xom gmail.c0m gmial.con gmai.co " +
			"mgail.com hmail.com gmail.net gmail.es gmail.com.mx www.gmail.com gmаil.com",
		"yahoo.com":     "yaho.com yhoo.com yahooo.com yahho.com yhaoo.com yaoo.com yahoo.con yahoo.cm yaho.con ahoo.com yahoomail.com tahoo.com",
		"hotmail.com":   "hotmial.com hotmai.com hotmal.com homail.com hotmaill.com hotmall.com hormail.com htomail.com hotmil.com hotmail.con hotmail.cm otmail.com",
		"outlook.com":   "outlok.com outloo.com outllook.com outloook.com oulook.com outlook.con outlook.co outlook.cm putlook.com",
		"icloud.com":    "iclod.com iclould.com icoud.com icluod.com icloud.con icloud.co icould.com",
		"comcast.net":   "comcas.net comcat.net comcast.met comcast.nte",
		"sbcglobal.net": "sbcgloba.net sbcglobal.com sbcglobal.ney",
		"bellsouth.net": "belsouth.net bellsouth.com",
		"verizon.net":   "verizion.net verizon.ner",
		"aol.com":       "aol.con aol.co aoll.com",
		"msn.com":       "msn.con msn.co",
		"live.com":      "live.con live.cmo",
		"me.com":        "me.con",
		"yahoo.com.mx":  "yaho.com.mx yahoo.co.mx",
		"yahoo.es":      "yaho.es",
		"hotmail.es":    "hotmal.es hotmial.es",
		"outlook.es":    "outlok.es",
		"acme.com":      "acme.con acme.vom",
		"mail.acme.org": "mail.acme.ogr",
	} {
		for _, domain := range strings.Fields(typed) {
			if got := Suggest(domain); got != meant {
				t.Errorf("%s: meant %q, want %s", domain, got, meant)
			}
		}
	}
}

func TestSuggest_AcceptsDomainsThatExist(t *testing.T) {
	all := strings.Fields("gmx.com gmx.de gmx.net ymail.com mail.com email.com live.com me.com mac.com aim.com hey.com usa.com pm.me " +
		"example.com test.alleviate.com gmail.de hotmail.fr hotmail.it yahoo.co yahoo.ca yahoo.co.uk outlook.fr cloud.com att.com att.net cox.net " +
		"live.co mail.co me.co aol.de msn.fr icloud.de gm.com ge.com hp.com ibm.com gmu.edu umich.edu utexas.edu austintexas.gov army.mil " +
		"hotels.com hotwire.com yammer.com outback.com iclub.com gail.org vail.com rail.com bail.com trail.com email.co gmat.com gmac.com " +
		"comcast.com verizon.com charter.com xn--bcher-kva.com bücher.com 李.com correo.unam.mx alumnos.uchile.cl claro.com.co tigo.com.gt " +
		"horizon.net netzero.net protonmail.ch tutanota.de t-online.de web.de libero.it orange.fr a.co x.org")
	for domain := range knownDomains() {
		all = append(all, domain)
	}
	for _, domain := range all {
		if got := Suggest(domain); got != "" {
			t.Errorf("%s is questioned: %s", domain, got)
		}
	}
}

func TestTypos_EachLeadsToAKnownDomainAndIsNeeded(t *testing.T) {
	if n := len(typos()); n < 20 {
		t.Errorf("%d typos", n)
	}
	for typed, meant := range typos() {
		dot := strings.LastIndexByte(typed, '.')
		switch {
		case !knownDomains()[meant]:
			t.Errorf("%s leads to %s, which is not in the table of known domains", typed, meant)
		case knownDomains()[typed]:
			t.Errorf("%s is a known domain and a typo", typed)
		case similarProvider(typed[:dot], typed[dot+1:]) == meant, impossibleEndings[typed[dot+1:]] != "":
			t.Errorf("%s needs no entry: the rules find it", typed)
		}
	}
	for _, big := range bigProviders {
		if !knownDomains()[big] {
			t.Errorf("%s is big, and not in the table of known domains", big)
		}
	}
}

func TestImpossibleEndings_AreImpossible(t *testing.T) {
	for ending, meant := range impossibleEndings {
		if suffix, exists := publicsuffix.PublicSuffix("name." + ending); exists {
			t.Errorf("%s exists: %s", ending, suffix)
		}
		if !slices.Contains([]string{"com", "net", "org"}, meant) {
			t.Errorf("%s leads to %s", ending, meant)
		}
	}
	if _, exists := publicsuffix.PublicSuffix("name.com"); !exists {
		t.Error("the list of endings knows no com")
	}
}

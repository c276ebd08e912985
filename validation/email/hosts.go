package email

import "strings"

// hosts are those of most addresses in the US, the most frequent first: the order decides what "@g" or "@ho" means.
var hosts = []string{
	"gmail.com", "yahoo.com", "hotmail.com", "outlook.com", "icloud.com", "aol.com", "comcast.net", "live.com", "msn.com",
	"att.net", "sbcglobal.net", "verizon.net", "bellsouth.net", "charter.net", "cox.net", "me.com", "mac.com", "ymail.com",
	"protonmail.com", "proton.me", "earthlink.net", "optonline.net", "juno.com", "hotmail.es", "yahoo.es",
}

// Hosts are the common hosts in the order in which they complete an address.
func Hosts() []string { return append([]string(nil), hosts...) }

// Complete is the address with the first common host that begins with what follows its @; empty when there is
// none, or when the host is complete.
func Complete(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 1 || at == len(address)-1 {
		return ""
	}
	begun := strings.ToLower(address[at+1:])
	for _, host := range hosts {
		if host == begun {
			return ""
		}
	}
	for _, host := range hosts {
		if strings.HasPrefix(host, begun) {
			return address[:at+1] + host
		}
	}
	return ""
}

package evidence

import (
	"time"

	"intake/internal/consent"
	"intake/internal/lead"
)

// recordFormat names the layout of record.json; another layout gets another name.
const recordFormat = "intake evidence record 1"

// recordFile is record.json: each field of the consent record that exists, and a gap for each that
// does not.
type recordFile struct {
	Format string `json:"format"`

	PartnerLeadID lead.PartnerID   `json:"partnerLeadId"`
	MLASID        lead.AlleviateID `json:"mlasId,omitempty"`
	ResultCode    int              `json:"resultCode,omitempty"`
	Results       []Event          `json:"results,omitempty"`

	PersonName     *string `json:"personName,omitempty"` // nil: not given, or erased
	PhoneConsented *string `json:"phoneConsented,omitempty"`

	PageID          string    `json:"pageId,omitempty"`
	Page            *pageLine `json:"page,omitempty"`
	RequestCopy     string    `json:"requestCopy,omitempty"`
	RequestCopyKept string    `json:"requestCopyKept,omitempty"`

	Objects []consent.Act `json:"objects,omitempty"`
	Act     string        `json:"act,omitempty"`
	Seller  string        `json:"seller,omitempty"`

	At       string  `json:"at"`
	LocalAt  string  `json:"localAt,omitempty"`
	Zone     *string `json:"zone,omitempty"`
	Channel  string  `json:"channel,omitempty"`
	Language string  `json:"language,omitempty"`

	ClientIP   *string `json:"clientIP,omitempty"`
	ProxyChain *string `json:"proxyChain,omitempty"`
	UserAgent  *string `json:"userAgent,omitempty"`
	Viewport   string  `json:"viewport,omitempty"`
	PageURL    string  `json:"pageURL,omitempty"`
	LandingURL string  `json:"landingURL,omitempty"`
	Referrer   string  `json:"referrer,omitempty"`
	GPC        bool    `json:"globalPrivacyControl"`

	CertificateState string  `json:"certificateState,omitempty"`
	CertificateID    string  `json:"certificateID,omitempty"`
	CertificateURL   *string `json:"certificateURL,omitempty"`

	Revocations []revocation `json:"revocations"`
	FormVersion string       `json:"formVersion,omitempty"`

	ChainSeq     int64  `json:"chainSeq,omitempty"`
	PreviousHash string `json:"previousHash,omitempty"`
	Hash         string `json:"hash,omitempty"`

	Gaps []Gap `json:"gaps"`
}

// revocation is an opt-out of the person.
type revocation struct {
	At        string `json:"at"`
	Channel   string `json:"channel"`
	Language  string `json:"language,omitempty"`
	Scope     string `json:"scope"`
	Phone     string `json:"phone,omitempty"`
	Email     string `json:"email,omitempty"`
	ClientIP  string `json:"clientIP,omitempty"`
	UserAgent string `json:"userAgent,omitempty"`
}

// newRecord is the record without what the page, the texts and the chain add.
func newRecord(c Case) *recordFile {
	r := &recordFile{
		Format: recordFormat, PartnerLeadID: c.Lead.ID, MLASID: c.Lead.AlleviateID, ResultCode: c.Lead.ResultCode,
		Results:    c.Events,
		PersonName: given(c.Record.PersonName), PhoneConsented: given(c.Record.Phone),
		PageID: c.Record.PageID, Objects: c.Record.Acts, Seller: c.Record.Seller,
		At: c.Record.At.UTC().Format(stamp), Channel: c.Record.Channel, Language: c.Record.Language,
		ClientIP: given(c.Record.ClientIP), ProxyChain: given(c.Record.ProxyChain), UserAgent: given(c.Record.UserAgent),
		Viewport: c.Record.Viewport, PageURL: c.Record.PageURL, LandingURL: c.Record.LandingURL,
		Referrer: c.Record.Referrer, GPC: c.Record.GPC,
		CertificateState: c.Record.Certificate.State, CertificateID: c.Record.Certificate.ID,
		CertificateURL: given(c.Record.Certificate.URL),
		Revocations:    revocations(c.OptOuts), FormVersion: c.Record.FormVersion,
		Gaps: []Gap{},
	}
	if r.Channel == consumerWeb {
		r.Act = "the box was ticked, or left as it was, and the button pressed"
	}
	r.addLocalTime(c)
	return r
}

// addLocalTime adds the time of the consent in the person's own time zone, when the record has one.
func (r *recordFile) addLocalTime(c Case) {
	r.Zone = given(c.Record.Zone)
	if r.Zone == nil {
		return
	}
	if location, err := time.LoadLocation(*r.Zone); err == nil {
		r.LocalAt = c.Record.At.In(location).Format(stamp)
	}
}

// given tells an empty value from none.
func given(p lead.Private[string]) *string {
	if !p.Given() {
		return nil
	}
	value := p.Reveal()
	return &value
}

// valueOf is empty for none.
func valueOf(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}

// consumerWeb is the channel of the person's own browser.
const consumerWeb = "consumer-web"

func revocations(said []lead.OptOut) []revocation {
	list := []revocation{} // none is an empty list, which says that somebody looked
	for _, o := range said {
		list = append(list, revocation{
			At: o.At.UTC().Format(stamp), Channel: o.Channel, Language: o.Language, Scope: "everything",
			Phone: o.Phone.Reveal(), Email: o.Email.Reveal(), ClientIP: o.ClientIP.Reveal(), UserAgent: o.UserAgent.Reveal(),
		})
	}
	return list
}

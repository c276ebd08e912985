package packet

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"intake/internal/consent"
	"intake/internal/lead"
)

// RecordFormat names the layout of record.json; another layout gets another name.
const RecordFormat = "intake evidence record 1"

// Record is record.json: every field of the consent record that has a value, and a gap for every field
// that has none.
type Record struct {
	Format string `json:"format"`

	PartnerLeadID lead.PartnerID   `json:"partnerLeadId"`
	MLASID        lead.AlleviateID `json:"mlasId,omitempty"`
	ResultCode    int              `json:"resultCode,omitempty"`
	Results       []Event          `json:"results,omitempty"`

	PersonName     *string `json:"personName,omitempty"` // nil: not given, or erased
	PhoneConsented *string `json:"phoneConsented,omitempty"`

	PageID          string `json:"pageId,omitempty"`
	Page            *Page  `json:"page,omitempty"`
	RequestCopy     string `json:"requestCopy,omitempty"`
	RequestCopyKept string `json:"requestCopyKept,omitempty"`

	Objects []consent.Act `json:"objects,omitempty"`
	Act     string        `json:"act,omitempty"`
	Seller  string        `json:"seller,omitempty"`

	At       string  `json:"at"`
	LocalAt  string  `json:"localAt,omitempty"`
	Zone     *string `json:"zone,omitempty"`
	Channel  string  `json:"channel,omitempty"`
	Language string  `json:"language,omitempty"`

	// Of a recorded call.
	Agent         *string  `json:"agent,omitempty"`
	CallID        *string  `json:"callId,omitempty"`
	ScriptVersion string   `json:"scriptVersion,omitempty"`
	LinesChecked  []string `json:"linesChecked,omitempty"`
	OralOptIn     bool     `json:"oralOptIn,omitempty"` // the seller takes a spoken yes to marketing as an opt-in

	WrittenFollows bool `json:"writtenFollows,omitempty"` // createLead went out on the spoken permission for the credit check

	// Of a hand-off to the person's own phone.
	LinkRoute    string  `json:"linkRoute,omitempty"`
	LinkSentTo   *string `json:"linkSentTo,omitempty"`
	LinkOpenedAt string  `json:"linkOpenedAt,omitempty"`

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

	Revocations []Revocation `json:"revocations"`
	FormVersion string       `json:"formVersion,omitempty"`

	ChainSeq     int64  `json:"chainSeq,omitempty"`
	PreviousHash string `json:"previousHash,omitempty"`
	Hash         string `json:"hash,omitempty"`

	Gaps []Gap `json:"gaps"`
}

// Event is an event in the lead's history that brought a result.
type Event struct {
	At           time.Time        `json:"at"`
	Event        lead.Event       `json:"event"`
	AlleviateID  lead.AlleviateID `json:"mlasId,omitempty"`
	ResultCode   int              `json:"resultCode,omitempty"`
	SubmitStatus int              `json:"submitStatus,omitempty"`
	Late         bool             `json:"late,omitempty"` // the lead had moved on: the result did not change its status
}

// Revocation is an opt-out of the person.
type Revocation struct {
	At        string `json:"at"`
	Channel   string `json:"channel"`
	Language  string `json:"language,omitempty"`
	Scope     string `json:"scope"`
	Phone     string `json:"phone,omitempty"`
	Email     string `json:"email,omitempty"`
	ClientIP  string `json:"clientIP,omitempty"`
	UserAgent string `json:"userAgent,omitempty"`
}

// Gap is a field without a value, and the reason.
type Gap struct {
	Field  string `json:"field"`
	Reason string `json:"reason"`
}

// Page describes the page in record.json and in manifest.json.
type Page struct {
	At          string `json:"servedAt"`
	Language    string `json:"language"`
	Encoding    string `json:"encoding"`
	Length      int    `json:"length"`     // of the page as it was sent
	FullSHA256  string `json:"fullSha256"` // of salt and page as it was sent
	KeptSHA256  string `json:"keptSha256"` // of the page with a marker for each part of the answers
	SheetSHA256 string `json:"sheetSha256"`
	Salt        []byte `json:"salt,omitempty"` // base64
	Erased      bool   `json:"answersErased"`
}

// Part is a part of the page in page-parts.json.
type Part struct {
	Kind   string `json:"kind"`
	Length int    `json:"length"`                 // in page.html
	SHA256 string `json:"sha256"`                 // in page.html
	Salted string `json:"saltedSha256,omitempty"` // of answers: of salt and part as it was sent
}

// Kinds of parts as page-parts.json names them.
const (
	ShellPart   = "shell"
	WordsPart   = string(consent.Words)
	AnswersPart = string(consent.Answers)
)

// recordFields are the fields of a consent record as its specification names them: each is in
// record.json, or named there as a gap.
var recordFields = []string{
	"recordId", "partnerLeadId", "mlasId", "resultCode", "results", "personName", "phoneConsented",
	"requestCopy", "requestCopyKept", "consentGivenCopy", "objects", "act", "seller", "partnerListVersion",
	"notACondition", "autodialerWords", "at", "localAt", "zone", "channel", "language",
	"agent", "callId", "scriptVersion", "linesChecked", "linkSentTo", "linkOpenedAt", "linkRoute",
	"clientIP", "proxyChain", "userAgent", "viewport", "pageURL", "landingURL", "referrer", "globalPrivacyControl",
	"certificateURL", "certificateID", "certificateState", "certificateMadeAt", "certificateExpires",
	"revocations", "formVersion", "submissionKey", "chainSeq", "previousHash", "hash",
}

// Missing lists the fields of the specification that have no value.
func (r *Record) Missing() ([]string, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", RecordFile, err)
	}
	var values map[string]json.RawMessage
	if err := json.Unmarshal(text, &values); err != nil {
		return nil, fmt.Errorf("write %s: %w", RecordFile, err)
	}
	return slices.DeleteFunc(slices.Clone(recordFields), func(field string) bool {
		value, there := values[field]
		return there && !bytes.Equal(value, []byte("null"))
	}), nil
}

// NamesGap says whether the record has a gap for the field, with a reason.
func (r *Record) NamesGap(field string) bool {
	return slices.ContainsFunc(r.Gaps, func(g Gap) bool { return g.Field == field && g.Reason != "" })
}

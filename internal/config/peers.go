package config

import (
	"fmt"
	"log/slog"
)

// LinkSender is what brings the link of a hand-off to the consumer's phone.
type LinkSender string

const (
	NoSender LinkSender = "none"    // the agent reads a code aloud
	Webhook  LinkSender = "webhook" // a program of others
)

func (s *LinkSender) UnmarshalText(text []byte) error { return readWord(s, text, NoSender, Webhook) }
func (s LinkSender) LogValue() slog.Value             { return slog.StringValue(string(s)) }
func (s LinkSender) form() string                     { return oneOf(NoSender, Webhook) }

// ConsentTiming is when a caller agrees in their own browser.
type ConsentTiming string

// The timings.
const (
	BeforeCreate ConsentTiming = "before" // createLead, which takes the certificate
	AfterCreate  ConsentTiming = "after"  // createLead, which needs the spoken permission for the credit check, and before submitLead
)

func (t *ConsentTiming) UnmarshalText(text []byte) error {
	return readWord(t, text, BeforeCreate, AfterCreate)
}
func (t ConsentTiming) LogValue() slog.Value { return slog.StringValue(string(t)) }
func (t ConsentTiming) form() string         { return oneOf(BeforeCreate, AfterCreate) }

// minSharedSecret is how many bytes a secret must have that we share with a program of others: those of the hash that signs with it.
const minSharedSecret = 32

// checkPeers refuses settings with which programs of others could be impersonated, or would get a link in the clear.
func (c *Config) checkPeers() []error {
	var problems []error
	refuse := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if n := len(c.PrefillSecret.Reveal()); n > 0 && n < minSharedSecret {
		refuse("INTAKE_PREFILL_SECRET has fewer than %d bytes; make one with openssl rand -base64 32, for Intake and the dialer", minSharedSecret)
	}
	if n := len(c.WebhookSecret.Reveal()); n > 0 && n < minSharedSecret {
		refuse("INTAKE_WEBHOOK_SECRET has fewer than %d bytes; make one with openssl rand -base64 32, for Intake and the receiver", minSharedSecret)
	}
	if c.ConsentTiming == AfterCreate && (c.CRM != Manual || !bool(c.RecordedCall)) {
		refuse("INTAKE_CONSENT_TIMING is after, which needs ALLEVIATE_CRM=manual and INTAKE_ALLOW_RECORDED_CALL=on: the certificate goes along with submitLead, and the permission for the credit check is spoken")
	}
	if c.LinkSender != Webhook {
		if c.LinkWebhook != "" {
			refuse("INTAKE_LINK_WEBHOOK is set, and INTAKE_LINK_SENDER is none; set it to webhook, or leave the address out")
		}
		return problems
	}
	switch {
	case c.LinkWebhook == "":
		refuse("INTAKE_LINK_WEBHOOK is not set, and INTAKE_LINK_SENDER is webhook; give the address that links are sent to")
	case c.Environment == Simulator && !loopback(string(c.LinkWebhook)):
		refuse("INTAKE_LINK_WEBHOOK must be on loopback in the simulator environment, where nothing leaves this machine")
	case !secure(string(c.LinkWebhook)):
		refuse("INTAKE_LINK_WEBHOOK must be an https address; plain http is for loopback only")
	}
	if c.WebhookSecret.Reveal() == "" {
		refuse("INTAKE_WEBHOOK_SECRET is not set, and INTAKE_WEBHOOK_SECRET_FILE neither; make one with openssl rand -base64 32, for Intake and the receiver")
	}
	return problems
}

package app

import (
	"log/slog"
	"net/url"
	"runtime/debug"
	"strings"

	"intake/handlers"
	"intake/handlers/desk"
	"intake/handlers/leads"
	"intake/handlers/optout"
	"intake/handlers/signin"
	"intake/internal/clock"
	"intake/internal/config"
	"intake/internal/consent"
	"intake/internal/prefill"
	"intake/internal/seal"
	"intake/static"
	"intake/views/frame"
)

// pageDependencies is what the pages need besides the settings.
type pageDependencies struct {
	keys        *seal.Keys
	texts       consent.Texts
	leads       pageStore
	meter       handlers.Meter
	degraded    func() bool
	clock       *clock.Clock
	signIn      *signin.Config // nil: there are no staff pages
	staffLeads  *leads.Config
	prefillUses desk.PrefillUses
	apiHost     string
	log         *slog.Logger
}

// pageStore is all that the pages read from the store and write to it.
type pageStore interface {
	handlers.Leads
	handlers.Drafts
	handlers.HandOffs
	optout.OptOuts
	deskStore
}

// deskStore is the part of the store that the desk needs.
type deskStore interface {
	desk.Leads
	desk.Drafts
}

func newPages(cfg config.Config, needs pageDependencies) (*handlers.Handlers, error) {
	recorder, err := newRecorder(cfg)
	if err != nil {
		return nil, err
	}
	look, err := static.NewTheme(string(cfg.Color))
	if err != nil {
		return nil, err
	}
	public, err := url.Parse(string(cfg.PublicURL))
	if err != nil {
		return nil, err
	}
	pages := handlers.Config{
		Leads:     needs.leads,
		Drafts:    needs.leads,
		OptOuts:   needs.leads,
		HandOffs:  needs.leads,
		Meter:     needs.meter,
		Texts:     needs.texts,
		Recorder:  recorder,
		Site:      newSite(cfg, look),
		PublicURL: public,
		Proxies:   cfg.Proxies,
		Version:   Version(),

		CreditOptional: !bool(cfg.RequireCredit),

		FormSecret:   needs.keys.Derive("forms"),
		LimitsOff:    !bool(cfg.RateLimit),
		BotChecksOff: !bool(cfg.BotChecks),

		APIHost:  needs.apiHost,
		Zone:     cfg.Zone.Location(),
		Degraded: needs.degraded,

		Log:   needs.log,
		Clock: needs.clock,
	}
	if needs.signIn != nil {
		pages.SignIn, pages.StaffLeads = needs.signIn, needs.staffLeads
		pages.Desk = &desk.Config{
			Options: desk.Options{RecordedCall: bool(cfg.RecordedCall), OralOptIn: bool(cfg.OralOptIn), WrittenLater: cfg.ConsentTiming == config.AfterCreate, SSN: bool(cfg.DeskSSN)},
			Leads:   needs.leads, Drafts: needs.leads, PrefillUses: needs.prefillUses,
		}
		if secret := cfg.PrefillSecret.Reveal(); secret != "" {
			if pages.Desk.Prefill, err = prefill.NewReader(secret); err != nil {
				return nil, err
			}
		}
	}
	return handlers.New(pages), nil
}

// newSite returns what all pages say about us.
func newSite(cfg config.Config, look static.Theme) frame.Site {
	return frame.Site{
		Brand: string(cfg.Brand), Seller: string(cfg.Seller), Phone: string(cfg.Phone), Address: string(cfg.Postal), Environment: string(cfg.Environment),
		PublicURL: strings.TrimRight(string(cfg.PublicURL), "/"), Look: look, SSNKept: cfg.RetentionSSN,
		LoanFields: bool(cfg.LoanFields),
	}
}

// Version returns the commit that the program was built from, as far as the build knew it.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return info.Main.Version
}

// Package doctor checks whether leads could go out: the settings, the database, the texts, the token host and
// Alleviate's APIs. It changes nothing at Alleviate, and no result holds a secret.
package doctor

import (
	"context"
	"log/slog"
	"strings"

	"intake/alleviate"
	"intake/alleviate/debtcore"
	"intake/internal/app"
	"intake/internal/config"
)

// Status is how a check ended.
type Status int

// The statuses of a check.
const (
	Passed Status = iota
	Failed
	Skipped
)

// Result is what one check found. NextStep is what to do about a failure.
type Result struct {
	Name     string
	Status   Status
	Detail   string
	NextStep string
}

// Options choose checks.
type Options struct {
	DebtCore bool // also check the sister API Debt Core
}

// Run runs the checks with the settings in environ, in the form of os.Environ, and reports each result as soon as it
// is known. Wrong settings end it, because nothing else can be checked then. Its error says that it could not check.
func Run(ctx context.Context, environ []string, opt Options, report func(Result)) error {
	r := &reporter{report}
	cfg, err := config.Read(environ)
	if err != nil {
		for problem := range strings.Lines(err.Error()) {
			r.fail("settings", strings.TrimSpace(problem), "correct this setting; the README lists them all")
		}
		return nil
	}
	r.pass("settings", "complete for the environment "+string(cfg.Environment))
	r.checkStore(ctx, cfg)
	r.checkTexts(cfg)
	targets, stop, err := openTargets(cfg)
	if err != nil {
		return err
	}
	defer stop()
	r.checkSecretExpiry(cfg)
	var tokens *alleviate.Tokens
	if client := r.checkMLAS(ctx, cfg, targets.mlas); client != nil {
		tokens = client.Tokens()
		defer func() { _ = client.Close() }() // it has nothing to report
	}
	if opt.DebtCore {
		r.checkDebtCore(ctx, cfg, targets.debtCore, tokens)
	}
	return nil
}

// reporter reports results.
type reporter struct{ report func(Result) }

func (r *reporter) pass(name, detail string) { r.report(Result{Name: name, Detail: detail}) }

func (r *reporter) fail(name, detail, nextStep string) {
	r.report(Result{Name: name, Status: Failed, Detail: detail, NextStep: nextStep})
}

func (r *reporter) skip(name, why string) {
	r.report(Result{Name: name, Status: Skipped, Detail: why})
}

// targets are the two APIs that are checked.
type targets struct{ mlas, debtCore alleviate.Environment }

// openTargets returns where the server would call. Without the address of a simulator of another process, the
// simulator environment gets one that keeps no ledger.
func openTargets(cfg config.Config) (targets, func(), error) {
	stop := func() {}
	if cfg.Environment == config.Simulator && cfg.APIURL == "" {
		simulator, err := app.StartSimulator(cfg, "", app.ClockControl{}, slog.New(slog.DiscardHandler))
		if err != nil {
			return targets{}, nil, err
		}
		cfg.TokenURL, cfg.APIURL, cfg.DebtCoreURL = config.Address(simulator.TokenURL()), config.Address(simulator.APIURL()), config.Address(simulator.CreditURL())
		stop = func() { app.StopSimulator(simulator, slog.Default()) }
	}
	return targets{app.EnvironmentOf(cfg), debtCoreOf(cfg)}, stop, nil
}

// debtCoreOf is the environment of Debt Core, which has the identity settings of MLAS.
func debtCoreOf(cfg config.Config) alleviate.Environment {
	environment := app.EnvironmentOf(cfg)
	environment.APIURL = debtcore.Sandbox().APIURL
	if cfg.Environment == config.Production {
		environment.APIURL = debtcore.Production().APIURL
	}
	if cfg.DebtCoreURL != "" {
		environment.APIURL = string(cfg.DebtCoreURL)
	}
	return environment
}

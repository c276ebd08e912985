package doctor

import (
	"context"
	"fmt"

	"intake/alleviate"
	"intake/alleviate/debtcore"
	"intake/internal/app"
	"intake/internal/config"
)

// checkDebtCore lists one report at most, which changes nothing there.
func (r *reporter) checkDebtCore(ctx context.Context, cfg config.Config, environment alleviate.Environment, tokens *alleviate.Tokens) {
	settings := app.ClientConfig(cfg, environment, nil)
	settings.Tokens = tokens
	client, err := debtcore.New(settings)
	if err != nil {
		r.fail("Debt Core", err.Error(), "correct ALLEVIATE_DEBT_CORE_URL; without it the documented address is used")
		return
	}
	defer func() { _ = client.Close() }() // its connections alone; it has nothing to report
	page, err := client.CreditReports(ctx, debtcore.Filter{First: 1})
	if err != nil {
		r.failCall("Debt Core", err)
		return
	}
	r.pass("Debt Core", fmt.Sprintf("%s answers; %d reports can be seen", hostOf(environment.APIURL), page.Total))
}

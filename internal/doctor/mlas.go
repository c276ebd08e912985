package doctor

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"intake/alleviate"
	"intake/internal/app"
	"intake/internal/config"
)

// checkMLAS returns its client, whose tokens are good for Debt Core too, or nil.
func (r *reporter) checkMLAS(ctx context.Context, cfg config.Config, environment alleviate.Environment) *alleviate.Client {
	client, err := app.NewClient(cfg, environment, nil)
	if err != nil {
		r.fail("addresses", err.Error(), "correct the ALLEVIATE_ settings; without them the documented addresses are used")
		return nil
	}
	r.checkLeads(ctx, client, environment)
	return client
}

func (r *reporter) checkLeads(ctx context.Context, client *alleviate.Client, environment alleviate.Environment) {
	r.pass("tenant id", environment.TenantID+" is well formed")
	r.pass("addresses", "leads go to "+hostOf(environment.APIURL))
	if !r.checkToken(ctx, client) {
		r.skip("API", "no token")
		r.skip("Lead.Read", "no token")
		return
	}
	r.checkClaims(client.TokenState(), environment)
	if err := client.Probe(ctx); err != nil {
		r.failCall("API", err)
		return
	}
	r.pass("API", "answers and takes the token")
	r.checkReadPermission(ctx, client)
}

func (r *reporter) checkToken(ctx context.Context, client *alleviate.Client) bool {
	if err := client.Ready(ctx); err != nil {
		r.failCall("token", err)
		return false
	}
	state := client.TokenState()
	r.pass("token", fmt.Sprintf("given for %s; scope %s", state.Expires.Sub(state.Fetched).Round(time.Second), state.Scope))
	if state.Secret == "next" {
		r.fail("secret", "the current secret is refused, the next one works", "finish the rotation: set ALLEVIATE_CLIENT_SECRET to the next secret")
	}
	return true
}

const maxClockSkew = 10 * time.Minute // Entra dates its tokens five minutes back

// checkClaims checks what the token itself says. Entra tells nothing more.
func (r *reporter) checkClaims(state alleviate.TokenState, environment alleviate.Environment) {
	c := state.Claims
	if c.Audience == "" {
		r.skip("audience", "the token does not say")
		return
	}
	wanted := strings.TrimSuffix(environment.Scope, "/.default")
	if c.Audience != wanted && "api://"+c.Audience != wanted {
		r.fail("audience", "the token is for "+c.Audience+", not for "+wanted, "ask Alleviate for the right scope and set ALLEVIATE_SCOPE")
	} else {
		r.pass("audience", c.Audience)
	}
	r.checkRoles(c.Roles)
	if skew := state.Fetched.Sub(c.IssuedAt).Abs(); !c.IssuedAt.IsZero() && skew > maxClockSkew {
		r.fail("clock", fmt.Sprintf("differs from the token host's by %s", skew.Round(time.Second)), "set this machine's clock (NTP)")
	}
}

func (r *reporter) checkRoles(roles []string) {
	if len(roles) == 0 {
		r.skip("permissions", "the token names none")
		return
	}
	for _, role := range []string{"Lead.Write", "Lead.Read"} {
		if !slices.Contains(roles, role) {
			r.fail("permissions", role+" is missing", "ask Alleviate for the application permission "+role)
			return
		}
	}
	r.pass("permissions", strings.Join(roles, ", "))
}

// checkReadPermission asks for a lead that cannot exist, which changes nothing and needs Lead.Read.
func (r *reporter) checkReadPermission(ctx context.Context, client *alleviate.Client) {
	_, err := client.LeadStatus(ctx, alleviate.LeadID("intake-doctor-"+rand.Text()))
	if err == nil || errors.Is(err, alleviate.ErrUnknownLead) {
		r.pass("Lead.Read", "a status query is answered")
		return
	}
	r.failCall("Lead.Read", err)
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "an address that cannot be read"
	}
	return u.Host
}

package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"intake/alleviate"
	"intake/alleviate/debtcore"
	"intake/internal/app"
	"intake/internal/config"
	"intake/internal/health"
)

const doctorUsage = `usage: intake doctor [-debtcore]

example: intake doctor   before the first start with a client secret, and when leads do not go out`

// doctor checks whether leads could go out, and prints a line for each thing and the next step for
// each that is wrong. It changes nothing at Alleviate, prints no secret, and fails when a line is red.
func doctor(ctx context.Context, in *invocation) error {
	withDebtCore := in.flags.Bool("debtcore", false, "check the sister API Debt Core as well")
	if err := in.parse(); err != nil {
		return err
	}
	e := &examination{out: in.Stdout}
	cfg, err := config.Read(in.Environ)
	if err != nil {
		for problem := range strings.Lines(err.Error()) {
			e.red("settings", strings.TrimSpace(problem), "mend this setting; the README lists them all")
		}
		return e.verdict()
	}
	e.green("settings", "complete for the environment "+string(cfg.Environment))
	e.store(ctx, cfg)
	e.texts(cfg)
	environment, stop, err := examinedEnvironment(cfg)
	if err != nil {
		return err
	}
	defer stop()
	e.secretEnd(cfg)
	e.alleviate(ctx, cfg, environment.mlas)
	if *withDebtCore {
		e.debtCore(ctx, cfg, environment.credit)
	}
	return e.verdict()
}

// examination prints the checklist and counts what is wrong.
type examination struct {
	out  io.Writer
	reds int
}

func (e *examination) green(name, says string) { e.line("ok", name, says) }

func (e *examination) red(name, says, nextStep string) {
	e.reds++
	e.line("RED", name, says)
	e.line("", "", "next step: "+nextStep)
}

func (e *examination) skip(name, why string) { e.line("-", name, "not looked at: "+why) }

func (e *examination) line(mark, name, says string) {
	fmt.Fprintf(e.out, "%-4s %-14s %s\n", mark, name, says)
}

func (e *examination) verdict() error {
	if e.reds > 0 {
		return fmt.Errorf("%d of the lines above are red", e.reds)
	}
	fmt.Fprintln(e.out, "\nLeads can go out.")
	return nil
}

func (e *examination) store(ctx context.Context, cfg config.Config) {
	if _, err := os.Lstat(string(cfg.KeysetFile)); errors.Is(err, fs.ErrNotExist) && cfg.Environment == config.Simulator {
		e.green("database", "none yet; intake makes it at its first start in the simulator environment")
		return
	}
	leads, err := app.OpenStore(ctx, cfg, false)
	if err != nil {
		e.red("database", err.Error(), "run intake init once, or mend INTAKE_DATABASE_URL, INTAKE_KEYSET_FILE and INTAKE_MASTER_KEY_FILE")
		return
	}
	head, broken := leads.VerifyAudit(ctx, nil)
	since, waits, err := leads.Restored(ctx)
	mark := leads.MarkReadable(ctx)
	if err = errors.Join(err, leads.Ready(ctx), leads.Close()); err != nil {
		e.red("database", err.Error(), "make room on the disk, or end what locks the database")
		return
	}
	e.green("database", "stamped "+string(cfg.Environment)+", opens with these keys, and a lead could be stored now")
	if waits {
		e.red("restore", "nothing goes out since "+clock(since)+": the database came from a backup", "see what is in doubt, then intake restore -lift -reason WHY; docs/keys-and-retention.md")
	}
	if mark != nil {
		e.red("delivery mark", mark.Error(), "mend the folder of INTAKE_STATE_DIR; docs/operations.md")
	}
	if broken != nil {
		e.red("audit log", broken.Error(), "find out who changed the database, and compare it with its backups; docs/operations.md")
		return
	}
	e.green("audit log", fmt.Sprintf("whole: %d entries, head %x", head.Seq, head.Hash))
}

func (e *examination) texts(cfg config.Config) {
	texts, err := app.LoadTexts(cfg)
	if err != nil {
		for problem := range strings.Lines(err.Error()) {
			e.red("consent texts", strings.TrimSpace(problem), "complete the text that the line names")
		}
		return
	}
	says := "complete in English and Spanish"
	if placeholders := texts.Placeholders(); len(placeholders) > 0 {
		says += "; not reviewed by counsel, and refused in production: " + strings.Join(placeholders, ", ")
	}
	e.green("consent texts", says)
}

func (e *examination) secretEnd(cfg config.Config) {
	ends := health.SecretExpiry{Day: cfg.SecretEnds.Time}
	const name = "secret's end"
	switch says := fmt.Sprintf("on %s, %d days from now", cfg.SecretEnds, ends.DaysLeft()); {
	case cfg.SecretEnds.IsZero():
		e.skip(name, "ALLEVIATE_SECRET_EXPIRES is not set, so nothing warns before that day")
	case ends.IsSoon():
		e.red(name, says, "ask for the next secret and give it as ALLEVIATE_CLIENT_SECRET_NEXT; docs/keys-and-retention.md")
	default:
		e.green(name, says)
	}
}

// addresses are the two APIs as they are examined.
type addresses struct{ mlas, credit alleviate.Environment }

// examinedEnvironment is where serve would call. Without a simulator of another process it starts
// one that remembers nothing.
func examinedEnvironment(cfg config.Config) (addresses, func(), error) {
	if cfg.Environment == config.Simulator && cfg.APIURL == "" {
		twin, err := app.StartSimulator(cfg, "", app.ClockControl{}, slog.New(slog.DiscardHandler))
		if err != nil {
			return addresses{}, nil, err
		}
		cfg.TokenURL, cfg.APIURL, cfg.DebtCoreURL = config.Address(twin.TokenURL()), config.Address(twin.APIURL()), config.Address(twin.CreditURL())
		return addresses{app.EnvironmentOf(cfg), debtCoreOf(cfg)}, func() { app.StopSimulator(twin, slog.Default()) }, nil
	}
	return addresses{app.EnvironmentOf(cfg), debtCoreOf(cfg)}, func() {}, nil
}

// debtCoreOf is the sister API with the identity settings of this one.
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

func (e *examination) alleviate(ctx context.Context, cfg config.Config, environment alleviate.Environment) {
	client, err := app.NewClient(cfg, environment, nil)
	if err != nil {
		e.red("addresses", err.Error(), "mend the ALLEVIATE_ settings; without them the documented addresses are used")
		return
	}
	e.green("tenant id", environment.TenantID+" is well formed")
	e.green("addresses", "leads go to "+hostOf(environment.APIURL))
	if !e.token(ctx, client) {
		e.skip("API", "no token")
		e.skip("Lead.Read", "no token")
		return
	}
	e.claims(client.TokenState(), environment)
	if err := client.Probe(ctx); err != nil {
		e.failed("API", err)
		return
	}
	e.green("API", "answers and takes the token")
	e.readPermission(ctx, client)
}

func (e *examination) token(ctx context.Context, client *alleviate.Client) bool {
	if err := client.Ready(ctx); err != nil {
		e.failed("token", err)
		return false
	}
	state := client.TokenState()
	e.green("token", fmt.Sprintf("given for %s; scope %s", state.Expires.Sub(state.Fetched).Round(time.Second), state.Scope))
	if state.Secret == "next" {
		e.red("secret", "the current secret is refused, the next one works", "finish the rotation: set ALLEVIATE_CLIENT_SECRET to the next secret")
	}
	return true
}

const clockMayDiffer = 10 * time.Minute // Entra dates its tokens five minutes back

// claims looks at what the token says of itself, which is all that Entra tells.
func (e *examination) claims(state alleviate.TokenState, environment alleviate.Environment) {
	c := state.Claims
	if c.Audience == "" {
		e.skip("audience", "the token does not say")
		return
	}
	wanted := strings.TrimSuffix(environment.Scope, "/.default")
	if c.Audience != wanted && "api://"+c.Audience != wanted {
		e.red("audience", "the token is for "+c.Audience+", not for "+wanted, "ask Alleviate for the right scope and set ALLEVIATE_SCOPE")
	} else {
		e.green("audience", c.Audience)
	}
	e.roles(c.Roles)
	if skew := state.Fetched.Sub(c.IssuedAt).Abs(); !c.IssuedAt.IsZero() && skew > clockMayDiffer {
		e.red("clock", fmt.Sprintf("differs from the token host's by %s", skew.Round(time.Second)), "set this machine's clock (NTP)")
	}
}

func (e *examination) roles(roles []string) {
	if len(roles) == 0 {
		e.skip("permissions", "the token names none")
		return
	}
	for _, role := range []string{"Lead.Write", "Lead.Read"} {
		if !slices.Contains(roles, role) {
			e.red("permissions", role+" is missing", "ask Alleviate for the application permission "+role)
			return
		}
	}
	e.green("permissions", strings.Join(roles, ", "))
}

// readPermission asks for a lead that cannot exist: it changes nothing and needs Lead.Read.
func (e *examination) readPermission(ctx context.Context, client *alleviate.Client) {
	_, err := client.LeadStatus(ctx, alleviate.LeadID("intake-doctor-"+rand.Text()))
	if err == nil || errors.Is(err, alleviate.ErrUnknownLead) {
		e.green("Lead.Read", "a status query is answered")
		return
	}
	e.failed("Lead.Read", err)
}

// debtCore lists one report at most, which changes nothing there.
func (e *examination) debtCore(ctx context.Context, cfg config.Config, environment alleviate.Environment) {
	client, err := debtcore.New(app.ClientConfig(cfg, environment, nil))
	if err != nil {
		e.red("Debt Core", err.Error(), "mend ALLEVIATE_DEBT_CORE_URL; without it the documented address is used")
		return
	}
	page, err := client.CreditReports(ctx, debtcore.Filter{First: 1})
	if err != nil {
		e.failed("Debt Core", err)
		return
	}
	e.green("Debt Core", fmt.Sprintf("%s answers; %d reports can be seen", hostOf(environment.APIURL), page.Total))
}

// failed is the red line of a call, with the remedy that the documentation names or the one that
// the failure's class suggests.
func (e *examination) failed(name string, err error) {
	if token, ok := errors.AsType[*alleviate.TokenError](err); ok && token.Remedy != "" {
		e.red(name, fmt.Sprintf("%s: %s", token.Code, token.Cause), token.Remedy)
		return
	}
	if errors.Is(err, alleviate.ErrWrongAddress) {
		e.red(name, err.Error(), "see where DNS and the hosts file of this machine lead that name; for a host that is meant to be in a private network, set its address in place of its name")
		return
	}
	kind := kindOf(err)
	if errors.Is(err, debtcore.ErrUnauthorized) {
		kind = alleviate.Credentials // the token was fetched a moment ago
	}
	e.red(name, err.Error(), remedies[kind])
}

// remedies is the next step for each class of failure.
var remedies = map[alleviate.Kind]string{
	alleviate.Transient:   "see whether this machine reaches the host (DNS, firewall, TLS); otherwise wait and try again",
	alleviate.Throttled:   "wait until the time that the line names, then try again",
	alleviate.Credentials: "check client id, secret, scope and address with Alleviate, and ask whether the permission was granted",
	alleviate.Rejected:    "the API has changed; compare its documentation with docs/lead.md",
}

func kindOf(err error) alleviate.Kind {
	if failure, ok := errors.AsType[*alleviate.Error](err); ok {
		return failure.Kind
	}
	if failure, ok := errors.AsType[*alleviate.TokenError](err); ok {
		return failure.Kind
	}
	if failure, ok := errors.AsType[*debtcore.Error](err); ok {
		return failure.Kind
	}
	return alleviate.Transient
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return "an address that cannot be read"
	}
	return u.Host
}

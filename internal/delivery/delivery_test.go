package delivery

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"intake/alleviate"
	"intake/internal/lead"
)

var noAnswer = alleviate.CreatedLead{}

// dueLead is a stored lead that waits to be sent.
func dueLead(id string) lead.Lead {
	return lead.Lead{
		ID: lead.PartnerID(id), Status: lead.Received, Step: lead.Send,
		ReceivedAt: time.Now(), ChangedAt: time.Now(), NextAttemptAt: time.Now(),
		Applicant: lead.Applicant{FirstName: lead.Keep("canary-7319")},
	}
}

// queueStore is the part of the store that the courier uses.
type queueStore interface {
	Queue
	Doubts
	Holds
}

// runFor runs a courier for a time of the synctest bubble's clock and returns its log.
func runFor(q queueStore, b Backend, run time.Duration, change ...func(*Config)) string {
	_, stop := start(q, b, change...)
	time.Sleep(run) // the bubble's clock: no time passes
	return stop()
}

// pollByMinute makes tests that span days faster, where seconds do not matter.
func pollByMinute(c *Config) { c.pollEvery = time.Minute }

// start runs a courier until it is stopped, which returns its log.
func start(q queueStore, b Backend, change ...func(*Config)) (c *Courier, stop func() string) {
	c, log := newCourier(q, b, change...)
	ctx, end := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); c.Run(ctx) }()
	return c, func() string { end(); <-done; return log.String() }
}

// newCourier returns a courier that has not started, and its log.
func newCourier(q queueStore, b Backend, change ...func(*Config)) (*Courier, *bytes.Buffer) {
	var log bytes.Buffer
	cfg := Config{
		Queue: q, Doubts: q, Holds: q, Backend: b, Owner: "test", Workers: 16, Margin: 30 * time.Second, Path: Path{Manual: true},
		Budgets: Budgets{Create: 2 * time.Minute, Submit: 30 * time.Second, Status: 10 * time.Second},
		Log:     slog.New(slog.NewTextHandler(&log, nil)),
	}
	for _, f := range change {
		f(&cfg)
	}
	return New(cfg), &log
}

func TestCourier_EachClassOfAnswerLeadsToOneStatus(t *testing.T) {
	qualified := func(int) (alleviate.CreatedLead, error) {
		return alleviate.CreatedLead{ID: "m", Code: 1015}, nil
	}
	code := func(c alleviate.ResultCode) func(int) (alleviate.CreatedLead, error) {
		return func(int) (alleviate.CreatedLead, error) { return alleviate.CreatedLead{ID: "m", Code: c}, nil }
	}
	fails := func(kind alleviate.Kind) func(int) (alleviate.CreatedLead, error) {
		return func(int) (alleviate.CreatedLead, error) { return noAnswer, failure(kind) }
	}
	submit := func(c alleviate.SubmitCode) func(int) (alleviate.SubmittedLead, error) {
		return func(int) (alleviate.SubmittedLead, error) { return alleviate.SubmittedLead{Code: c}, nil }
	}
	for _, tt := range []struct {
		name          string
		backend       *backend
		automatic     bool
		want          lead.Status
		wantStep      lead.Step
		wantCreate    int
		wantSubmit    int
		wantProcessed int
	}{
		{"qualified, manual path", &backend{create: qualified}, false, lead.Submitted, lead.AtRest, 1, 1, 1},
		{"qualified, automatic path", &backend{create: qualified}, true, lead.Created, lead.AtRest, 1, 0, 1},
		{"not qualified", &backend{create: code(1018)}, false, lead.Created, lead.AtRest, 1, 0, 1},
		{"duplicate", &backend{create: code(1003)}, false, lead.Created, lead.AtRest, 1, 0, 1},
		{"bought again is never submitted", &backend{create: code(1020)}, false, lead.Created, lead.AtRest, 1, 0, 1},
		{"still processing", &backend{create: code(1000)}, false, lead.Created, lead.Look, 1, 0, 1},
		{"processing error", &backend{create: code(9999)}, false, lead.Created, lead.Look, 1, 0, 1},
		{"unreadable code", &backend{create: code(0)}, false, lead.Created, lead.Look, 1, 0, 1},
		{"an undocumented code is checked again, never submitted", &backend{create: code(1042)}, false, lead.Created, lead.Look, 1, 0, 1},
		{"input refused", &backend{create: fails(alleviate.Rejected)}, false, lead.Parked, lead.AtRest, 1, 0, 0},
		{"ambiguous leaves it in doubt, never repeated", &backend{create: fails(alleviate.Ambiguous)}, false, lead.InDoubt, lead.AtRest, 1, 0, 1},
		{"credentials refused", &backend{create: fails(alleviate.Credentials)}, false, lead.Received, lead.Send, 1, 0, 0},
		{"submit says already there", &backend{create: qualified, submit: submit(208)}, false, lead.Submitted, lead.AtRest, 1, 1, 1},
		{"submit wants a certificate", &backend{create: qualified, submit: submit(400)}, false, lead.Refused, lead.AtRest, 1, 1, 1},
		{"submit refused for good", &backend{create: qualified, submit: submit(422)}, false, lead.Refused, lead.AtRest, 1, 1, 1},
		{"submit says something undocumented", &backend{create: qualified, submit: submit(1021)}, false, lead.Parked, lead.AtRest, 1, 1, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q, b := newMemory(dueLead("one")), newBackend()
				b.create, b.submit = tt.backend.create, tt.backend.submit
				log := runFor(q, b, 20*time.Second, func(c *Config) { c.Path.Manual = !tt.automatic })
				l := q.get("one")
				if l.Status != tt.want || l.Step != tt.wantStep {
					t.Errorf("the lead is %s and waits for %q, want %s and %q", l.Status, l.Step, tt.want, tt.wantStep)
				}
				if b.called("create") != tt.wantCreate || b.called("submit") != tt.wantSubmit {
					t.Errorf("%d createLead and %d submitLead, want %d and %d", b.called("create"), b.called("submit"), tt.wantCreate, tt.wantSubmit)
				}
				if b.processed["one"] != tt.wantProcessed {
					t.Errorf("Alleviate processed it %d times, want %d", b.processed["one"], tt.wantProcessed)
				}
				if strings.Contains(log, "canary-7319") {
					t.Errorf("the log holds an answer: %s", log)
				}
			})
		})
	}
}

func TestCourier_RepeatsOnlyCallsThatDidNotExecute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, b := newMemory(dueLead("one")), newBackend()
		b.create = func(n int) (alleviate.CreatedLead, error) {
			if n <= 2 {
				return noAnswer, failure(alleviate.Transient)
			}
			return alleviate.CreatedLead{ID: "m", Code: 1018}, nil
		}
		runFor(q, b, time.Minute)
		l := q.get("one")
		if l.Status != lead.Created || l.Attempt != 3 || l.Failures != 2 || b.processed["one"] != 1 {
			t.Errorf("%s after %d attempts and %d failures, landed %d times", l.Status, l.Attempt, l.Failures, b.processed["one"])
		}
	})
}

func TestCourier_SubmitIsRepeatedUntilItIsKnown(t *testing.T) {
	for _, kind := range []alleviate.Kind{alleviate.Transient, alleviate.Ambiguous, alleviate.Throttled} {
		synctest.Test(t, func(t *testing.T) {
			q, b := newMemory(dueLead("one")), newBackend()
			b.create = func(int) (alleviate.CreatedLead, error) { return alleviate.CreatedLead{ID: "m", Code: 1013}, nil }
			b.submit = func(n int) (alleviate.SubmittedLead, error) {
				if n == 1 {
					return alleviate.SubmittedLead{}, failure(kind)
				}
				return alleviate.SubmittedLead{Code: 208}, nil
			}
			runFor(q, b, 2*time.Minute)
			if l := q.get("one"); l.Status != lead.Submitted || b.called("create") != 1 || b.called("submit") != 2 {
				t.Errorf("%s: %s after %d createLead and %d submitLead", kind, l.Status, b.called("create"), b.called("submit"))
			}
		})
	}
}

func TestCourier_StoreTroubleNeverMakesASecondCall(t *testing.T) {
	for _, tt := range []struct {
		name      string
		op        string
		end       writeResult
		want      lead.Status
		wantCalls int
	}{
		{"claim fails and is not applied: claimed again", "claim", failsNotApplied, lead.Created, 1},
		{"claim fails but is applied: nobody calls, the lease ends in doubt", "claim", failsButApplied, lead.InDoubt, 0},
		{"record fails and is not applied: written again", "record", failsNotApplied, lead.Created, 1},
		{"record fails but is applied: written again, the same", "record", failsButApplied, lead.Created, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q, b := newMemory(dueLead("one")), newBackend()
				failed := false
				q.resultOf = func(op string) writeResult {
					if op != tt.op || failed {
						return succeeds
					}
					failed = true
					return tt.end
				}
				runFor(q, b, 5*time.Minute)
				if l := q.get("one"); l.Status != tt.want || b.called("create") != tt.wantCalls || b.processed["one"] > 1 {
					t.Errorf("%s after %d calls, want %s after %d", l.Status, b.called("create"), tt.want, tt.wantCalls)
				}
			})
		})
	}
}

func TestCourier_StopLetsTheCallInFlightEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, b := newMemory(dueLead("one")), newBackend()
		b.latency = time.Minute
		started := time.Now()
		runFor(q, b, time.Second)
		if l := q.get("one"); l.Status != lead.Created {
			t.Errorf("the lead is %s, want created: its call was not to be cut", l.Status)
		}
		if took := time.Since(started); took < time.Minute {
			t.Errorf("Run returned after %s, before the call had ended", took)
		}
	})
}

func TestCourier_StopClaimsNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var leads []lead.Lead
		for i := range 40 {
			leads = append(leads, dueLead(fmt.Sprint(i)))
		}
		q, b := newMemory(leads...), newBackend()
		b.latency = time.Minute
		runFor(q, b, time.Second)
		if got := b.called("create"); got != 16 {
			t.Errorf("%d calls, want the 16 that had started", got)
		}
		if got := q.count(lead.Received); got != 24 {
			t.Errorf("%d leads wait, want 24", got)
		}
	})
}

func TestCourier_ACallPastItsBudgetIsInDoubt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, b := newMemory(dueLead("one")), newBackend()
		b.latency = time.Hour
		runFor(q, b, 10*time.Minute)
		if l := q.get("one"); l.Status != lead.InDoubt || b.called("create") != 1 {
			t.Errorf("%s after %d calls, want in doubt after one", l.Status, b.called("create"))
		}
	})
}

func TestCourier_ALateAnswerStillCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, b := newMemory(dueLead("one")), newBackend()
		b.latency = time.Minute
		// A lease that is shorter than the call, as if the process had been frozen.
		runFor(q, b, 30*time.Second, func(c *Config) { c.Margin = -2*time.Minute + 5*time.Second })
		if l := q.get("one"); l.Status != lead.Created || b.called("create") != 1 {
			t.Errorf("%s after %d calls, want created after one", l.Status, b.called("create"))
		}
	})
}

func TestCourier_OneGateObeysRetryAfterForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, b := newMemory(dueLead("one"), dueLead("two")), newBackend()
		b.create = func(n int) (alleviate.CreatedLead, error) {
			if n == 1 {
				return noAnswer, throttle(90 * time.Second)
			}
			return alleviate.CreatedLead{ID: "m", Code: 1018}, nil
		}
		runFor(q, b, 4*time.Minute, func(c *Config) { c.Workers = 1 })
		for _, at := range b.callTimes[1:] {
			if at < 90*time.Second {
				t.Errorf("a call went out after %s, inside the Retry-After", at)
			}
		}
		if got := q.count(lead.Created); got != 2 {
			t.Errorf("%d leads delivered, want 2", got)
		}
	})
}

func TestCourier_RefusedCredentialsStopDeliveryAndOneFixReleasesAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var leads []lead.Lead
		for i := range 50 {
			leads = append(leads, dueLead(fmt.Sprint(i)))
		}
		q, b := newMemory(leads...), newBackend()
		b.ready = func(int) error {
			if time.Since(b.started) < 22*time.Minute {
				return &alleviate.TokenError{Kind: alleviate.Credentials, Code: "invalid_client"}
			}
			return nil
		}
		runFor(q, b, 40*time.Minute)
		if got := q.count(lead.Created); got != 50 {
			t.Errorf("%d leads delivered, want 50", got)
		}
		for _, at := range b.callTimes {
			if at < 22*time.Minute {
				t.Errorf("a call went out after %s", at)
			}
		}
		for _, l := range q.leads {
			if l.Attempt != 1 {
				t.Errorf("lead %s was claimed %d times: claims without a token", l.ID, l.Attempt)
			}
		}
	})
}

func TestCourier_AnOutageOfADayMakesFewDoubts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var leads []lead.Lead
		for i := range 200 {
			leads = append(leads, dueLead(fmt.Sprint(i)))
		}
		q, b := newMemory(leads...), newBackend()
		down := func() bool { return time.Since(b.started) < 24*time.Hour }
		b.create = func(int) (alleviate.CreatedLead, error) {
			if down() {
				return noAnswer, failure(alleviate.Ambiguous)
			}
			return alleviate.CreatedLead{ID: "m", Code: 1018}, nil
		}
		b.probe = func(int) error {
			if down() {
				return failure(alleviate.Transient)
			}
			return nil
		}
		runFor(q, b, 26*time.Hour)
		doubts, delivered := q.count(lead.InDoubt), q.count(lead.Created)
		if doubts > 3+16 || doubts+delivered != 200 {
			t.Errorf("%d in doubt and %d delivered, want at most 3 + 16 workers in doubt and all the others delivered", doubts, delivered)
		}
		if probes := b.called("probe"); probes > 24*12+10 {
			t.Errorf("%d probes in a day, want about one every five minutes", probes)
		}
	})
}

func TestCourier_ChecksTheStatusOnScheduleAndClosesAfterAWeek(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, b := newMemory(dueLead("one")), newBackend()
		b.create = func(int) (alleviate.CreatedLead, error) { return alleviate.CreatedLead{ID: "m", Code: 1000}, nil }
		b.status = func(int) (alleviate.LeadStatus, error) { return alleviate.LeadStatus{Code: 1000}, nil }
		runFor(q, b, 49*time.Hour)
		runFor(q, b, 8*24*time.Hour, pollByMinute)
		want := []time.Duration{0, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour, 24 * time.Hour, 48 * time.Hour}
		for i, at := range want {
			if got := b.callTimes[i]; got < at || got > at+2*time.Second {
				t.Errorf("call %d went out after %s, want %s", i, got, at)
			}
		}
		if l := q.get("one"); l.Status != lead.Closed || len(b.callTimes) != 1+5+6 {
			t.Errorf("%s after %d calls, want closed after 12", l.Status, len(b.callTimes))
		}
	})
}

func TestCourier_SubmitsWhenAStatusCheckFindsAQualifiedResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, b := newMemory(dueLead("one")), newBackend()
		b.create = func(int) (alleviate.CreatedLead, error) { return alleviate.CreatedLead{ID: "m", Code: 1000}, nil }
		b.status = func(int) (alleviate.LeadStatus, error) { return alleviate.LeadStatus{Code: 1014}, nil }
		runFor(q, b, time.Minute)
		if l := q.get("one"); l.Status != lead.Submitted || l.ResultCode != 1014 {
			t.Errorf("%s with code %d, want submitted with 1014", l.Status, l.ResultCode)
		}
	})
}

func TestCourier_GivesUpAfterTwelveFailuresAndADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, b := newMemory(dueLead("one")), newBackend()
		b.create = func(int) (alleviate.CreatedLead, error) { return noAnswer, failure(alleviate.Transient) }
		runFor(q, b, 23*time.Hour)
		if l := q.get("one"); l.Status != lead.Received || l.Failures < 12 {
			t.Errorf("%s after %d failures in 23 hours, want received after 12 or more", l.Status, l.Failures)
		}
		runFor(q, b, 3*time.Hour)
		if l := q.get("one"); l.Status != lead.Parked {
			t.Errorf("%s after 26 hours, want parked", l.Status)
		}
	})
}

func TestBackoff_DoublesUpToItsMaximumWithJitter(t *testing.T) {
	for failures := range 100 {
		full := backoffMax
		if failures < 8 {
			full = min(backoffMin<<failures, backoffMax)
		}
		if got := backoff(failures); got < full/2 || got > full {
			t.Errorf("after %d failures: %s, want between %s and %s", failures, got, full/2, full)
		}
	}
}

func TestLeadInput_CarriesEveryAnswer(t *testing.T) {
	l := lead.Lead{ID: "partner", Permission: lead.Permission{Terms: true, CreditCheck: true, ClientIP: lead.Keep("192.0.2.1"), CertificateID: "454a35b802f3e7b6"}}
	for _, answer := range l.Applicant.Answers() {
		text := "1"
		if answer.Name == "dateOfBirth" {
			text = "1979-03-14"
		}
		if err := answer.Set(text); err != nil {
			t.Fatal(err)
		}
	}
	if in := leadInput(l, "", ""); in.SiteURL != "" || in.AffiliateAppID != "" {
		t.Errorf("sent without being set: %q %q", in.SiteURL, in.AffiliateAppID)
	}
	input := reflect.ValueOf(leadInput(l, "example.com", "affiliate"))
	for i := range input.NumField() {
		name := input.Type().Field(i).Name
		if input.Field(i).IsZero() {
			t.Errorf("%s is left out", name)
		}
	}
}

func TestLeadInput_ConsentComesFromTheRecordAlone(t *testing.T) {
	for _, tt := range []struct {
		permission           lead.Permission
		wantTerms, wantOptIn bool
	}{
		{lead.Permission{}, false, false},
		{lead.Permission{Terms: true}, false, false},
		{lead.Permission{CreditCheck: true}, false, false},
		{lead.Permission{Terms: true, CreditCheck: true}, true, false},
		{lead.Permission{Marketing: true}, false, true},
	} {
		in := leadInput(lead.Lead{Permission: tt.permission}, "", "")
		if in.TermsConsent.Reveal() != tt.wantTerms || in.MarketingOptIn.Reveal() != tt.wantOptIn {
			t.Errorf("%+v: terms %v, marketing %v", tt.permission, in.TermsConsent.Reveal(), in.MarketingOptIn.Reveal())
		}
		if in.TrustedFormCertificateID.Given() {
			t.Errorf("%+v: a certificate is sent that nobody made", tt.permission)
		}
		if !in.TermsConsent.Given() || !in.MarketingOptIn.Given() {
			t.Errorf("%+v: a refusal is left out instead of sent as false", tt.permission)
		}
	}
}

func TestResultCodes_LeadAndClientAgree(t *testing.T) {
	for code := range 10001 {
		l, c := lead.Lead{ResultCode: code}, alleviate.ResultCode(code)
		if l.Qualified() != c.Qualified() || l.Final() != c.Final() {
			t.Errorf("%d: the lead says qualified %v final %v, the client %v %v", code, l.Qualified(), l.Final(), c.Qualified(), c.Final())
		}
	}
}

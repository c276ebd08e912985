package harness

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"intake/internal/lead"
	"intake/internal/store/leadtable"
	"intake/internal/store/storetest"
)

// stormFaults are the faults of the simulator: it drops 5 % of the answers after the work, and delays others within
// the budget of a call and some beyond it.
const stormFaults = `[
	{"fault":"cut","operation":"createLead","when":"after","mode":"percent","n":5},
	{"fault":"slow","operation":"createLead","mode":"percent","n":5,"delay":"400ms"},
	{"fault":"slow","operation":"createLead","when":"after","mode":"percent","n":1,"delay":"4s"},
	{"fault":"cut","operation":"submitLead","when":"after","mode":"percent","n":5}]`

const (
	crowd      = 4                     // concurrent visitors
	lullAfter  = 20                    // kills and rolls
	stormPause = 40 * time.Millisecond // so that a long storm does not only accept leads
	backlog    = 100                   // leads that may wait to be sent
)

// storm kills and replaces programs on one database under load.
type storm struct {
	t      *testing.T
	in     *installation
	sim    *simulatorProcess
	fleet  *fleet
	random *rand.Rand

	issued   *receiptLog
	resends  bool // now and then it waits until a lead in doubt was sent again
	ops      *operators
	postgres *storetest.Postgres // nil for SQLite
	running  []*process
	past     []*process
	leaving  sync.WaitGroup  // programs that are stopping
	ready    []time.Duration // from the start of a program until it was ready
	killed   int
	rolled   int
}

func TestStorm_LosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	s := newStorm(t, "storm", longest, fewWorkers)
	s.sim.control(t, "assumptions", `{"duplicateMatch":"off"}`) // a duplicate is processed
	for id, r := range s.run().rows {
		if r.status == lead.InDoubt {
			t.Errorf("lead %q is in doubt, although operators have settled every doubt", id)
		}
	}
}

// fewWorkers bounds the doubts that a kill leaves behind: an operator settles each of them.
const fewWorkers = "INTAKE_WORKERS=4"

// Resending is allowed after a wait, and only because the simulator recognizes duplicates. Every 15 s as many are
// resent as there are workers.
var resending = []string{"ALLEVIATE_IN_DOUBT=resend", "ALLEVIATE_MAX_PROCESSING=2s", "ALLEVIATE_RESEND_AFTER=3s", "INTAKE_WORKERS=64"}

func TestStorm_ResendingSettlesDoubtsAndDoublesNothing(t *testing.T) {
	t.Parallel()
	s := newStorm(t, "resending storm", resending...)
	s.resends = true
	e := s.run()
	resent, spent := 0, 0
	for _, r := range e.rows {
		again := slices.ContainsFunc(r.events, func(e leadtable.Event) bool { return e.Event == lead.ResendBegun })
		if r.status == lead.InDoubt && !again {
			t.Errorf("lead %q is in doubt and was not sent again", r.id)
		}
		if again {
			resent++
		}
		if again && r.status == lead.InDoubt {
			spent++
		}
	}
	if resent == 0 {
		t.Error("nothing was sent again, so nothing was proven")
	}
	t.Logf("%d leads were sent again, %d of them are in doubt for a person now", resent, spent)
}

// With an Alleviate that does not recognize duplicates, resending doubles a lead, and the audit must find it.
func TestStorm_ResendingToABareAlleviateDoubles(t *testing.T) {
	t.Parallel()
	sim := startSimulator(t)
	sim.control(t, "assumptions", `{"duplicateMatch":"off"}`)
	sim.control(t, "faults", `[{"fault":"cut","operation":"createLead","when":"after","mode":"next","n":1}]`)
	in := newInstallation(t, sim, append(resending, "INTAKE_LOG=error")...)
	p, issued, people := in.serve(t), newReceiptLog(), newFleet(ms)
	people.add(p)
	ctx, stopVisitors := context.WithCancel(t.Context())
	waitForVisitors := people.runVisitors(ctx, 1, issued)
	<-issued.added
	stopVisitors()
	waitForVisitors()
	await(t, "the doubt is sent again", func() bool { return in.undelivered(t) == 0 && in.resendable(t) == 0 })
	p.stop()
	if found := in.collectEvidence(t, sim, issued.handles(), nil).audit().doubled; len(found) == 0 {
		t.Error("the audit found no lead that was processed twice")
	}
}

// run kills and replaces programs under load, and audits the result when every lead is at rest.
func (s *storm) run() evidence {
	s.t.Helper()
	issued := s.issued
	ctx, stopVisitors := context.WithCancel(s.t.Context())
	started := time.Now()
	waitForVisitors := s.fleet.runVisitors(ctx, crowd, issued)
	for s.killed < *kills || s.rolled < *rolls {
		s.killOrReplace()
		s.ops.actIfDue(s.killed + s.rolled)
	}
	for len(issued.handles()) < *leads {
		<-issued.added
	}
	stopVisitors()
	waitForVisitors()
	stormed := time.Since(started)
	s.drain()
	issued.checkNoStepLost(s.t)
	if n := len(s.ops.restored); n != *restores {
		s.t.Errorf("%d copies were put in the database's place, want %d", n, *restores)
	}
	held := issued.all()
	e := s.in.collectEvidence(s.t, s.sim, handlesOf(held), s.killedLifetimes())
	e.receipts = held
	s.ops.addTo(&e)
	for _, complaint := range e.audit().all() {
		s.t.Error(complaint)
	}
	s.report(e, issued, stormed)
	return e
}

func newStorm(t *testing.T, name string, settings ...string) *storm {
	t.Helper()
	s := &storm{t: t, sim: startSimulator(t, "SIMULATOR_LATENCY=20ms", fmt.Sprintf("SIMULATOR_SEED=%d", *seedFlag|1)), fleet: newFleet(stormPause), issued: newReceiptLog(), random: chance(name)}
	s.ops = &operators{s: s}
	s.sim.control(t, "faults", stormFaults)
	s.in = newInstallation(t, s.sim, append(settings, "INTAKE_LOG=warn")...)
	programs := 1
	switch *engine {
	case "postgres":
		s.postgres = storetest.StartPostgres(t)
		s.in.database = s.postgres.Database(t)
		programs = 3
	case "sqlite":
	default:
		t.Fatalf("-engine is %q; it must be sqlite or postgres", *engine)
	}
	t.Cleanup(s.reportFailure)
	for range programs {
		s.start()
	}
	return s
}

// reportFailure shows after a failure what the programs that ran last had logged, and what an operator sees.
func (s *storm) reportFailure() {
	if !s.t.Failed() {
		return
	}
	for _, p := range append(s.past[max(0, len(s.past)-2):], s.running...) {
		lines := strings.SplitAfter(p.out.String(), "\n")
		s.t.Logf("the program on %s logged last:\n%s", p.addr, strings.Join(lines[max(0, len(lines)-20):], ""))
	}
	_, said := s.in.run(s.t, "leads", "list", "in_doubt")
	s.t.Logf("intake leads list:\n%s", said)
}

// start adds a program to the fleet once it is ready, and notes how long that took.
func (s *storm) start() {
	s.t.Helper()
	p := s.in.start(s.t)
	await(s.t, "the program is ready", func() bool { return p.isReady(s.t, "/readyz") })
	s.ready = append(s.ready, time.Since(p.started))
	s.running = append(s.running, p)
	s.fleet.add(p)
}

// killOrReplace kills or replaces a program at a random moment after some receipts.
func (s *storm) killOrReplace() {
	s.t.Helper()
	s.limitBacklog()
	s.issued.awaitMore(s.t, 1+s.random.IntN(8))
	wait(time.Duration(s.random.IntN(300)) * time.Millisecond)
	if s.resends && (s.killed+s.rolled)%lullAfter == lullAfter-1 && s.in.resendable(s.t) > 0 {
		before := s.in.resent(s.t)
		await(s.t, "a doubt is sent again", func() bool { return s.in.resent(s.t) > before })
	}
	leftToDo := (*kills - s.killed) + (*rolls - s.rolled)
	if s.random.IntN(leftToDo) < *kills-s.killed {
		s.killed++
		s.end(true)
		s.start()
		return
	}
	s.rolled++
	s.start()
	wait(time.Duration(60+s.random.IntN(300)) * time.Millisecond) // both run
	s.end(s.random.IntN(2) == 0)
}

// limitBacklog makes visitors wait while too many leads do: while programs are killed every second, fewer are sent than
// are accepted, and every restore makes a doubt of each lead that waits.
func (s *storm) limitBacklog() {
	s.t.Helper()
	waiting := func() int { return s.in.countLeads(s.t, "status = 'received'") }
	if waiting() <= backlog {
		return
	}
	s.fleet.hold()
	defer s.fleet.admit()
	await(s.t, "the backlog is sent", func() bool { return waiting() <= backlog/3 })
}

// end ends the oldest program. A killed one dies while visitors use it; one that is stopped is removed from the
// fleet first, as a load balancer would.
func (s *storm) end(byKill bool) {
	p := s.running[0]
	s.running, s.past = s.running[1:], append(s.past, p)
	if byKill {
		p.kill()
		s.fleet.remove(p)
		return
	}
	s.fleet.remove(p)
	s.leaving.Go(func() {
		if code := p.stop(); code != 0 {
			s.t.Errorf("a program that was told to stop ended with %d, want 0:\n%s", code, p.out.String())
		}
	})
}

// drain waits until every lead is at rest: without faults, after the last lease of a killed program.
func (s *storm) drain() {
	s.t.Helper()
	s.leaving.Wait()
	for len(s.running) > 0 {
		s.end(true)
	}
	s.sim.control(s.t, "faults/clear", "")
	wait(longestLease)
	s.start()
	if s.resends {
		for n := s.in.resendable(s.t); n > 0; n = s.in.resendable(s.t) {
			await(s.t, "the next doubts are sent again", func() bool { return s.in.resendable(s.t) < n })
		}
	}
	await(s.t, "every lead is at rest", func() bool { return s.in.undelivered(s.t) == 0 })
	if !s.resends {
		s.ops.resolve()
		await(s.t, "what operators resolved is at rest", func() bool { return s.in.undelivered(s.t) == 0 })
	}
	s.end(false)
	s.leaving.Wait()
}

// killedLifetimes is when the killed programs ran.
func (s *storm) killedLifetimes() []lifetime {
	var lives []lifetime
	for _, p := range s.past {
		if !p.killed.IsZero() {
			lives = append(lives, lifetime{p.started, p.killed})
		}
	}
	return lives
}

func (s *storm) report(e evidence, issued *receiptLog, took time.Duration) {
	byStatus, doubts := map[lead.Status]int{}, map[lead.Event]int{}
	for _, r := range e.rows {
		byStatus[r.status]++
		if r.status == lead.InDoubt {
			doubts[r.events[len(r.events)-1].Event]++
		}
	}
	cut, calls := 0, e.ledger.Calls("createLead")
	for _, call := range calls {
		if strings.HasPrefix(call.Fault, "cut") {
			cut++
		}
	}
	lost := 0
	for i := range e.promised {
		if e.lostToRestore(i) {
			lost++
		}
	}
	s.t.Logf("operators: %d keys rotated, restored: %v; %d receipts of after a copy went with a restore; doubts that Alleviate had: %d, had not: %d",
		s.ops.rotated, s.ops.ways, lost, s.ops.found, s.ops.notFound)
	slices.Sort(s.ready)
	others, broken := issued.failures()
	s.t.Logf("seed %d, %s, %s: %d receipts, %d kills, %d rolls", *seedFlag, *engine, took.Round(time.Second), len(e.promised), s.killed, s.rolled)
	s.t.Logf("at rest: %v; doubts by cause: %v; %d createLead calls, %d answers cut", byStatus, doubts, len(calls), cut)
	s.t.Logf("ready after: median %s, longest %s of %d starts; posts without an answer: %d, answered otherwise: %v",
		s.ready[len(s.ready)/2].Round(time.Millisecond), s.ready[len(s.ready)-1].Round(time.Millisecond), len(s.ready), broken, others)
}

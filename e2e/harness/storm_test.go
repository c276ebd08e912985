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
	"intake/internal/store"
	"intake/internal/store/storetest"
)

// stormFaults are what the twin does all the while: it loses 5 % of the answers after the work,
// keeps others back within the budget of a call, and some beyond it.
const stormFaults = `[
	{"fault":"cut","operation":"createLead","when":"after","mode":"percent","n":5},
	{"fault":"slow","operation":"createLead","mode":"percent","n":5,"delay":"400ms"},
	{"fault":"slow","operation":"createLead","when":"after","mode":"percent","n":1,"delay":"4s"},
	{"fault":"cut","operation":"submitLead","when":"after","mode":"percent","n":5}]`

const (
	crowd       = 4                     // people who post at a time
	lullAfter   = 20                    // programs that went
	stormBreath = 40 * time.Millisecond // so that a long storm is not one of leads alone
)

// storm is programs on one database that are killed and replaced under load.
type storm struct {
	t      *testing.T
	in     *installation
	tw     *twin
	fleet  *fleet
	random *rand.Rand

	pr       *promises
	resends  bool // now and then nothing breaks until a doubt was sent again
	ops      *operators
	postgres *storetest.Postgres // nil: it is SQLite
	running  []*process
	past     []*process
	leaving  sync.WaitGroup  // programs that were told to stop
	ready    []time.Duration // from the start of a program to its first yes
	killed   int
	rolled   int
}

func TestStorm_LosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	s := newStorm(t, "storm", longest)
	s.tw.order(t, "assumptions", `{"duplicateMatch":"off"}`) // what comes twice is processed twice
	for id, r := range s.blow().rows {
		if r.status == lead.InDoubt {
			t.Errorf("lead %q is in doubt, although operators have settled every doubt", id)
		}
	}
}

// Resending is allowed once a doubt has settled, and only because the twin can match what comes twice.
// Every 15 s as many go out as there are workers.
var resending = []string{"ALLEVIATE_IN_DOUBT=resend", "ALLEVIATE_MAX_PROCESSING=2s", "ALLEVIATE_RESEND_AFTER=3s", "INTAKE_WORKERS=64"}

func TestStorm_ResendingSettlesDoubtsAndDoublesNothing(t *testing.T) {
	t.Parallel()
	s := newStorm(t, "resending storm", resending...)
	s.resends = true
	e := s.blow()
	resent, spent := 0, 0
	for _, r := range e.rows {
		again := slices.ContainsFunc(r.events, func(e store.Event) bool { return e.Event == lead.ResendBegun })
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

// An Alleviate that cannot match is where resending doubles, and where the audit must see it.
func TestStorm_ResendingToABareAlleviateDoubles(t *testing.T) {
	t.Parallel()
	tw := startTwin(t)
	tw.order(t, "assumptions", `{"duplicateMatch":"off"}`)
	tw.order(t, "faults", `[{"fault":"cut","operation":"createLead","when":"after","mode":"next","n":1}]`)
	in := newInstallation(t, tw, append(resending, "INTAKE_LOG=error")...)
	p, pr, people := in.serve(t), newPromises(), newFleet(ms)
	people.add(p)
	ctx, goHome := context.WithCancel(t.Context())
	left := people.comeIn(ctx, 1, pr)
	<-pr.grew
	goHome()
	left()
	await(t, "the doubt is sent again", func() bool { return in.restless(t) == 0 && in.unsettled(t) == 0 })
	p.stop()
	if found := in.gather(t, tw, pr.list(), nil).audit().doubled; len(found) == 0 {
		t.Error("the audit found no lead that was processed twice")
	}
}

// blow breaks programs while people come in, and audits what is left when all is at rest.
func (s *storm) blow() evidence {
	s.t.Helper()
	pr := s.pr
	ctx, goHome := context.WithCancel(s.t.Context())
	begun := time.Now()
	left := s.fleet.comeIn(ctx, crowd, pr)
	for s.killed < *kills || s.rolled < *rolls {
		s.breakSomething()
		s.ops.work(s.killed + s.rolled)
	}
	for len(pr.list()) < *leads {
		<-pr.grew
	}
	goHome()
	left()
	stormed := time.Since(begun)
	s.drain()
	pr.checkKept(s.t)
	if n := len(s.ops.restored); n != *restores {
		s.t.Errorf("%d copies were put in the database's place, want %d", n, *restores)
	}
	held := pr.held()
	e := s.in.gather(s.t, s.tw, handlesOf(held), s.lives())
	e.receipts = held
	s.ops.account(&e)
	for _, complaint := range e.audit().all() {
		s.t.Error(complaint)
	}
	s.report(e, pr, stormed)
	return e
}

func newStorm(t *testing.T, name string, settings ...string) *storm {
	t.Helper()
	s := &storm{t: t, tw: startTwin(t, "SIMULATOR_LATENCY=20ms", fmt.Sprintf("SIMULATOR_SEED=%d", *seedFlag|1)), fleet: newFleet(stormBreath), pr: newPromises(), random: chance(name)}
	s.ops = &operators{s: s}
	s.tw.order(t, "faults", stormFaults)
	s.in = newInstallation(t, s.tw, append(settings, "INTAKE_LOG=warn")...)
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
	for range programs {
		s.start()
	}
	return s
}

// start adds a program to the fleet once it is ready, and notes how long that took.
func (s *storm) start() {
	s.t.Helper()
	p := s.in.begin(s.t)
	await(s.t, "the program is ready", func() bool { return p.isReady(s.t, "/readyz") })
	s.ready = append(s.ready, time.Since(p.begun))
	s.running = append(s.running, p)
	s.fleet.add(p)
}

// breakSomething kills or replaces a program a random moment after some receipts.
func (s *storm) breakSomething() {
	s.t.Helper()
	s.pr.awaitMore(s.t, 1+s.random.IntN(8))
	pass(time.Duration(s.random.IntN(300)) * time.Millisecond)
	if s.resends && (s.killed+s.rolled)%lullAfter == lullAfter-1 && s.in.unsettled(s.t) > 0 {
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
	pass(time.Duration(60+s.random.IntN(300)) * time.Millisecond) // both run
	s.end(s.random.IntN(2) == 0)
}

// end takes the oldest program away. A killed one goes while people use it; one that is told to stop
// is taken from the address book first, as the proxy in front of it would.
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

// drain lets everything come to rest: faults off, the leases of the dead over, a new program.
func (s *storm) drain() {
	s.t.Helper()
	s.leaving.Wait()
	for len(s.running) > 0 {
		s.end(true)
	}
	s.tw.order(s.t, "faults/clear", "")
	pass(longestLease)
	s.start()
	if s.resends {
		for n := s.in.unsettled(s.t); n > 0; n = s.in.unsettled(s.t) {
			await(s.t, "the next doubts are sent again", func() bool { return s.in.unsettled(s.t) < n })
		}
	}
	await(s.t, "every lead is at rest", func() bool { return s.in.restless(s.t) == 0 })
	if !s.resends {
		s.ops.resolve()
		await(s.t, "what operators settled is at rest", func() bool { return s.in.restless(s.t) == 0 })
	}
	s.end(false)
	s.leaving.Wait()
}

// lives is when the programs that were killed ran.
func (s *storm) lives() []life {
	var lives []life
	for _, p := range s.past {
		if !p.killed.IsZero() {
			lives = append(lives, life{p.begun, p.killed})
		}
	}
	return lives
}

func (s *storm) report(e evidence, pr *promises, took time.Duration) {
	byStatus, doubts := map[lead.Status]int{}, map[lead.Event]int{}
	for _, r := range e.rows {
		byStatus[r.status]++
		if r.status == lead.InDoubt {
			doubts[r.events[len(r.events)-1].Event]++
		}
	}
	cut, calls := 0, e.twin.Calls("createLead")
	for _, call := range calls {
		if strings.HasPrefix(call.Fault, "cut") {
			cut++
		}
	}
	away := 0
	for i := range e.promised {
		if e.restoredAway(i) {
			away++
		}
	}
	s.t.Logf("operators: %d keys rotated, restored: %v; %d receipts of after a copy went with a restore; doubts that Alleviate had: %d, had not: %d",
		s.ops.rotated, s.ops.ways, away, s.ops.found, s.ops.notFound)
	slices.Sort(s.ready)
	others, broken := pr.others()
	s.t.Logf("seed %d, %s, %s: %d receipts, %d kills, %d rolls", *seedFlag, *engine, took.Round(time.Second), len(e.promised), s.killed, s.rolled)
	s.t.Logf("at rest: %v; doubts by cause: %v; %d createLead calls, %d answers cut", byStatus, doubts, len(calls), cut)
	s.t.Logf("ready after: median %s, longest %s of %d starts; posts without an answer: %d, answered otherwise: %v",
		s.ready[len(s.ready)/2].Round(time.Millisecond), s.ready[len(s.ready)-1].Round(time.Millisecond), len(s.ready), broken, others)
}

package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/lead"
	"intake/internal/store/leadtable"
)

const rounds = 3 // each kill happens this often

// longestLease is the budget of createLead and the margin that apart sets.
const longestLease = 2500 * time.Millisecond

// apart is a program and the simulator as a process of its own, neither of them started. Calls and
// leases are short, so that an orphan is found within a test.
func apart(t *testing.T, twinSettings ...string) (*program, *twin) {
	t.Helper()
	tw := newTwin(t, twinSettings...)
	settings := append(tw.addresses(), "ALLEVIATE_CREATE_TIMEOUT=2s", "ALLEVIATE_LEASE_MARGIN=500ms")
	return newProgram(t, settings...), tw
}

// eachRound repeats a story with kills in it.
func eachRound(t *testing.T, story func(t *testing.T)) {
	t.Parallel()
	for i := range rounds {
		t.Run(fmt.Sprint("round ", i+1), func(t *testing.T) { t.Parallel(); story(t) })
	}
}

func TestKill_BeforeTheClaimTheLeadIsDeliveredOnceAfterTheRestart(t *testing.T) {
	eachRound(t, func(t *testing.T) {
		p, tw := apart(t)
		p.start() // no simulator: no token, so no claim
		receipt := p.accepted(required())
		p.kill()
		if l, _ := p.onDisk(receipt); l.Status != lead.Received || l.Attempt != 0 {
			t.Fatalf("the lead is %s at attempt %d, want received and never claimed", l.Status, l.Attempt)
		}
		tw.start()
		p.start()
		awaitDelivered(t, tw.addr, 1)
		p.checkStored(map[lead.Status]int{lead.Submitted: 1})
		checkAtMostOnce(t, tw, 1)
	})
}

func TestKill_DuringTheCallTheLeadIsInDoubtWithItsReasonAndNeverSentAgain(t *testing.T) {
	eachRound(t, func(t *testing.T) {
		p, tw := apart(t, "SIMULATOR_LATENCY=1s")
		tw.start()
		p.start()
		receipt := p.accepted(required())
		awaitCall(t, tw)
		p.kill()
		l, _ := p.onDisk(receipt)
		if l.Status != lead.Sending || l.Attempt != 1 {
			t.Fatalf("the lead is %s at attempt %d, want sending at attempt 1: the intent comes before the call", l.Status, l.Attempt)
		}
		await(t, "the lease is over", func() bool { return time.Now().After(l.LeaseUntil) })
		p.start()
		await(t, "the page tells the doubt", func() bool { return p.get(receipt).says(wordsSlow) })
		p.stop()
		l, history := p.onDisk(receipt)
		if l.Status != lead.InDoubt || l.Reason == "" || l.DoubtSince.IsZero() {
			t.Errorf("the lead is %s since %v because %q, want in doubt with a time and a reason", l.Status, l.DoubtSince, l.Reason)
		}
		if diff := cmp.Diff([]lead.Event{"stored", lead.SendBegun, lead.LeaseExpired}, eventsOf(history)); diff != "" {
			t.Errorf("the history (-want +got):\n%s", diff)
		}
		checkAtMostOnce(t, tw, 1)
	})
}

func TestKill_OfTheSimulatorDuringTheCallLeavesADoubtAndNoSecondCall(t *testing.T) {
	eachRound(t, func(t *testing.T) {
		p, tw := apart(t, "SIMULATOR_LATENCY=20s")
		tw.start()
		p.start()
		receipt := p.accepted(required())
		awaitCall(t, tw)
		tw.kill()
		await(t, "the page tells the doubt", func() bool { return p.get(receipt).says(wordsSlow) })
		tw.start() // it knows its ledger again
		p.kill()
		p.start()
		await(t, "the courier has a token again", func() bool { return len(tw.ledger().Calls("token")) > 1 })
		p.checkStored(map[lead.Status]int{lead.InDoubt: 1})
		checkAtMostOnce(t, tw, 1)
	})
}

// A kill at any moment of many posts: whoever got a receipt has a lead, and nobody has two.
func TestKill_AmongManyPostsLosesAndDoublesNothing(t *testing.T) {
	t.Parallel()
	p, tw := apart(t, "SIMULATOR_LATENCY=20ms")
	p.settings = append(p.settings, "ALLEVIATE_DOUBT_HALT=off") // the kills make more doubts than an hour may have
	tw.start()
	var receipts []string
	for round := range 4 {
		p.start()
		receipts = append(receipts, p.postUntilKilled(400*round)...)
	}
	killed := time.Now()
	await(t, "the leases are over", func() bool { return time.Since(killed) > longestLease })
	p.start()
	await(t, "every page shows a result or a doubt", func() bool { return p.settled(receipts) })
	p.stop()
	processed, doubts := tw.ledger().Processed(), 0
	for _, receipt := range receipts {
		l, _ := p.onDisk(receipt)
		if l.Status == lead.InDoubt {
			doubts++
		} else if processed[string(l.ID)] != 1 {
			t.Errorf("the lead is %s and was processed %d times, want once", l.Status, processed[string(l.ID)])
		}
	}
	for id, n := range processed {
		if n > 1 {
			t.Errorf("lead %s was processed %d times", id, n)
		}
	}
	t.Logf("%d receipts over 4 kills, %d in doubt", len(receipts), doubts)
}

func TestStop_DuringACallLetsItEndAndRecordsIt(t *testing.T) {
	eachRound(t, func(t *testing.T) {
		p, tw := apart(t, "SIMULATOR_LATENCY=1s")
		tw.start()
		p.start()
		receipt := p.accepted(required())
		awaitCall(t, tw)
		if code := p.stop(); code != 0 {
			t.Errorf("the program ended with %d, want 0", code)
		}
		l, _ := p.onDisk(receipt)
		if l.Status != lead.Created || l.ResultCode != 1015 {
			t.Errorf("the lead is %s with code %d, want created with 1015: the call was in flight", l.Status, l.ResultCode)
		}
		p.start()
		awaitDelivered(t, tw.addr, 1)
		p.checkStored(map[lead.Status]int{lead.Submitted: 1})
		checkAtMostOnce(t, tw, 1)
	})
}

func eventsOf(history []leadtable.Event) []lead.Event {
	var events []lead.Event
	for _, e := range history {
		events = append(events, e.Event)
	}
	return events
}

// awaitCall waits until a createLead has reached the simulator and is being worked on.
func awaitCall(t *testing.T, tw *twin) {
	t.Helper()
	await(t, "createLead has arrived", func() bool { return len(tw.ledger().Calls("createLead")) == 1 })
}

// checkAtMostOnce holds the ledger to the number of createLead calls, each lead processed once at most.
func checkAtMostOnce(t *testing.T, tw *twin, calls int) {
	t.Helper()
	ledger := tw.ledger()
	if got := len(ledger.Calls("createLead")); got != calls {
		t.Errorf("createLead was called %d times, want %d", got, calls)
	}
	for id, n := range ledger.Processed() {
		if n > 1 {
			t.Errorf("lead %s was processed %d times", id, n)
		}
	}
}

// postUntilKilled has four people post until the program is killed, once it gave some receipts.
func (p *program) postUntilKilled(from int) []string {
	p.t.Helper()
	receipts := make(chan string)
	for i := range 4 {
		go func() {
			defer func() { receipts <- "" }()
			for n := 0; ; n++ {
				path, err := p.try(invented(from + 100*i + n))
				if err != nil {
					return
				}
				receipts <- path
			}
		}()
	}
	var got []string
	for leaving := 0; leaving < 4; {
		path := <-receipts
		if path == "" {
			leaving++
			continue
		}
		if got = append(got, path); len(got) == 12 {
			p.kill()
		}
	}
	return got
}

// invented is one of many people with an address and a phone of their own.
func invented(n int) answers {
	return required().with("email", fmt.Sprintf("person%d@example.com", n), "homePhone", fmt.Sprintf("512555%04d", n))
}

// try goes all the way and returns the receipt; an error when the program is gone.
func (p *program) try(a answers) (string, error) {
	got, err := p.visitor().tryApply(a)
	if err != nil {
		return "", err
	}
	if !got.leadsOn("/status/") {
		return "", fmt.Errorf("answered %d", got.status)
	}
	return got.header.Get("Location"), nil
}

// settled says whether every status page shows a result or a doubt.
func (p *program) settled(receipts []string) bool {
	for _, receipt := range receipts {
		page := p.get(receipt)
		if !page.says(wordsSlow) && !page.says(wordsQualified) {
			return false
		}
	}
	return true
}

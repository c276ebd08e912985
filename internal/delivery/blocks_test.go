package delivery

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"intake/alleviate"
	"intake/internal/lead"
)

// A firewall that blocks every lead is an outage: none is parked, and all are sent when it is over.
func TestBlocks_AFirewallThatBlocksEveryLeadParksNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, b := newMemory(dueLeads(40)...), newBackend()
		b.create = func(n int) (alleviate.CreatedLead, error) {
			if time.Since(b.started) < 6*time.Hour {
				return noAnswer, blockedFailure()
			}
			return alleviate.CreatedLead{ID: "m", Code: 1018}, nil
		}
		b.status = func(int) (alleviate.LeadStatus, error) { return alleviate.LeadStatus{Code: 1000}, nil }
		looked := leadForStatusCheck("looked") // its status checks get through, and prove nothing for createLead
		q.leads[looked.ID] = &looked
		c, stop := start(q, b)
		time.Sleep(3 * time.Hour) // the bubble's clock
		if got := q.count(lead.Parked); got != 0 {
			t.Errorf("%d leads are parked in the outage, want none", got)
		}
		wantTroubles(t, "in the outage", c, Outage)
		if calls := b.called("create"); calls > 150 {
			t.Errorf("%d createLead in three hours of a firewall, want few", calls)
		}
		time.Sleep(4 * time.Hour) // the bubble's clock
		stop()
		if created := q.count(lead.Created); created != 41 {
			t.Errorf("%d leads are created when it is over, want all 41", created)
		}
	})
}

// A lead that a firewall blocks while other leads pass is parked at the third block.
func TestBlocks_ALeadThatIsBlockedWhileOthersPassIsParked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, b := newMemory(dueLead("blocked")), newBackend()
		f := &blockingBackend{backend: b}
		c, stop := start(q, f)
		for i := range 30 { // other leads arrive and pass
			time.Sleep(5 * time.Second) // the bubble's clock
			l := dueLead(fmt.Sprint("other-", i))
			q.locked(func() { q.leads[l.ID] = &l })
		}
		time.Sleep(2 * time.Second) // the bubble's clock
		wantTroubles(t, "while others pass", c)
		stop()
		l := q.get("blocked")
		mayBe := l.Attempt == maxBlocks || l.Attempt == maxBlocks+1 // the second may come before anybody else
		if l.Status != lead.Parked || !mayBe || l.Reason != "transient, blocked before Alleviate, HTTP 403; met three times while others passed" {
			t.Errorf("%s after %d attempts (%q), want parked after three that count", l.Status, l.Attempt, l.Reason)
		}
		if got := q.count(lead.Created); got != 30 || b.processed["blocked"] != 0 {
			t.Errorf("%d others are created, the blocked lead landed %d times; want 30 and 0", got, b.processed["blocked"])
		}
	})
}

// Without calls of other leads, a block because of the lead cannot be told from an outage.
func TestBlocks_ABlockedLeadWithNoOthersToCompareWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, b := newMemory(dueLead("blocked")), newBackend()
		runFor(q, &blockingBackend{backend: b}, 20*time.Hour)
		if l := q.get("blocked"); l.Status != lead.Received || l.Step != lead.Send || l.Attempt < 4 {
			t.Errorf("%s after %d attempts, want received after some", l.Status, l.Attempt)
		}
	})
}

func (c *Courier) countedBlocks() int {
	c.blocks.mu.Lock()
	defer c.blocks.mu.Unlock()
	return len(c.blocks.byLead)
}

// The id of a lead that is erased after it was blocked must not stay in memory for as long as the program runs.
func TestBlocks_AnErasedLeadIsForgottenWithinADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, b := newMemory(dueLead("blocked")), newBackend()
		c, stop := start(q, &blockingBackend{backend: b})
		time.Sleep(2 * time.Second) // the bubble's clock
		if n := c.countedBlocks(); n != 1 {
			t.Fatalf("%d leads are counted as blocked, want 1: the test would prove nothing", n)
		}
		q.locked(func() { delete(q.leads, "blocked") })
		time.Sleep(forgetBlockAfter - time.Minute) // the bubble's clock
		if n := c.countedBlocks(); n != 1 {
			t.Errorf("%d leads are counted within a day, want 1: a lead may be tried again", n)
		}
		time.Sleep(2 * time.Minute) // the bubble's clock
		if n := c.countedBlocks(); n != 0 {
			t.Errorf("%d leads are counted a day after one was erased, want none", n)
		}
		stop()
	})
}

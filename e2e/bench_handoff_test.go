package e2e

import (
	"testing"
	"time"
)

// maxToGreen is how long the desk may take to turn after a caller has pressed.
const maxToGreen = 4 * time.Second

// BenchmarkHandOff is how long the desk takes to say "Accepted" by itself after the press on the caller's phone, in two browsers.
func BenchmarkHandOff(b *testing.B) {
	tw := startTwin(b, "INTAKE_LOG=error")
	p := newProgram(b, append(tw.addresses(), "INTAKE_LOG=error")...)
	p.start()
	b.Cleanup(func() { p.stop() })
	agent := p.visitedBy(b, atDesk)
	p.visited.Store(false) // its evidence is that of other tests
	agent.signsIn("/desk", "Dana")
	var all, slowest time.Duration
	n := 0
	for b.Loop() {
		agent.open("/desk")
		agent.sendsWithoutConsent()
		path, _ := agent.makesLink()
		caller := p.visitedBy(b, onPhone)
		p.visited.Store(false)
		caller.open(path)
		pressed := time.Now()
		caller.agrees("accept", "consentCredit", "consentTerms")
		agent.awaitsLink("accepted")
		took := time.Since(pressed)
		all, slowest, n = all+took, max(slowest, took), n+1
		must(b, caller.Context().Close())
	}
	b.ReportMetric(float64(all.Milliseconds())/float64(n), "ms-to-green")
	b.ReportMetric(float64(slowest.Milliseconds()), "ms-to-green-at-most")
	if slowest > maxToGreen {
		b.Errorf("the desk took %s to turn after the press, more than %s", slowest, maxToGreen)
	}
}

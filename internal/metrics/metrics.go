// Package metrics counts what the program does and shows it to Prometheus. Labels are route
// patterns, classes and fixed words: no id, no path, nothing that came from outside.
package metrics

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"intake/internal/clock"
	"intake/internal/lead"
)

// Leads is read at each scrape.
type Leads interface {
	// CountOpen is the number of leads by status, those at their end left out.
	CountOpen(ctx context.Context) (map[lead.Status]int, error)
	// OldestUnsent is when the oldest lead arrived that is not sent yet, or the zero time.
	OldestUnsent(ctx context.Context) (time.Time, error)
}

// Config is what is read at each scrape.
type Config struct {
	Leads         Leads
	TokenFetched  func() time.Time // when the current token was fetched; zero when there is none
	SecretExpires time.Time        // of the client secret; zero when the date is not known
	Clock         *clock.Clock
}

// Meter collects the program's metrics. Its methods never block and are safe for concurrent use.
type Meter struct {
	registry   *prometheus.Registry
	answers    *prometheus.CounterVec
	accepts    prometheus.Counter
	suspects   prometheus.Counter
	blocked    *prometheus.CounterVec
	links      *prometheus.CounterVec
	calls      *prometheus.CounterVec
	createLead prometheus.Histogram
	degraded   *prometheus.GaugeVec
	chains     *chainCollector
}

// A call to Alleviate ends in one of these classes: "ok", or the kind of the error of Alleviate's client.
var classes = []string{"ok", "transient", "throttled", "credentials", "rejected", "ambiguous"}

// New returns a meter with its own registry.
func New(cfg Config) *Meter {
	m := &Meter{
		registry: prometheus.NewRegistry(),
		answers: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "intake_answers_total", Help: "Answers by route pattern and class of the HTTP status.",
		}, []string{"route", "status"}),
		accepts: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "intake_accepts_total", Help: "Leads stored for the first time, suspects too.",
		}),
		suspects: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "intake_suspects_total", Help: "Leads stored as suspect.",
		}),
		blocked: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "intake_blocked_total", Help: "Reports of browsers that our content policy kept a page from something, by its directive.",
		}, []string{"directive"}),
		links: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "intake_links_total", Help: "Links to callers' own phones: opened the first time, accepted, declined, and codes that were wrong.",
		}, []string{"event"}),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "intake_calls_total", Help: "Calls to Alleviate by step and class of their end.",
		}, []string{"step", "class"}),
		createLead: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "intake_create_lead_seconds", Help: "How long createLead took, however it ended.",
			Buckets: []float64{0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 90, 120},
		}),
		degraded: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "intake_degraded", Help: "1 while the cause is active: leads are accepted, and a person should look.",
		}, []string{"cause"}),
		chains: &chainCollector{last: map[string]chainResult{}},
	}
	for _, event := range []string{"opened", "accepted", "declined", "wrong code"} {
		m.links.WithLabelValues(event)
	}
	for _, step := range []lead.Step{lead.Send, lead.Submit, lead.Look} {
		for _, class := range classes {
			m.calls.WithLabelValues(string(step), class) // shown as 0 from the start
		}
	}
	m.registry.MustRegister(m.answers, m.accepts, m.suspects, m.blocked, m.links, m.calls, m.createLead, m.degraded, m.chains, &scrapeCollector{cfg},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// Answered counts one HTTP response: the route's pattern, empty outside the routes, and its status.
func (m *Meter) Answered(route string, status int) {
	if route == "" {
		route = "none"
	}
	m.answers.WithLabelValues(route, strconv.Itoa(status/100)+"xx").Inc()
}

// Stored counts a lead that was saved for the first time.
func (m *Meter) Stored(status lead.Status) {
	m.accepts.Inc()
	if status == lead.Suspect {
		m.suspects.Inc()
	}
}

// Blocked counts one content-policy report of a browser. The directive is one of a fixed list.
func (m *Meter) Blocked(directive string) { m.blocked.WithLabelValues(directive).Inc() }

// Linked counts what happened to a link of a hand-off: "opened", "accepted", "declined" or "wrong code".
func (m *Meter) Linked(event string) { m.links.WithLabelValues(event).Inc() }

// Called counts one call to Alleviate by how it ended.
func (m *Meter) Called(step lead.Step, class string, took time.Duration) {
	m.calls.WithLabelValues(string(step), class).Inc()
	if step == lead.Send {
		m.createLead.Observe(took.Seconds())
	}
}

// Degraded sets whether a cause is active. The cause is one of a fixed list.
func (m *Meter) Degraded(cause string, active bool) {
	value := 0.0
	if active {
		value = 1
	}
	m.degraded.WithLabelValues(cause).Set(value)
}

// ServeHTTP serves the metrics in Prometheus's format.
func (m *Meter) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}).ServeHTTP(w, r)
}

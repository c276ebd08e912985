package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"intake/internal/lead"
)

// scrapeWithin bounds what one scrape asks of the store.
const scrapeWithin = 3 * time.Second

// open is where a lead can stand that is not at its end.
var open = []lead.Status{
	lead.Received, lead.Suspect, lead.Sending, lead.Created, lead.Submitting, lead.Refused, lead.InDoubt, lead.Parked,
}

var (
	leadsIn  = prometheus.NewDesc("intake_leads", "Leads by state, those at their end left out.", []string{"state"}, nil)
	oldest   = prometheus.NewDesc("intake_oldest_unsent_seconds", "How long the oldest lead waits to be sent; 0 when none waits.", nil, nil)
	readable = prometheus.NewDesc("intake_store_readable", "1 when the store answered this scrape.", nil, nil)
	ends     = prometheus.NewDesc("intake_secret_expires_timestamp_seconds", "When the client secret ends by ALLEVIATE_SECRET_EXPIRES; absent without it.", nil, nil)
	tokenAge = prometheus.NewDesc("intake_token_age_seconds", "How old the token at hand is; absent without one.", nil, nil)
)

// scraped reads its values when Prometheus asks.
type scraped struct{ Config }

func (s *scraped) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{leadsIn, oldest, readable, ends, tokenAge} {
		descs <- d
	}
}

// Collect leaves out what it cannot read: an old number would look like a quiet night.
func (s *scraped) Collect(metrics chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		metrics <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	if fetched := s.TokenFetched(); !fetched.IsZero() {
		gauge(tokenAge, s.Clock.Now().Sub(fetched).Seconds())
	}
	if !s.SecretEnds.IsZero() {
		gauge(ends, float64(s.SecretEnds.Unix()))
	}
	ctx, cancel := context.WithTimeout(context.Background(), scrapeWithin)
	defer cancel()
	counts, err := s.Leads.Counts(ctx)
	if err != nil {
		gauge(readable, 0)
		return
	}
	since, err := s.Leads.OldestUnsent(ctx)
	if err != nil {
		gauge(readable, 0)
		return
	}
	gauge(readable, 1)
	for _, status := range open {
		gauge(leadsIn, float64(counts[status]), string(status))
	}
	wait := 0.0
	if !since.IsZero() {
		wait = s.Clock.Now().Sub(since).Seconds()
	}
	gauge(oldest, wait)
}

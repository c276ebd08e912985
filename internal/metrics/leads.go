package metrics

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"intake/internal/lead"
)

// scrapeTimeout limits the store queries of one scrape.
const scrapeTimeout = 3 * time.Second

// openStatuses are the statuses of leads that are not at their end.
var openStatuses = []lead.Status{
	lead.Received, lead.Suspect, lead.Sending, lead.Created, lead.Submitting, lead.Refused, lead.InDoubt, lead.Parked,
}

var (
	leadsByStatus = prometheus.NewDesc("intake_leads", "Leads by state, those at their end left out: created counts those that wait for a result or for a step.", []string{"state"}, nil)
	oldestUnsent  = prometheus.NewDesc("intake_oldest_unsent_seconds", "How long the oldest lead waits to be sent; 0 when none waits.", nil, nil)
	storeReadable = prometheus.NewDesc("intake_store_readable", "1 when the store answered this scrape.", nil, nil)
	secretExpires = prometheus.NewDesc("intake_secret_expires_timestamp_seconds", "When the client secret ends by ALLEVIATE_SECRET_EXPIRES; absent without it.", nil, nil)
	tokenAge      = prometheus.NewDesc("intake_token_age_seconds", "Age of the current access token; absent without one.", nil, nil)
)

// scrapeCollector reads its values at each scrape.
type scrapeCollector struct{ Config }

func (s *scrapeCollector) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{leadsByStatus, oldestUnsent, storeReadable, secretExpires, tokenAge} {
		descs <- d
	}
}

// Collect leaves out what it cannot read: an old value would hide the failure.
func (s *scrapeCollector) Collect(metrics chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		metrics <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	if fetched := s.TokenFetched(); !fetched.IsZero() {
		gauge(tokenAge, s.Clock.Now().Sub(fetched).Seconds())
	}
	if !s.SecretExpires.IsZero() {
		gauge(secretExpires, float64(s.SecretExpires.Unix()))
	}
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	counts, err := s.Leads.CountOpen(ctx)
	if err != nil {
		gauge(storeReadable, 0)
		return
	}
	since, err := s.Leads.OldestUnsent(ctx)
	if err != nil {
		gauge(storeReadable, 0)
		return
	}
	gauge(storeReadable, 1)
	for _, status := range openStatuses {
		gauge(leadsByStatus, float64(counts[status]), string(status))
	}
	wait := 0.0
	if !since.IsZero() {
		wait = s.Clock.Now().Sub(since).Seconds()
	}
	gauge(oldestUnsent, wait)
}

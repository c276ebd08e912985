package metrics

import (
	"maps"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

var (
	chainIntact  = prometheus.NewDesc("intake_chain_intact", "1 when the last check found the chain intact, 0 when broken; absent before the first check.", []string{"chain"}, nil)
	chainEntries = prometheus.NewDesc("intake_chain_entries", "Entries of the chain, those before the break when it is broken.", []string{"chain"}, nil)
	chainChecked = prometheus.NewDesc("intake_chain_checked_timestamp_seconds", "When the chain, or its end, was checked.", []string{"chain"}, nil)
)

type chainResult struct {
	at      time.Time
	entries int64
	intact  bool
}

// chainCollector shows the last result of each chain by name. A chain that was never checked has no value: an
// invented one would hide that.
type chainCollector struct {
	mu   sync.Mutex
	last map[string]chainResult
}

// ChainChecked sets the result of a check of a chain, whose name is a fixed word.
func (m *Meter) ChainChecked(name string, at time.Time, entries int64, intact bool) {
	m.chains.mu.Lock()
	defer m.chains.mu.Unlock()
	m.chains.last[name] = chainResult{at, entries, intact}
}

// ChainBroken says whether the last check of any chain found it broken.
func (m *Meter) ChainBroken() bool {
	m.chains.mu.Lock()
	defer m.chains.mu.Unlock()
	for _, v := range m.chains.last {
		if !v.intact {
			return true
		}
	}
	return false
}

func (c *chainCollector) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{chainIntact, chainEntries, chainChecked} {
		descs <- d
	}
}

// Collect implements prometheus.Collector.
func (c *chainCollector) Collect(metrics chan<- prometheus.Metric) {
	c.mu.Lock()
	last := maps.Clone(c.last)
	c.mu.Unlock()
	for name, v := range last {
		intact := 0.0
		if v.intact {
			intact = 1
		}
		metrics <- prometheus.MustNewConstMetric(chainIntact, prometheus.GaugeValue, intact, name)
		metrics <- prometheus.MustNewConstMetric(chainEntries, prometheus.GaugeValue, float64(v.entries), name)
		metrics <- prometheus.MustNewConstMetric(chainChecked, prometheus.GaugeValue, float64(v.at.Unix()), name)
	}
}

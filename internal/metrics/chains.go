package metrics

import (
	"maps"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

var (
	chainWhole   = prometheus.NewDesc("intake_chain_whole", "1 when the last check found the chain as it was written, 0 when not; absent before the first check.", []string{"chain"}, nil)
	chainEntries = prometheus.NewDesc("intake_chain_entries", "Entries of the chain, those before the break when it is broken.", []string{"chain"}, nil)
	chainChecked = prometheus.NewDesc("intake_chain_checked_timestamp_seconds", "When the chain was checked.", []string{"chain"}, nil)
)

type verdict struct {
	at      time.Time
	entries int64
	whole   bool
}

// chains are the last verdicts by the chain's name. One that was never checked has no value: an old
// or made-up number would look like a quiet night.
type chains struct {
	mu   sync.Mutex
	last map[string]verdict
}

// ChainChecked notes the verdict of a check of a chain, whose name is a fixed word.
func (m *Meter) ChainChecked(name string, at time.Time, entries int64, whole bool) {
	m.chains.mu.Lock()
	defer m.chains.mu.Unlock()
	m.chains.last[name] = verdict{at, entries, whole}
}

// ChainBroken says whether the last check of any chain found it broken.
func (m *Meter) ChainBroken() bool {
	m.chains.mu.Lock()
	defer m.chains.mu.Unlock()
	for _, v := range m.chains.last {
		if !v.whole {
			return true
		}
	}
	return false
}

func (c *chains) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{chainWhole, chainEntries, chainChecked} {
		descs <- d
	}
}

// Collect shows the verdicts.
func (c *chains) Collect(metrics chan<- prometheus.Metric) {
	c.mu.Lock()
	last := maps.Clone(c.last)
	c.mu.Unlock()
	for name, v := range last {
		whole := 0.0
		if v.whole {
			whole = 1
		}
		metrics <- prometheus.MustNewConstMetric(chainWhole, prometheus.GaugeValue, whole, name)
		metrics <- prometheus.MustNewConstMetric(chainEntries, prometheus.GaugeValue, float64(v.entries), name)
		metrics <- prometheus.MustNewConstMetric(chainChecked, prometheus.GaugeValue, float64(v.at.Unix()), name)
	}
}

package app

import (
	"slices"
	"sync"

	"intake/alleviate"
)

// keptExchanges is how many requests to Alleviate are kept in memory: a few minutes at the usual pace.
const keptExchanges = 200

// exchanges keeps the last requests to Alleviate.
type exchanges struct {
	mu   sync.Mutex
	last []alleviate.Exchange
}

func (e *exchanges) record(x alleviate.Exchange) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.last) == keptExchanges {
		e.last = slices.Delete(e.last, 0, 1)
	}
	e.last = append(e.last, x)
}

func (e *exchanges) list() []alleviate.Exchange {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.last)
}

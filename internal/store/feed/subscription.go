package feed

import "sync"

// News is what a subscriber is told.
type News struct {
	Changes []Change
	Missed  bool  // there were more changes than wait for a subscriber: read everything anew
	Err     error // the database could not be read, so that changes may come later
}

// Subscription receives changes. It never keeps others waiting.
type Subscription struct {
	feed  *Feed
	ready chan struct{}

	mu   sync.Mutex
	news News
}

// Ready receives when there is something to take.
func (s *Subscription) Ready() <-chan struct{} { return s.ready }

// Take returns what has happened since the last call.
func (s *Subscription) Take() News {
	s.mu.Lock()
	defer s.mu.Unlock()
	news := s.news
	s.news = News{}
	return news
}

// Close ends the subscription.
func (s *Subscription) Close() { s.feed.remove(s) }

func (s *Subscription) add(news News) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if news.Err != nil {
		s.news.Err = news.Err
	}
	if len(s.news.Changes)+len(news.Changes) > queueSize {
		s.news.Changes, s.news.Missed = nil, true
	}
	if !s.news.Missed {
		s.news.Changes = append(s.news.Changes, news.Changes...)
	}
	select {
	case s.ready <- struct{}{}:
	default: // it was told before
	}
}

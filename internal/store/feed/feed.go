package feed

import (
	"context"
	"errors"
	"sync"
	"time"

	"intake/internal/store/db"
)

const (
	batch     = 500             // rows in one read
	queueSize = 1000            // changes that wait for one subscriber
	lookEvery = 2 * time.Second // without being woken: a notification may be lost
	rewatch   = time.Second     // before a watch that failed begins again
)

// ErrClosed: the database is closed.
var ErrClosed = errors.New("the change feed is closed")

// Feed reads the changes while there are subscribers. The zero value cannot be used.
type Feed struct {
	engine  db.Engine
	running sync.WaitGroup

	mu          sync.Mutex
	subscribers map[*Subscription]bool
	poller      *poller // nil: nobody has subscribed
	closed      bool
}

// New makes the feed of a database. It reads nothing before somebody subscribes.
func New(engine db.Engine) *Feed {
	return &Feed{engine: engine, subscribers: map[*Subscription]bool{}}
}

// Subscribe tells of all changes that are committed from now on.
func (f *Feed) Subscribe(ctx context.Context) (*Subscription, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, ErrClosed
	}
	if f.poller == nil {
		from, err := now(ctx, f.engine)
		if err != nil {
			return nil, err
		}
		f.start(from)
	}
	s := &Subscription{feed: f, ready: make(chan struct{}, 1)}
	f.subscribers[s] = true
	return s, nil
}

func (f *Feed) start(from Cursor) {
	ctx, stop := context.WithCancel(context.Background())
	p := &poller{feed: f, cursor: from, stop: stop, wake: make(chan struct{}, 1)}
	f.poller = p
	f.running.Go(func() { p.run(ctx) })
	f.running.Go(func() { p.watch(ctx) })
}

// Close ends reading, and returns when it has ended.
func (f *Feed) Close() {
	f.mu.Lock()
	f.closed = true
	f.stopPoller()
	f.mu.Unlock()
	f.running.Wait()
}

func (f *Feed) stopPoller() {
	if f.poller != nil {
		f.poller.stop()
		f.poller = nil
	}
}

func (f *Feed) remove(s *Subscription) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.subscribers, s)
	if len(f.subscribers) == 0 {
		f.stopPoller()
	}
}

// deliver hands news to every subscriber, unless another poller has taken over.
func (f *Feed) deliver(p *poller, news News) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.poller != p {
		return
	}
	for s := range f.subscribers {
		s.add(news)
	}
}

// poller reads changes from the time of the first subscriber to that of the last.
type poller struct {
	feed   *Feed
	cursor Cursor // only run uses it
	stop   context.CancelFunc
	wake   chan struct{}
}

func (p *poller) run(ctx context.Context) {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		p.read(ctx)
		select {
		case <-ctx.Done():
			return
		case <-p.wake:
		case <-look.C:
		}
	}
}

// read reads until there is nothing more. After an error the next call reads the same again.
func (p *poller) read(ctx context.Context) {
	for more := true; more && ctx.Err() == nil; {
		changes, next, again, err := Read(ctx, p.feed.engine, p.cursor, batch)
		if ctx.Err() != nil {
			return
		}
		p.cursor, more = next, again && err == nil
		if len(changes) > 0 || err != nil {
			p.feed.deliver(p, News{Changes: changes, Err: db.Clean(err)})
		}
	}
}

// watch wakes the reader after commits.
func (p *poller) watch(ctx context.Context) {
	for ctx.Err() == nil {
		if err := p.feed.engine.Watch(ctx, p.wakeUp); err != nil && ctx.Err() == nil {
			p.feed.deliver(p, News{Err: db.Clean(err)})
		}
		select {
		case <-ctx.Done():
		case <-time.After(rewatch):
		}
	}
}

func (p *poller) wakeUp() {
	select {
	case p.wake <- struct{}{}:
	default: // it has not begun to read since
	}
}

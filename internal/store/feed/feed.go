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
	stop        context.CancelFunc // ends reading; nil: nobody has subscribed
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
	if f.stop == nil {
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

// start reads from the time of the first subscriber to that of the last.
func (f *Feed) start(from Cursor) {
	ctx, stop := context.WithCancel(context.Background())
	f.stop = stop
	wake := make(chan struct{}, 1)
	f.running.Go(func() { f.run(ctx, from, wake) })
	f.running.Go(func() { f.watch(ctx, wake) })
}

// Close ends reading, and returns when it has ended.
func (f *Feed) Close() {
	f.mu.Lock()
	f.closed = true
	f.stopReading()
	f.mu.Unlock()
	f.running.Wait()
}

func (f *Feed) stopReading() {
	if f.stop != nil {
		f.stop()
		f.stop = nil
	}
}

func (f *Feed) remove(s *Subscription) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.subscribers, s)
	if len(f.subscribers) == 0 {
		f.stopReading()
	}
}

// deliver hands news to every subscriber, unless ctx has ended: then others may read for the subscribers of now.
func (f *Feed) deliver(ctx context.Context, news News) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ctx.Err() != nil {
		return
	}
	for s := range f.subscribers {
		s.add(news)
	}
}

func (f *Feed) run(ctx context.Context, from Cursor, wake <-chan struct{}) {
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		from = f.read(ctx, from)
		select {
		case <-ctx.Done():
			return
		case <-wake:
		case <-look.C:
		}
	}
}

// read reads until there is nothing more. After an error the next call reads the same again.
func (f *Feed) read(ctx context.Context, from Cursor) Cursor {
	for more := true; more && ctx.Err() == nil; {
		changes, next, again, err := Read(ctx, f.engine, from, batch)
		from, more = next, again && err == nil
		if len(changes) > 0 || err != nil {
			f.deliver(ctx, News{Changes: changes, Err: db.Clean(err)})
		}
	}
	return from
}

// watch wakes the reader after commits.
func (f *Feed) watch(ctx context.Context, wake chan<- struct{}) {
	wakeUp := func() {
		select {
		case wake <- struct{}{}:
		default: // it has not begun to read since
		}
	}
	for ctx.Err() == nil {
		if err := f.engine.Watch(ctx, wakeUp); err != nil {
			f.deliver(ctx, News{Err: db.Clean(err)})
		}
		select {
		case <-ctx.Done():
		case <-time.After(rewatch):
		}
	}
}

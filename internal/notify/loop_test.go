package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"intake/internal/clock"
	"intake/internal/lead"
)

var noon = time.Date(2026, time.November, 22, 12, 0, 0, 0, time.UTC)

// queue returns its messages once, and notes what became of them.
type queue struct {
	mu   sync.Mutex
	due  []Message
	fail error // of the next Due
	done chan string
}

func (q *queue) Due(_ context.Context, most int) ([]Message, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if err := q.fail; err != nil {
		q.fail = nil
		return nil, err
	}
	n := min(most, len(q.due))
	taken := q.due[:n]
	q.due = q.due[n:]
	return taken, nil
}

func (q *queue) Sent(_ context.Context, delivery string) error {
	q.done <- delivery + " sent"
	return nil
}

func (q *queue) Failed(_ context.Context, delivery, reason string, next time.Time) error {
	at := "never"
	if !next.IsZero() {
		at = next.Sub(noon).String()
	}
	q.done <- delivery + " " + reason + ", " + at
	return errors.New("the disk is full") // which the loop survives
}

type sendFunc func(context.Context, Message) error

func (f sendFunc) Send(ctx context.Context, m Message) error { return f(ctx, m) }

func newLoop(q *queue, send sendFunc) (*Loop, *bytes.Buffer) {
	logged := &bytes.Buffer{}
	l := NewLoop(LoopConfig{Queue: q, Sender: send, Clock: clock.At(func() time.Time { return noon }), Log: slog.New(slog.NewTextHandler(logged, nil))})
	l.jitter = func() float64 { return 0 }
	return l, logged
}

// run runs the loop and returns how it is stopped.
func run(t *testing.T, l *Loop) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { l.Run(ctx); close(ended) }()
	return func() { cancel(); <-ended }
}

func TestLoop_NotesWhatBecameOfEachMessage(t *testing.T) {
	q := &queue{done: make(chan string, 100), fail: errors.New("no database")}
	want := map[string]bool{}
	add := func(delivery string, attempt int, left time.Duration, becomes string) {
		q.due = append(q.due, Message{Delivery: delivery, Attempt: attempt, Link: lead.Keep("canary-link"), Phone: lead.Keep("+15125550148"), ExpiresAt: noon.Add(left)})
		want[delivery+" "+becomes] = true
	}
	for i := range 20 { // more than at once
		add(fmt.Sprint("good-", i), 1, time.Minute, "sent")
	}
	add("refused", 1, time.Minute, "404, never")
	add("busy-1", 1, time.Hour, "503, 2s")
	add("busy-3", 3, time.Hour, "503, 8s")
	add("busy-9", 9, time.Hour, "503, 1m0s")
	add("busy-late", 3, 8*time.Second, "503, never")
	add("asked", 1, time.Hour, "429, 1m30s")
	add("over", 1, 0, "the link was over before it could be sent, never")
	add("odd", 1, time.Hour, "sending failed, 2s")
	l, logged := newLoop(q, func(_ context.Context, m Message) error {
		kind, _, _ := strings.Cut(m.Delivery, "-")
		switch kind {
		case "good":
			return nil
		case "refused":
			return &Failure{Reason: "404"}
		case "busy":
			return &Failure{Reason: "503", Again: true}
		case "asked":
			return &Failure{Reason: "429", Again: true, After: 90 * time.Second}
		case "odd":
			return errors.New("canary-address")
		}
		t.Errorf("%s is sent", m.Delivery)
		return nil
	})
	stop := run(t, l)
	l.Wake()
	for len(want) > 0 {
		became := <-q.done
		if !want[became] {
			t.Errorf("%q", became)
			break
		}
		delete(want, became)
	}
	stop()
	if text := logged.String(); strings.Contains(text, "canary") || strings.Contains(text, "5550148") || !strings.Contains(text, "delivery=refused attempt=1 reason=404 again=false") || !strings.Contains(text, "no database") {
		t.Errorf("logged %s", text)
	}
}

func TestLoop_JitterShortensAWaitByUpToAHalf(t *testing.T) {
	l, _ := newLoop(nil, nil)
	for jitter, want := range map[float64]time.Duration{0: 8 * time.Second, 0.5: 6 * time.Second, 1: 4 * time.Second} {
		l.jitter = func() float64 { return jitter }
		if got := l.next(Message{Attempt: 3, ExpiresAt: noon.Add(time.Hour)}, &Failure{Again: true}).Sub(noon); got != want {
			t.Errorf("jitter %g: %s, want %s", jitter, got, want)
		}
	}
}

func TestLoop_AnAttemptThatIsCutOffIsLeftToItsLease(t *testing.T) {
	q := &queue{done: make(chan string, 1), due: []Message{{Delivery: "a", ExpiresAt: noon.Add(time.Hour)}}}
	begun := make(chan struct{})
	l, logged := newLoop(q, func(ctx context.Context, _ Message) error {
		close(begun)
		<-ctx.Done()
		return &Failure{Reason: "no answer", Again: true}
	})
	stop := run(t, l)
	<-begun
	stop()
	if len(q.done) != 0 || logged.Len() != 0 {
		t.Errorf("noted %d, logged %s", len(q.done), logged)
	}
}

func TestLoop_ASlowReceiverKeepsNobodyElseWaiting(t *testing.T) {
	q := &queue{done: make(chan string, 10), due: []Message{{Delivery: "slow", ExpiresAt: noon.Add(time.Hour)}}}
	begun, answer := make(chan struct{}), make(chan struct{})
	l, _ := newLoop(q, func(_ context.Context, m Message) error {
		if m.Delivery == "slow" {
			close(begun)
			<-answer
		}
		return nil
	})
	stop := run(t, l)
	<-begun
	q.mu.Lock()
	q.due = []Message{{Delivery: "quick", ExpiresAt: noon.Add(time.Hour)}}
	q.mu.Unlock()
	l.Wake()
	if became := <-q.done; became != "quick sent" {
		t.Error(became)
	}
	close(answer)
	if became := <-q.done; became != "slow sent" {
		t.Error(became)
	}
	stop()
}

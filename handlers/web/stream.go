package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

const (
	pollEvery      = time.Second      // how old the state on an open page may be
	heartbeatEvery = 15 * time.Second // proxies close silent streams
	maxStream      = 10 * time.Minute // then the browser connects again
	writeTimeout   = 10 * time.Second
)

// errManyStreams: the page refreshes itself instead.
var errManyStreams = errors.New("too many open streams")

// StreamState keeps an open page up to date: it sends an event "state" at once and after each change, and
// "end" after a final state. It also ends when the browser leaves, the server shuts down or maxStream has
// passed. The state must say nothing that its page does not. An error of the first look is returned; one of a
// later look ends the stream, and the browser that connects again then sees it.
func (b *Base) StreamState(c echo.Context, look func(context.Context) (state string, final bool, err error)) error {
	closed, ok := b.countStream(c.Request())
	if !ok {
		return NewProblem(http.StatusTooManyRequests, errManyStreams)
	}
	defer closed()
	ctx := c.Request().Context()
	poll, opened := b.Clock.NewTicker(pollEvery), b.Clock.Mark()
	defer poll.Stop()
	state, final, err := look(ctx)
	if err != nil {
		return err
	}
	stream := openStream(c.Response())
	failed, lastSent := stream.send("state", state), opened
	for failed == nil && !final {
		select {
		case <-ctx.Done():
			return nil
		case <-b.closing.Done():
			return nil
		case <-poll.C:
		}
		before := state
		if state, final, err = look(ctx); err != nil {
			return nil
		}
		switch {
		case state != before:
			failed, lastSent = stream.send("state", state), b.Clock.Mark()
		case b.Clock.Passed(opened) >= maxStream:
			return nil
		case b.Clock.Passed(lastSent) >= heartbeatEvery:
			failed, lastSent = stream.write(": still here\n\n"), b.Clock.Mark()
		}
	}
	if failed == nil {
		_ = stream.send("end", state) // whether the browser is still there makes no difference
	}
	return nil
}

// Event is one event of a stream. Its name and data are ids and words of ours, never anything about a person.
type Event struct{ Name, Data string }

// Changes is what an open page is told of.
type Changes interface {
	Ready() <-chan struct{} // receives when there is something to take
	Take() []Event
}

// StreamChanges sends an open page what changes. Before each event, and at each heartbeat, it asks whether whoever
// reads may still do so; when they may not, it sends "end" and ends. It also ends when the browser leaves, the
// server shuts down or maxStream has passed.
func (b *Base) StreamChanges(c echo.Context, changes Changes, allowed func() bool) {
	ctx := c.Request().Context()
	heartbeat, opened := b.Clock.NewTicker(heartbeatEvery), b.Clock.Mark()
	defer heartbeat.Stop()
	stream := openStream(c.Response())
	for failed := stream.write(": open\n\n"); failed == nil && b.Clock.Passed(opened) < maxStream; {
		var events []Event
		select {
		case <-ctx.Done():
			return
		case <-b.closing.Done():
			return
		case <-heartbeat.C:
		case <-changes.Ready():
			events = changes.Take()
		}
		if !allowed() {
			_ = stream.send("end", "signed out") // whether the browser is still there makes no difference
			return
		}
		if len(events) == 0 {
			failed = stream.write(": still here\n\n")
		}
		for _, e := range events {
			if failed == nil {
				failed = stream.send(e.Name, e.Data)
			}
		}
	}
}

// stream writes server-sent events. Each write extends the connection's deadline, so that a stream
// outlives the server's write timeout.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func openStream(w http.ResponseWriter) stream {
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	w.WriteHeader(http.StatusOK)
	return stream{w, http.NewResponseController(w)}
}

func (s stream) send(event, data string) error {
	return s.write(fmt.Sprintf("event: %s\ndata: %s\n\n", event, data))
}

func (s stream) write(text string) error {
	// A deadline of a connection is the machine's time, which no clock of ours moves.
	if err := s.control.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.control.Flush()
}

package web

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

const (
	pollEvery    = time.Second      // how old the state of an open page may be
	beatEvery    = 15 * time.Second // proxies close silent streams
	streamLength = 10 * time.Minute // then the browser connects again
	writeTimeout = 10 * time.Second
)

// StreamState keeps an open page up to date: it sends an event "state" now and whenever the state has
// changed, and "end" behind a final one. It ends with that, or when the browser leaves or the server
// shuts down. The state must tell nothing that its page does not. An error of the first look is
// returned; one of a later look ends the stream, and the browser that connects again then sees it.
func (b *Base) StreamState(c echo.Context, look func(context.Context) (state string, final bool, err error)) error {
	ctx := c.Request().Context()
	state, final, err := look(ctx)
	if err != nil {
		return err
	}
	stream := openStream(c.Response())
	poll, beat, end := time.NewTicker(pollEvery), time.NewTicker(beatEvery), time.NewTimer(streamLength)
	defer poll.Stop()
	defer beat.Stop()
	defer end.Stop()
	failed := stream.send("state", state)
	for failed == nil && !final {
		select {
		case <-ctx.Done():
			return nil
		case <-b.closing.Done():
			return nil
		case <-end.C:
			return nil
		case <-beat.C:
			failed = stream.write(": still here\n\n")
		case <-poll.C:
			before := state
			if state, final, err = look(ctx); err != nil {
				return nil
			}
			if state != before {
				failed = stream.send("state", state)
			}
		}
	}
	if failed == nil {
		_ = stream.send("end", state) // whether the browser is still there makes no difference
	}
	return nil
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
	if err := s.control.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.control.Flush()
}

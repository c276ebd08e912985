package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"intake/internal/lead"
	"intake/views/status"
)

const (
	slowAfter    = 10 * time.Minute // then the page says that it takes longer than usual
	lookEvery    = time.Second      // how old the state of an open page may be
	beatEvery    = 15 * time.Second // proxies close silent streams
	streamLength = 10 * time.Minute // then the browser connects again
	writeWithin  = 10 * time.Second
)

// errErased: the answers went on schedule, and the status page with them.
var errErased = errors.New("the lead is erased")

func statusPath(handle string) string { return "/status/" + handle }

func (h *Handlers) showStatus(c echo.Context) error {
	l, err := h.Leads.FindByHandle(c.Request().Context(), c.Param("handle"))
	if err != nil {
		return err
	}
	if !l.ErasedAt.IsZero() {
		return newProblem(http.StatusGone, errErased)
	}
	now := h.Now()
	state := stateOf(l, now)
	page := status.Progress{
		Page:      h.page(c.Request()),
		State:     state,
		Reference: l.ID.Reference().String(),
		Marketing: l.Permission.Marketing,
	}
	page.EventsPath = page.Link(statusPath(c.Param("handle")) + "/events")
	if !state.Final() {
		page.Refresh = refreshAfter(now.Sub(l.ReceivedAt))
	}
	return h.render(c, http.StatusOK, status.Page(page))
}

// refreshAfter is how many seconds a page without JavaScript waits before it looks again.
func refreshAfter(age time.Duration) int {
	if age < time.Minute {
		return 5
	}
	return 30
}

// stateOf says what the visitor may know of a lead: never a bid, never that it is a duplicate, and
// of a machine-made one nothing that a machine could learn from.
func stateOf(l lead.Lead, now time.Time) status.State {
	switch l.Status {
	case lead.InDoubt:
		return status.Slow
	case lead.Submitted:
		return status.Qualified
	case lead.Closed:
		return status.Finished
	case lead.Parked:
		if l.SubmitStatus != 0 { // Alleviate wants the lead; only the hand-over is stuck
			return status.Qualified
		}
		return status.Slow
	case lead.Refused:
		if l.SubmitStatus == 422 {
			return status.Finished
		}
		return status.Qualified
	}
	return stateOfOpen(l, now)
}

func stateOfOpen(l lead.Lead, now time.Time) status.State {
	switch {
	case l.Qualified():
		return status.Qualified
	case l.Final():
		return status.Finished
	case now.Sub(l.ReceivedAt) >= slowAfter:
		return status.Slow
	case l.Status == lead.Sending || l.Status == lead.Created:
		return status.Checking
	}
	return status.Received
}

// streamStatus tells an open page when the state has changed. It sends the state's name only; the
// page fetches itself again.
func (h *Handlers) streamStatus(c echo.Context) error {
	handle, ctx := c.Param("handle"), c.Request().Context()
	l, err := h.Leads.FindByHandle(ctx, handle)
	if err != nil {
		return err
	}
	stream := newStream(c.Response())
	look, beat, end := time.NewTicker(lookEvery), time.NewTicker(beatEvery), time.NewTimer(streamLength)
	defer look.Stop()
	defer beat.Stop()
	defer end.Stop()
	state := stateOf(l, h.Now())
	for err = stream.send("state", string(state)); err == nil && !state.Final(); {
		select {
		case <-ctx.Done():
			return nil
		case <-h.closing:
			return nil
		case <-end.C:
			return nil
		case <-beat.C:
			err = stream.beat()
		case <-look.C:
			l, err := h.Leads.FindByHandle(ctx, handle)
			if err != nil {
				return nil // the stream has begun; the browser connects again and then sees the problem
			}
			if now := stateOf(l, h.Now()); now != state {
				state = now
				if stream.send("state", string(state)) != nil {
					return nil
				}
			}
		}
	}
	if err == nil {
		_ = stream.send("end", string(state)) // the browser is gone: nobody is left to tell
	}
	return nil
}

// stream writes server-sent events. Each write extends the connection's deadline, so that a stream
// outlives the server's write time-out.
type stream struct {
	w       http.ResponseWriter
	control *http.ResponseController
}

func newStream(w http.ResponseWriter) stream {
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	w.WriteHeader(http.StatusOK)
	return stream{w, http.NewResponseController(w)}
}

func (s stream) send(event, data string) error {
	return s.write(fmt.Sprintf("event: %s\ndata: %s\n\n", event, data))
}

func (s stream) beat() error { return s.write(": still here\n\n") }

func (s stream) write(text string) error {
	if err := s.control.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return err
	}
	if _, err := s.w.Write([]byte(text)); err != nil {
		return err
	}
	return s.control.Flush()
}

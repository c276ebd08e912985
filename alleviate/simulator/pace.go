package simulator

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// pace counts the calls of the last minute. The sandbox's limit of 100 is documented (/guides/testing), its
// answer is not.
type pace struct {
	mu    sync.Mutex
	calls []time.Time
}

// take returns "" when the call may go on, else the seconds to wait. A refused call is not counted.
func (p *pace) take(perMinute int, now time.Time) string {
	if perMinute <= 0 {
		return ""
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.calls) > 0 && now.Sub(p.calls[0]) >= time.Minute {
		p.calls = p.calls[1:]
	}
	if len(p.calls) < perMinute {
		p.calls = append(p.calls, now)
		return ""
	}
	left := time.Minute - now.Sub(p.calls[0])
	return strconv.Itoa(int((left + time.Second - 1) / time.Second))
}

func tooMany(wait string) answer {
	a := jsonAnswer(http.StatusTooManyRequests, map[string]any{"message": "Too Many Requests"})
	a.header["Retry-After"] = wait
	return a
}

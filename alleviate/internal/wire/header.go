package wire

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	defaultRetryAfter = time.Minute
	maxRetryAfter     = 15 * time.Minute
	minRetryAfter     = time.Second // "0" after a 429 must not become a tight loop
)

// MediaType is the type without parameters, "" when it cannot be read.
func MediaType(h http.Header) string {
	t, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return t
}

// IsJSON says whether a media type is JSON.
func IsJSON(mediaType string) bool {
	return mediaType == "application/json" || strings.HasSuffix(mediaType, "+json")
}

// RetryAfter reads seconds or a date, at most a quarter of an hour; negative when there is none that can
// be read.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v != "" && strings.Trim(v, "0123456789") == "" {
		seconds, err := strconv.ParseInt(v, 10, 64)
		if err != nil || seconds > int64(maxRetryAfter/time.Second) {
			return maxRetryAfter
		}
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(v); err == nil {
		return min(max(0, date.Sub(now)), maxRetryAfter)
	}
	return -1
}

// Throttle is the silence after a 429 with this Retry-After, which is negative when there was none.
func Throttle(stated time.Duration) time.Duration {
	if stated < 0 {
		return defaultRetryAfter
	}
	return max(stated, minRetryAfter)
}

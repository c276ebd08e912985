package handlers

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"intake/internal/lead"
)

// aHandleOf is that of the draft of the n-th form of a test.
func aHandleOf(n int) string {
	const letters = "ABCDEFGHIJKLMNOP"
	handle := []byte(aHandle)
	for i := range 6 {
		handle[i] = letters[n>>(4*i)&15]
	}
	return string(handle)
}

// numbered is the n-th form of a test, with a phone of its own.
func numbered(n int) url.Values {
	return filled("draft", aHandleOf(n), "homePhone", fmt.Sprintf("512555%04d", n))
}

func (d door) postFrom(address string, form url.Values) *http.Request {
	r := d.finishing(form)
	r.RemoteAddr = address
	return r
}

// byNumber is the lead that was stored with the n-th form.
func (s *shelf) byNumber(n int) lead.Lead {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.leads[aHandleOf(n)+".1"]
}

// limited is a door with limits and a clock that a test moves.
func limited(t *testing.T, change ...func(*Config)) (door, *time.Time) {
	return ticking(t, append(change, func(c *Config) { c.LimitsOff = false })...)
}

func TestLimits_TheTwentyFirstFormOfAnAddressIsSuspect(t *testing.T) {
	d, now := limited(t)
	for n := range 21 {
		got := d.do(d.postFrom("203.0.113.9:4000", numbered(n)))
		if got.Code != http.StatusSeeOther || !strings.HasPrefix(got.Header().Get("Location"), "/status/") {
			t.Fatalf("form %d: got %d, want the same page for all", n, got.Code)
		}
	}
	for n := range 20 {
		if l := d.shelf.byNumber(n); l.Status != lead.Received || l.Step != lead.Send || l.Reason != "" {
			t.Errorf("form %d is %s, step %q, because %q", n, l.Status, l.Step, l.Reason)
		}
	}
	l := d.shelf.byNumber(20)
	if l.Status != lead.Suspect || l.Step != lead.AtRest || !l.NextAttemptAt.IsZero() || l.Reason != manyFromAddress {
		t.Errorf("form 20 is %s, step %q at %s, because %q", l.Status, l.Step, l.NextAttemptAt, l.Reason)
	}
	d.do(d.postFrom("203.0.113.10:4000", numbered(21)))
	if l := d.shelf.byNumber(21); l.Status != lead.Received {
		t.Errorf("the form of the neighbour is %s", l.Status)
	}
	*now = now.Add(addressWindow)
	d.do(d.postFrom("203.0.113.9:4000", numbered(22)))
	if l := d.shelf.byNumber(22); l.Status != lead.Received {
		t.Errorf("ten minutes later a form is %s", l.Status)
	}
}

func TestLimits_TheFourthFormForAPhoneInADayIsSuspect(t *testing.T) {
	d, now := limited(t)
	for n, want := range []lead.Status{lead.Received, lead.Received, lead.Received, lead.Suspect, lead.Suspect} {
		form := numbered(n)
		form.Set("homePhone", []string{"512 555 0148", "(512) 555-0148", "5125550148", "+1 512.555.0148", "512-555-0148"}[n])
		d.do(d.postFrom("203.0.113."+strconv.Itoa(n)+":4000", form)) // from another address each time
		if l := d.shelf.byNumber(n); l.Status != want || (want == lead.Suspect) != (l.Reason == manyForPhone) {
			t.Errorf("form %d is %s because %q, want %s", n, l.Status, l.Reason, want)
		}
	}
	*now = now.Add(phoneWindow)
	d.do(d.postFrom("203.0.113.9:4000", filled("draft", aHandleOf(6))))
	if l := d.shelf.byNumber(6); l.Status != lead.Received {
		t.Errorf("a day later a form is %s", l.Status)
	}
}

func TestLimits_TheSameFormAgainCountsOnce(t *testing.T) {
	d, _ := limited(t)
	for range 10 {
		if got := d.post(filled()); got.Code != http.StatusSeeOther {
			t.Fatalf("got %d, want 303", got.Code)
		}
	}
	d.post(filled("city", "Dallas")) // 409
	d.shelf.fail = lead.ErrNotFound
	d.post(filled("draft", aHandleOf(7))) // not stored
	d.shelf.fail = nil
	for n := range 2 {
		d.post(filled("draft", aHandleOf(n)))
		if l := d.shelf.byNumber(n); l.Status != lead.Received {
			t.Errorf("form %d for this phone is %s because %q", n+2, l.Status, l.Reason)
		}
	}
	d.post(filled("draft", aHandleOf(2)))
	if l := d.shelf.byNumber(2); l.Status != lead.Suspect {
		t.Errorf("form 4 for this phone is %s", l.Status)
	}
}

func TestLimits_OneHouseholdOfIPv6IsOneAddress(t *testing.T) {
	d, _ := limited(t)
	for n := range 20 {
		d.do(d.postFrom(fmt.Sprintf("[2001:db8:1:2:%x::1]:4000", n+1), numbered(n)))
	}
	d.do(d.postFrom("[2001:db8:1:2:ffff::9]:4000", numbered(20)))
	if l := d.shelf.byNumber(20); l.Status != lead.Suspect {
		t.Errorf("form 21 of one /64 is %s", l.Status)
	}
	d.do(d.postFrom("[2001:db8:1:3::1]:4000", numbered(21)))
	if l := d.shelf.byNumber(21); l.Status != lead.Received {
		t.Errorf("the form of the next /64 is %s", l.Status)
	}
	for text, want := range map[string]string{
		"[::ffff:203.0.113.9]:1": "203.0.113.9/32", "203.0.113.9:1": "203.0.113.9/32", "[fe80::1%eth0]:1": "fe80::/64", "nowhere": "invalid Prefix", "@": "invalid Prefix",
	} {
		r := d.postFrom(text, nil)
		if got := d.addressOf(r).String(); got != want {
			t.Errorf("%s counts as %s, want %s", text, got, want)
		}
	}
}

func TestLimits_ForgedAddressesHoldNoOpenDoor(t *testing.T) {
	d, _ := limited(t)
	forged := func(d door, n int) *http.Request {
		r := d.postFrom("192.0.2.7:4000", numbered(n))
		r.Header.Set("X-Forwarded-For", fmt.Sprintf("203.0.113.%d", n))
		r.Header.Set("X-Real-Ip", fmt.Sprintf("203.0.113.%d", n))
		r.Header.Set("Forwarded", fmt.Sprintf("for=203.0.113.%d", n))
		return r
	}
	for n := range 200 {
		d.do(forged(d, n))
	}
	for n := range 200 {
		if got := d.shelf.byNumber(n).Status == lead.Received; got != (n < 20) {
			t.Fatalf("form %d with a forged address is taken as received: %v", n, got)
		}
	}
	behind, _ := limited(t, func(c *Config) { c.Proxies = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} })
	for n := range 30 {
		behind.do(forged(behind, n))
		if l := behind.shelf.byNumber(n); l.Status != lead.Received {
			t.Fatalf("form %d of another visitor behind our proxy is %s", n, l.Status)
		}
	}
}

func TestLimits_ThreeHundredPostsThenWordsAndATime(t *testing.T) {
	d, now := limited(t)
	post := func() int {
		*now = now.Add(10 * time.Millisecond) // below the valve
		return d.do(d.postFrom("203.0.113.9:4000", url.Values{})).Code
	}
	refused := 0
	for refused < 300 && post() != http.StatusTooManyRequests {
		refused++
	}
	if refused < 300 {
		t.Fatalf("post %d is refused already", refused+1)
	}
	*now = now.Add(time.Second / 2)
	for post() != http.StatusTooManyRequests {
		if refused++; refused > 310 {
			t.Fatal("310 posts of one address and no end")
		}
	}
	got := d.do(d.postFrom("203.0.113.9:4000", numbered(1)))
	if got.Code != http.StatusTooManyRequests || got.Header().Get("Retry-After") != "60" ||
		!strings.Contains(got.Body.String(), "Too many requests from your connection") || len(d.shelf.leads) != 0 {
		t.Errorf("got %d, Retry-After %q and %d leads", got.Code, got.Header().Get("Retry-After"), len(d.shelf.leads))
	}
	if got := d.do(d.postFrom("203.0.113.10:4000", numbered(1))); got.Code != http.StatusSeeOther {
		t.Errorf("the neighbour gets %d", got.Code)
	}
	if got := d.get("/"); got.Code != http.StatusOK {
		t.Errorf("reading gets %d", got.Code)
	}
	*now = now.Add(time.Minute)
	if got := d.do(d.postFrom("203.0.113.9:4000", numbered(2))); got.Code != http.StatusSeeOther {
		t.Errorf("after the time that was told, got %d", got.Code)
	}
}

func TestLimits_TheValveShutsForAMoment(t *testing.T) {
	d, now := limited(t)
	for n := range 200 {
		if got := d.get("/"); got.Code != http.StatusOK {
			t.Fatalf("request %d of this second got %d", n, got.Code)
		}
	}
	got := d.get("/")
	if got.Code != http.StatusServiceUnavailable || got.Header().Get("Retry-After") == "" || !strings.Contains(got.Body.String(), "<h1>") {
		t.Errorf("got %d with Retry-After %q, want 503, words and a time", got.Code, got.Header().Get("Retry-After"))
	}
	for _, path := range []string{"/healthz", "/readyz"} {
		if got := d.get(path); got.Code != http.StatusOK {
			t.Errorf("%s got %d behind a shut valve", path, got.Code)
		}
	}
	*now = now.Add(time.Second)
	if got := d.get("/"); got.Code != http.StatusOK {
		t.Errorf("a second later got %d", got.Code)
	}
}

func TestLimits_OffLiftsThem(t *testing.T) {
	d := openDoor(t)
	for n := range 400 {
		if got := d.post(numbered(n)); got.Code != http.StatusSeeOther {
			t.Fatalf("form %d got %d", n, got.Code)
		}
		if l := d.shelf.byNumber(n); l.Status != lead.Received {
			t.Fatalf("form %d is %s", n, l.Status)
		}
	}
}

func TestBuckets_ForgetTheIdleAndStaySmall(t *testing.T) {
	now := time.Date(2026, time.November, 22, 14, 5, 0, 0, time.UTC)
	b := newBuckets[int](2, time.Minute, 100)
	for key := range 1000 {
		b.take(key, now)
	}
	if b.len() != 100 || len(b.byKey) != 100 {
		t.Errorf("%d keys are remembered, want the 100 that there is room for", b.len())
	}
	b.take(900, now)
	b.take(1000, now)
	if _, ok := b.take(900, now); ok {
		t.Error("a key that is in use was forgotten before an older one")
	}
	b.take(1, now.Add(time.Minute))
	if b.len() != 1 {
		t.Errorf("%d keys are remembered after an idle minute, want one", b.len())
	}
}

func TestBuckets_TryingInVainDoesNotCount(t *testing.T) {
	now := time.Date(2026, time.November, 22, 14, 5, 0, 0, time.UTC)
	b := newBuckets[string](20, 10*time.Minute, 10)
	for range 100 {
		b.take("key", now)
	}
	if _, ok := b.take("key", now.Add(30*time.Second)); !ok {
		t.Error("after a twentieth of the window there is no new token")
	}
	if _, ok := b.take("key", now.Add(30*time.Second)); ok {
		t.Error("there are two")
	}
}

func TestBuckets_CountExactlyWhenManyComeAtOnce(t *testing.T) {
	now := time.Date(2026, time.November, 22, 14, 5, 0, 0, time.UTC)
	b := newBuckets[string](20, time.Minute, 10)
	var wg sync.WaitGroup
	passed := make(chan bool, 100)
	for range 100 {
		wg.Go(func() {
			_, ok := b.take("key", now)
			passed <- ok
		})
	}
	wg.Wait()
	close(passed)
	n := 0
	for ok := range passed {
		if ok {
			n++
		}
	}
	if n != 20 {
		t.Errorf("%d of 100 passed, want 20", n)
	}
}

func TestLimits_RememberNoPhone(t *testing.T) {
	d, _ := limited(t)
	d.post(filled())
	if kept := fmt.Sprintf("%+v", d.limits.phones.byKey); strings.Contains(kept, "5125550148") {
		t.Errorf("the phone is kept in clear: %s", kept)
	}
	if d.limits.hash("5125550148") == newLimits().hash("5125550148") {
		t.Error("another process has the same hash, so its key is known")
	}
}

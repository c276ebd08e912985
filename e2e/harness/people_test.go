package harness

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// client keeps no cookie, follows no redirect and no connection, since programs come and go.
var client = &http.Client{
	Timeout:       20 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Transport:     &http.Transport{DisableKeepAlives: true, DisableCompression: true},
}

const formType = "application/x-www-form-urlencoded"

// people counts invented persons, each with an address and a phone of their own.
var people atomic.Int64

// The steps of the way, by where each is posted, and what is typed there.
var steps = []struct {
	path  string
	boxes []string
}{
	{"/apply/debt", []string{"estimatedDebt"}},
	{"/apply/you", []string{"firstName", "lastName", "dateOfBirth-month", "dateOfBirth-day", "dateOfBirth-year", "email", "homePhone"}},
	{"/apply/home", []string{"zipCode", "address1", "city", "state"}},
	{"/apply/income", []string{"monthlyIncome"}},
}

const checkPath = "/apply/check"

// visitor is somebody on their way through the pages, with what their browser holds. They can go on at
// any program.
type visitor struct {
	answers url.Values
	cookie  string     // names the draft; empty before the first step is answered
	first   url.Values // the hidden boxes of the landing page
	at      int        // the step that comes next
	last    url.Values // the form of the check page as it will be posted; nil before it is there
}

// newVisitor is somebody new.
func newVisitor() *visitor {
	n := people.Add(1)
	return &visitor{answers: url.Values{
		"estimatedDebt": {"15000"}, "firstName": {"Maria"}, "lastName": {"Example"},
		"dateOfBirth-month": {"March"}, "dateOfBirth-day": {"14"}, "dateOfBirth-year": {"1979"},
		"email": {fmt.Sprintf("person%d@example.com", n)}, "homePhone": {fmt.Sprintf("512%03d%04d", 220+n/10_000, n%10_000)},
		"zipCode": {"78701"}, "address1": {"500 Example Ave"}, "city": {"Austin"}, "state": {"TX"}, "monthlyIncome": {"3200"},
	}}
}

// hidden is a hidden box of a page of ours.
var hidden = regexp.MustCompile(`<input type="hidden" name="([A-Za-z]+)"[^>]* value="([^"]*)"`)

// errLost says that an acknowledged step is gone.
var errLost = errors.New("a step was acknowledged and is not kept")

// goOn takes the one next step. The status is that of its answer, the handle that of the receipt once there
// is one. After anything but success the same step comes again.
func (v *visitor) goOn(base string) (status int, handle string, err error) {
	switch {
	case v.first == nil:
		v.first, status, err = v.read(base + "/")
	case v.at < len(steps):
		status, err = v.typeIn(base)
	case v.last == nil:
		v.last, status, err = v.read(base + checkPath)
		if v.last != nil {
			v.last.Set("consentCredit", "yes")
			v.last.Set("consentTerms", "yes")
		}
		if err == nil && status == http.StatusSeeOther {
			err = errLost
		}
	default:
		return v.finish(base, v.last)
	}
	return status, "", err
}

// read is the hidden boxes of a page, nil when it is not answered with 200.
func (v *visitor) read(address string) (url.Values, int, error) {
	answer, body, err := v.ask(http.MethodGet, address, nil)
	if err != nil || answer.StatusCode != http.StatusOK {
		return nil, statusOf(answer), err
	}
	boxes := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(body, -1) {
		boxes.Set(m[1], html.UnescapeString(m[2]))
	}
	if boxes.Get("shown") == "" && boxes.Get("request") == "" {
		return nil, 0, errors.New("the page does not have our form")
	}
	return boxes, answer.StatusCode, nil
}

func (v *visitor) typeIn(base string) (int, error) {
	form := url.Values{}
	if v.at == 0 {
		form = maps.Clone(v.first)
	}
	for _, box := range steps[v.at].boxes {
		form[box] = v.answers[box]
	}
	answer, _, err := v.ask(http.MethodPost, base+steps[v.at].path, form)
	if err != nil || answer.StatusCode != http.StatusSeeOther {
		return statusOf(answer), err
	}
	next := checkPath
	if v.at+1 < len(steps) {
		next = steps[v.at+1].path
	}
	if at := answer.Header.Get("Location"); at != next {
		return answer.StatusCode, fmt.Errorf("%w: %s leads to %s", errLost, steps[v.at].path, at)
	}
	v.at++
	return answer.StatusCode, nil
}

// finish posts the form of the check page and returns the handle of the receipt, if there is one.
func (v *visitor) finish(base string, form url.Values) (status int, handle string, err error) {
	answer, _, err := v.ask(http.MethodPost, base+checkPath, form)
	if err != nil {
		return 0, "", err
	}
	path, isReceipt := strings.CutPrefix(answer.Header.Get("Location"), "/status/")
	if answer.StatusCode != http.StatusSeeOther || !isReceipt {
		return answer.StatusCode, "", nil
	}
	return answer.StatusCode, path, nil
}

// toTheCheck walks to the page before the last press.
func (v *visitor) toTheCheck(t testing.TB, base string) *visitor {
	t.Helper()
	for v.last == nil {
		status, _, err := v.goOn(base)
		if err != nil || status >= 400 {
			t.Fatalf("step %d is answered %d, %v", v.at, status, err)
		}
	}
	return v
}

// ask sends one request with the cookie and keeps the one that comes back.
func (v *visitor) ask(method, address string, form url.Values) (*http.Response, string, error) {
	r, err := http.NewRequest(method, address, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, "", err
	}
	if form != nil {
		r.Header.Set("Content-Type", formType)
	}
	if v.cookie != "" {
		r.Header.Set("Cookie", v.cookie)
	}
	answer, err := client.Do(r)
	if err != nil {
		return nil, "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, "", err
	}
	for _, cookie := range answer.Cookies() {
		v.cookie = cookie.Name + "=" + cookie.Value
	}
	return answer, string(body), nil
}

func statusOf(answer *http.Response) int {
	if answer == nil {
		return 0
	}
	return answer.StatusCode
}

// fleet is the programs that people can reach just now.
type fleet struct {
	mu      sync.Mutex
	up      []*process
	next    int
	changed chan struct{} // closed at each change
	era     int           // counts how often the database was replaced by an older one
	breath  time.Duration // how long people wait on average before they take another form
}

func newFleet(breath time.Duration) *fleet {
	return &fleet{changed: make(chan struct{}), breath: breath}
}

func (f *fleet) change(act func(up []*process) []*process) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.up = act(f.up)
	close(f.changed)
	f.changed = make(chan struct{})
}

func (f *fleet) add(p *process) {
	f.change(func(up []*process) []*process { return append(up, p) })
}

func (f *fleet) remove(p *process) {
	f.change(func(up []*process) []*process {
		var rest []*process
		for _, q := range up {
			if q != p {
				rest = append(rest, q)
			}
		}
		return rest
	})
}

// newEra sends those home who are on their way: the database is an older one, without their last steps.
func (f *fleet) newEra() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.era++
}

// pick is the next program in turn, and its era; it waits while there is none, until ctx ends.
func (f *fleet) pick(ctx context.Context) (*process, int) {
	for {
		f.mu.Lock()
		if len(f.up) > 0 {
			f.next++
			p, era := f.up[f.next%len(f.up)], f.era
			f.mu.Unlock()
			return p, era
		}
		changed := f.changed
		f.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, 0
		}
	}
}

// receipt is what somebody holds at the end.
type receipt struct {
	handle string
	at     time.Time // when they had it
	from   time.Time // when the program that gave it had begun
}

// promises is ledger one: the receipts that people hold.
type promises struct {
	mu       sync.Mutex
	receipts []receipt
	answers  map[int]int   // how often each refusal came, by its status
	broken   int           // requests that got no answer
	lost     []error       // steps that were acknowledged and are gone
	grew     chan struct{} // told, without waiting, when a receipt came
}

func newPromises() *promises {
	return &promises{answers: map[int]int{}, grew: make(chan struct{}, 1)}
}

func (pr *promises) note(p *process, status int, handle string, err error) {
	pr.mu.Lock()
	defer pr.mu.Unlock()
	switch {
	case errors.Is(err, errLost):
		pr.lost = append(pr.lost, err)
	case err != nil:
		pr.broken++
	case handle == "" && status >= 400:
		pr.answers[status]++
	case handle == "": // a step on the way
	default:
		pr.receipts = append(pr.receipts, receipt{handle, time.Now(), p.begun})
		select {
		case pr.grew <- struct{}{}:
		default: // it has been told
		}
	}
}

// held is the receipts given so far.
func (pr *promises) held() []receipt {
	pr.mu.Lock()
	defer pr.mu.Unlock()
	return slices.Clone(pr.receipts)
}

// list is the handles of the receipts given so far.
func (pr *promises) list() []string { return handlesOf(pr.held()) }

func handlesOf(receipts []receipt) []string {
	handles := make([]string, len(receipts))
	for i, r := range receipts {
		handles[i] = r.handle
	}
	return handles
}

// awaitMore waits until so many more receipts were given.
func (pr *promises) awaitMore(t testing.TB, n int) {
	t.Helper()
	before := len(pr.list())
	await(t, fmt.Sprintf("%d more receipts are given", n), func() bool { return len(pr.list()) >= before+n })
}

// others is how often each refusal came, and how many requests got no answer.
func (pr *promises) others() (map[int]int, int) {
	pr.mu.Lock()
	defer pr.mu.Unlock()
	return maps.Clone(pr.answers), pr.broken
}

// checkKept fails the test when a step was acknowledged and is gone.
func (pr *promises) checkKept(t testing.TB) {
	t.Helper()
	pr.mu.Lock()
	defer pr.mu.Unlock()
	for _, err := range pr.lost {
		t.Error(err)
	}
}

// comeIn has n people at a time go through the pages until they hold a receipt, again and again
// until ctx ends; it returns when the last one has left.
func (f *fleet) comeIn(ctx context.Context, n int, pr *promises) (left func()) {
	var crowd sync.WaitGroup
	for range n {
		crowd.Go(func() {
			for ctx.Err() == nil {
				pass(rand.N(2*f.breath + 1))
				f.apply(ctx, pr)
			}
		})
	}
	return crowd.Wait
}

// apply takes somebody new through all steps, each at another program, to their receipt.
func (f *fleet) apply(ctx context.Context, pr *promises) {
	v, began := newVisitor(), 0
	for ctx.Err() == nil {
		p, era := f.pick(ctx)
		if v.first == nil {
			began = era
		}
		if p == nil || era != began {
			return
		}
		status, handle, err := v.goOn(p.url())
		pr.note(p, status, handle, err)
		if handle != "" || errors.Is(err, errLost) {
			return
		}
	}
}

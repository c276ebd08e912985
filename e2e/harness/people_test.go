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

// client stores no cookies, follows no redirects and reuses no connections, because programs are replaced.
var client = &http.Client{
	Timeout:       20 * time.Second,
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	Transport:     &http.Transport{DisableKeepAlives: true, DisableCompression: true},
}

const formType = "application/x-www-form-urlencoded"

// people counts invented people, so that each has a unique e-mail address and phone.
var people atomic.Int64

// steps are the pages of the form: where each is posted, and its fields.
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

// visitor is a person filling in the form, with the state of the browser. Each step may go to another program.
type visitor struct {
	answers     url.Values
	cookie      string     // identifies the draft; empty before the first step
	landingForm url.Values // the hidden fields of the landing page
	step        int        // index of the next step
	checkForm   url.Values // the form of the check page; nil before it was read
}

// newVisitor returns a new person.
func newVisitor() *visitor {
	n := people.Add(1)
	return &visitor{answers: url.Values{
		"estimatedDebt": {"15000"}, "firstName": {"Maria"}, "lastName": {"Example"},
		"dateOfBirth-month": {"March"}, "dateOfBirth-day": {"14"}, "dateOfBirth-year": {"1979"},
		"email": {fmt.Sprintf("person%d@example.com", n)}, "homePhone": {fmt.Sprintf("512%03d%04d", 220+n/10_000, n%10_000)},
		"zipCode": {"78701"}, "address1": {"500 Example Ave"}, "city": {"Austin"}, "state": {"TX"}, "monthlyIncome": {"3200"},
	}}
}

// hidden matches a hidden field of our pages.
var hidden = regexp.MustCompile(`<input type="hidden" name="([A-Za-z]+)"[^>]* value="([^"]*)"`)

// errLost: a step that was acknowledged is gone.
var errLost = errors.New("a step was acknowledged and is not kept")

// nextStep sends the next request. It returns the status of the response and, after the last step, the handle of
// the receipt. Without success the next call sends the same request again.
func (v *visitor) nextStep(base string) (status int, handle string, err error) {
	switch {
	case v.landingForm == nil:
		v.landingForm, status, err = v.readForm(base + "/")
	case v.step < len(steps):
		status, err = v.submitStep(base)
	case v.checkForm == nil:
		v.checkForm, status, err = v.readForm(base + checkPath)
		if v.checkForm != nil {
			v.checkForm.Set("consentCredit", "yes")
			v.checkForm.Set("consentTerms", "yes")
		}
		if err == nil && status == http.StatusSeeOther {
			err = errLost
		}
	default:
		return v.finish(base, v.checkForm)
	}
	return status, "", err
}

// readForm returns the hidden fields of a page; nil when the status is not 200.
func (v *visitor) readForm(address string) (url.Values, int, error) {
	answer, body, err := v.request(http.MethodGet, address, nil)
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

func (v *visitor) submitStep(base string) (int, error) {
	form := url.Values{}
	if v.step == 0 {
		form = maps.Clone(v.landingForm)
	}
	for _, box := range steps[v.step].boxes {
		form[box] = v.answers[box]
	}
	answer, _, err := v.request(http.MethodPost, base+steps[v.step].path, form)
	if err != nil || answer.StatusCode != http.StatusSeeOther {
		return statusOf(answer), err
	}
	next := checkPath
	if v.step+1 < len(steps) {
		next = steps[v.step+1].path
	}
	if at := answer.Header.Get("Location"); at != next {
		return answer.StatusCode, fmt.Errorf("%w: %s leads to %s", errLost, steps[v.step].path, at)
	}
	v.step++
	return answer.StatusCode, nil
}

// finish posts the form of the check page and returns the handle of the receipt, if there is one.
func (v *visitor) finish(base string, form url.Values) (status int, handle string, err error) {
	answer, _, err := v.request(http.MethodPost, base+checkPath, form)
	if err != nil {
		return 0, "", err
	}
	path, isReceipt := strings.CutPrefix(answer.Header.Get("Location"), "/status/")
	if answer.StatusCode != http.StatusSeeOther || !isReceipt {
		return answer.StatusCode, "", nil
	}
	return answer.StatusCode, path, nil
}

// goToCheckPage goes through all steps up to the check page.
func (v *visitor) goToCheckPage(t testing.TB, base string) *visitor {
	t.Helper()
	for v.checkForm == nil {
		status, _, err := v.nextStep(base)
		if err != nil || status >= 400 {
			t.Fatalf("step %d is answered %d, %v", v.step, status, err)
		}
	}
	return v
}

// request sends one request with the cookie and stores the cookie of the response.
func (v *visitor) request(method, address string, form url.Values) (*http.Response, string, error) {
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

// fleet is the running programs that visitors can reach.
type fleet struct {
	mu      sync.Mutex
	up      []*process
	next    int
	changed chan struct{} // closed at each change
	closed  bool          // visitors wait before their next request
	era     int           // number of restores of an older database
	pause   time.Duration // average pause of a visitor between two forms
}

func newFleet(pause time.Duration) *fleet {
	return &fleet{changed: make(chan struct{}), pause: pause}
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

// hold makes visitors wait before their next request, until admit.
func (f *fleet) hold() { f.setClosed(true) }

func (f *fleet) admit() { f.setClosed(false) }

func (f *fleet) setClosed(closed bool) {
	f.change(func(up []*process) []*process {
		f.closed = closed
		return up
	})
}

// newEra makes all visitors start again: the restored database does not have their last steps.
func (f *fleet) newEra() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.era++
}

// pick returns the next program in turn and the era; it waits while there is no program or visitors are held, until ctx ends.
func (f *fleet) pick(ctx context.Context) (*process, int) {
	for {
		f.mu.Lock()
		if len(f.up) > 0 && !f.closed {
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

// receipt is what a visitor gets at the end.
type receipt struct {
	handle string
	at     time.Time // when it was received
	from   time.Time // when the program that gave it was started
}

// receiptLog is the receipts that visitors got, and the requests that failed.
type receiptLog struct {
	mu         sync.Mutex
	receipts   []receipt
	refused    map[int]int   // refusals by status
	unanswered int           // requests without an answer
	lost       []error       // acknowledged steps that are gone
	added      chan struct{} // receives a value, if there is room, after each receipt
}

func newReceiptLog() *receiptLog {
	return &receiptLog{refused: map[int]int{}, added: make(chan struct{}, 1)}
}

func (issued *receiptLog) record(p *process, status int, handle string, err error) {
	issued.mu.Lock()
	defer issued.mu.Unlock()
	switch {
	case errors.Is(err, errLost):
		issued.lost = append(issued.lost, err)
	case err != nil:
		issued.unanswered++
	case handle == "" && status >= 400:
		issued.refused[status]++
	case handle == "": // a step on the way
	default:
		issued.receipts = append(issued.receipts, receipt{handle, time.Now(), p.started})
		select {
		case issued.added <- struct{}{}:
		default: // a value is waiting already
		}
	}
}

// all returns the receipts so far.
func (issued *receiptLog) all() []receipt {
	issued.mu.Lock()
	defer issued.mu.Unlock()
	return slices.Clone(issued.receipts)
}

// handles returns the handles of the receipts so far.
func (issued *receiptLog) handles() []string { return handlesOf(issued.all()) }

func handlesOf(receipts []receipt) []string {
	handles := make([]string, len(receipts))
	for i, r := range receipts {
		handles[i] = r.handle
	}
	return handles
}

// awaitMore waits for n more receipts.
func (issued *receiptLog) awaitMore(t testing.TB, n int) {
	t.Helper()
	before := len(issued.handles())
	await(t, fmt.Sprintf("%d more receipts are given", n), func() bool { return len(issued.handles()) >= before+n })
}

// failures returns the refusals by status, and how many requests got no answer.
func (issued *receiptLog) failures() (map[int]int, int) {
	issued.mu.Lock()
	defer issued.mu.Unlock()
	return maps.Clone(issued.refused), issued.unanswered
}

// checkNoStepLost fails the test when a step was acknowledged and is gone.
func (issued *receiptLog) checkNoStepLost(t testing.TB) {
	t.Helper()
	issued.mu.Lock()
	defer issued.mu.Unlock()
	for _, err := range issued.lost {
		t.Error(err)
	}
}

// runVisitors has n visitors at a time fill in the form until they have a receipt, again and again until ctx
// ends. The function that it returns waits for the last of them.
func (f *fleet) runVisitors(ctx context.Context, n int, issued *receiptLog) (waitForAll func()) {
	var visitors sync.WaitGroup
	for range n {
		visitors.Go(func() {
			for ctx.Err() == nil {
				wait(rand.N(2*f.pause + 1))
				f.apply(ctx, issued)
			}
		})
	}
	return visitors.Wait
}

// apply takes a new visitor through all steps, each at another program, to the receipt.
func (f *fleet) apply(ctx context.Context, issued *receiptLog) {
	v, began := newVisitor(), 0
	for ctx.Err() == nil {
		p, era := f.pick(ctx)
		if v.landingForm == nil {
			began = era
		}
		if p == nil || era != began {
			return
		}
		status, handle, err := v.nextStep(p.url())
		issued.record(p, status, handle, err)
		if handle != "" || errors.Is(err, errLost) {
			return
		}
	}
}

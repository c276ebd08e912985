package harness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
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

// person is the form of somebody new.
func person() url.Values {
	n := people.Add(1)
	form := url.Values{}
	for box, text := range map[string]string{
		"firstName": "Maria", "lastName": "Example",
		"dateOfBirth-month": "March", "dateOfBirth-day": "14", "dateOfBirth-year": "1979",
		"email": fmt.Sprintf("person%d@example.com", n), "homePhone": fmt.Sprintf("512%03d%04d", 220+n/10_000, n%10_000),
		"zipCode": "78701", "address1": "500 Example Ave", "city": "Austin", "state": "TX",
		"consentCredit": "yes", "consentTerms": "yes",
	} {
		form.Set(box, text)
	}
	return form
}

// withKey is the form under a submission key.
func withKey(form url.Values, key string) url.Values {
	form = maps.Clone(form)
	form.Set("submissionKey", key)
	return form
}

// keyInput is the hidden box of the submission key.
var keyInput = regexp.MustCompile(`name="submissionKey" value="([A-Z2-7]{26,35})[."]`)

var errNoKey = errors.New("the page has no submission key")

// newKey is the submission key of a fresh form at base.
func newKey(base string) (string, error) {
	page, err := client.Get(base + "/apply")
	if err != nil {
		return "", err
	}
	defer page.Body.Close()
	text, err := io.ReadAll(page.Body)
	if err != nil {
		return "", err
	}
	m := keyInput.FindSubmatch(text)
	if m == nil {
		return "", errNoKey
	}
	return string(m[1]), nil
}

// post sends a form and returns the status of the answer with the handle of the receipt, if there is one.
func post(base string, form url.Values) (status int, handle string, err error) {
	answer, err := client.Post(base+"/apply", formType, strings.NewReader(form.Encode()))
	if err != nil {
		return 0, "", err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return 0, "", err
	}
	path, isReceipt := strings.CutPrefix(answer.Header.Get("Location"), "/status/")
	if answer.StatusCode != http.StatusSeeOther || !isReceipt {
		return answer.StatusCode, "", nil
	}
	return answer.StatusCode, path, nil
}

// fleet is the programs that people can reach just now.
type fleet struct {
	mu      sync.Mutex
	up      []*process
	next    int
	changed chan struct{} // closed at each change
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

// pick is the next program in turn; it waits while there is none, until ctx ends.
func (f *fleet) pick(ctx context.Context) *process {
	for {
		f.mu.Lock()
		if len(f.up) > 0 {
			f.next++
			p := f.up[f.next%len(f.up)]
			f.mu.Unlock()
			return p
		}
		changed := f.changed
		f.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return nil
		}
	}
}

// promises is ledger one: the handles of the receipts that people hold.
type promises struct {
	mu      sync.Mutex
	handles []string
	answers map[int]int   // how often each status other than a receipt came
	broken  int           // posts that got no answer
	grew    chan struct{} // told, without waiting, when a receipt came
}

func newPromises() *promises {
	return &promises{answers: map[int]int{}, grew: make(chan struct{}, 1)}
}

func (pr *promises) note(status int, handle string, err error) {
	pr.mu.Lock()
	defer pr.mu.Unlock()
	switch {
	case err != nil:
		pr.broken++
	case handle == "":
		pr.answers[status]++
	default:
		pr.handles = append(pr.handles, handle)
		select {
		case pr.grew <- struct{}{}:
		default: // it has been told
		}
	}
}

// list is the receipts given so far.
func (pr *promises) list() []string {
	pr.mu.Lock()
	defer pr.mu.Unlock()
	return append([]string(nil), pr.handles...)
}

// others is how often each status other than a receipt came, and how many posts got no answer.
func (pr *promises) others() (map[int]int, int) {
	pr.mu.Lock()
	defer pr.mu.Unlock()
	return maps.Clone(pr.answers), pr.broken
}

// comeIn has n people at a time take a form and post it until they hold a receipt, again and again
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

func (f *fleet) apply(ctx context.Context, pr *promises) {
	form, key := person(), ""
	for ctx.Err() == nil {
		p := f.pick(ctx)
		if p == nil {
			return
		}
		if key == "" {
			key, _ = newKey(p.url()) // without one it is asked for again
			continue
		}
		status, handle, err := post(p.url(), withKey(form, key))
		pr.note(status, handle, err)
		if handle != "" {
			return
		}
	}
}

package harness

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
)

var requests = flag.Int("requests", 10_000, "leaks: requests after which everything must be as before")

// held is what a program holds while nobody asks it anything.
type held struct{ goroutines, descriptors, heap int }

// What may stay: the database's own connections come and go, and counters have their first entries.
const (
	moreGoroutines  = 8
	moreDescriptors = 8
	moreHeap        = 8 << 20 // bytes; 10,000 requests that leave 1 KiB each are found
)

func TestLeak_ManyRequestsLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	admin := freeAddr(t)
	in := newInstallation(t, startTwin(t), "INTAKE_LOG=error", "INTAKE_PPROF=on", "INTAKE_ADMIN_ADDR="+admin)
	p := in.serve(t)
	askEverything(t, p, 300)
	before := in.rest(t, p, admin)
	askEverything(t, p, *requests)
	var after held
	await(t, fmt.Sprintf("the program holds little more than before, %+v", before), func() bool {
		after = in.rest(t, p, admin)
		return after.goroutines <= before.goroutines+moreGoroutines && after.descriptors <= before.descriptors+moreDescriptors && after.heap <= before.heap+moreHeap
	})
	t.Logf("%d requests: %d goroutines, %d descriptors, %d KiB of heap; before %d, %d, %d KiB",
		*requests, after.goroutines, after.descriptors, after.heap>>10, before.goroutines, before.descriptors, before.heap>>10)
}

// askEverything asks for pages, files, what is not there and streams, and sends forms that are right,
// wrong, cut off and none.
func askEverything(t *testing.T, p *process, n int) {
	t.Helper()
	var asking sync.WaitGroup
	for range crowd {
		asking.Go(func() {
			for i := range n / crowd {
				if err := askOnce(p, i); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	asking.Wait()
}

func askOnce(p *process, i int) error {
	who := newVisitor()
	switch i % 30 {
	case 0: // all the way
		for handle := ""; handle == ""; {
			status, got, err := who.goOn(p.url())
			if err != nil || status >= 400 {
				return fmt.Errorf("step %d was answered %d, %v", who.at, status, err)
			}
			handle = got
		}
		return nil
	case 1: // wrong answers
		_, _, err := who.ask(http.MethodPost, p.url()+"/apply/debt", url.Values{"estimatedDebt": {"much"}})
		return err
	case 2: // no form
		_, _, err := who.ask(http.MethodPost, p.url()+"/apply/you", url.Values{"unknown": {"1"}})
		return err
	case 3: // a browser that leaves
		who.last = url.Values{"submissionKey": {strings.Repeat("a", 10_000)}}
		return who.sendAndLeave(p.addr)
	}
	paths := []string{"/", "/apply", "/nowhere", "/status/x", "/status/x/events", "/static/nothing.css", "/privacy", "/readyz"}
	_, _, err := who.ask(http.MethodGet, p.url()+paths[i%len(paths)], nil)
	return err
}

// rest is what the program holds once its connections are closed and every lead is carried.
func (in *installation) rest(t *testing.T, p *process, admin string) held {
	t.Helper()
	await(t, "every lead is at rest", func() bool { return in.restless(t) == 0 })
	client.CloseIdleConnections()
	return held{
		goroutines:  profiled(t, admin, "goroutine?debug=1", `goroutine profile: total (\d+)`),
		heap:        profiled(t, admin, "heap?debug=1&gc=1", `# HeapAlloc = (\d+)`),
		descriptors: descriptors(t, p),
	}
}

// profiled is one number of a profile.
func profiled(t *testing.T, admin, profile, pattern string) int {
	t.Helper()
	answer, err := client.Get("http://" + admin + "/debug/pprof/" + profile)
	must(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	must(t, err)
	found := regexp.MustCompile(pattern).FindSubmatch(text)
	if answer.StatusCode != http.StatusOK || found == nil {
		t.Fatalf("%s answered %d without %s", profile, answer.StatusCode, pattern)
	}
	n, err := strconv.Atoi(string(found[1]))
	must(t, err)
	return n
}

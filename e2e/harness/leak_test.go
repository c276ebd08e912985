package harness

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
)

var requests = flag.Int("requests", 10_000, "leaks: requests after which everything must be as before")

// usage is the resources of an idle program, and its peak memory.
type usage struct{ goroutines, descriptors, heap, peak int }

// Allowed growth: database connections come and go, and counters get their first entries.
const (
	moreGoroutines  = 8
	moreDescriptors = 8
	moreHeap        = 8 << 20 // bytes; 10,000 requests that leave 1 KiB each are found
	peakFactor      = 2       // times; how many big requests run at the same moment varies
)

func TestLeak_ManyRequestsLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	checkNothingLeft(t, *requests, sendOne)
}

func TestLeak_RefusedRequestsLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	checkNothingLeft(t, 2**requests, func(p *process, i int) error { return refused[i%len(refused)].send(p.addr) })
}

// checkNothingLeft fails the test when a program holds much more after n requests than after a few.
func checkNothingLeft(t *testing.T, n int, ask func(p *process, i int) error) {
	t.Helper()
	admin := freeAddr(t)
	in := newInstallation(t, startSimulator(t), "INTAKE_LOG=error", "INTAKE_PPROF=on", "INTAKE_ADMIN_ADDR="+admin)
	p := in.serve(t)
	sendRequests(t, p, 300, ask)
	before := in.usageAtRest(t, p, admin)
	sendRequests(t, p, n, ask)
	var after usage
	await(t, fmt.Sprintf("the program holds little more than before, %+v", before), func() bool {
		after = in.usageAtRest(t, p, admin)
		return after.goroutines <= before.goroutines+moreGoroutines && after.descriptors <= before.descriptors+moreDescriptors && after.heap <= before.heap+moreHeap
	})
	if after.peak > peakFactor*before.peak {
		t.Errorf("the program grew to %d MiB, from %d after a few requests", after.peak>>20, before.peak>>20)
	}
	t.Logf("%d requests: %d goroutines, %d descriptors, %d KiB of heap, at most %d MiB; before %d, %d, %d KiB, %d MiB",
		n, after.goroutines, after.descriptors, after.heap>>10, after.peak>>20, before.goroutines, before.descriptors, before.heap>>10, before.peak>>20)
}

// sendRequests sends n requests from several clients.
func sendRequests(t *testing.T, p *process, n int, ask func(p *process, i int) error) {
	t.Helper()
	var asking sync.WaitGroup
	for range crowd {
		asking.Go(func() {
			for i := range n / crowd {
				if err := ask(p, i); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	asking.Wait()
}

// sendOne requests a page, a file, a missing page or a stream, or sends a form that is valid, invalid, cut off or
// malformed.
func sendOne(p *process, i int) error {
	who := newVisitor()
	switch i % 30 {
	case 0: // all steps
		for handle := ""; handle == ""; {
			status, got, err := who.nextStep(p.url())
			if err != nil || status >= 400 {
				return fmt.Errorf("step %d was answered %d, %v", who.step, status, err)
			}
			handle = got
		}
		return nil
	case 1: // wrong answers
		_, _, err := who.request(http.MethodPost, p.url()+"/apply/debt", url.Values{"estimatedDebt": {"much"}})
		return err
	case 2: // no form
		_, _, err := who.request(http.MethodPost, p.url()+"/apply/you", url.Values{"unknown": {"1"}})
		return err
	case 3: // a browser that leaves
		who.checkForm = url.Values{"request": {strings.Repeat("a", 10_000)}}
		return who.sendAndLeave(p.addr)
	}
	paths := []string{"/", "/apply", "/nowhere", "/status/x", "/status/x/events", "/static/nothing.css", "/privacy", "/readyz"}
	_, _, err := who.request(http.MethodGet, p.url()+paths[i%len(paths)], nil)
	return err
}

// usageAtRest is what the program holds once its connections are closed and every lead is delivered.
func (in *installation) usageAtRest(t *testing.T, p *process, admin string) usage {
	t.Helper()
	await(t, "every lead is at rest", func() bool { return in.undelivered(t) == 0 })
	client.CloseIdleConnections()
	await(t, "its connections are closed but ours", func() bool {
		return strings.Count(profile(t, admin, "goroutine?debug=2"), "net/http.(*conn).serve(") == 1
	})
	return usage{
		goroutines:  profiled(t, admin, "goroutine?debug=1", `goroutine profile: total (\d+)`),
		heap:        profiled(t, admin, "heap?debug=1&gc=1", `# HeapAlloc = (\d+)`),
		descriptors: descriptors(t, p),
		peak:        memory(t, p, "VmHWM"),
	}
}

// profiled reads one number of a profile.
func profiled(t *testing.T, admin, name, pattern string) int {
	t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(profile(t, admin, name))
	if found == nil {
		t.Fatalf("%s is without %s", name, pattern)
	}
	n, err := strconv.Atoi(found[1])
	must(t, err)
	return n
}

func profile(t *testing.T, admin, name string) string {
	t.Helper()
	answer, err := client.Get("http://" + admin + "/debug/pprof/" + name)
	must(t, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	must(t, err)
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%s answered %d", name, answer.StatusCode)
	}
	return string(text)
}

// memory reads a line of /proc/PID/status, in bytes.
func memory(t testing.TB, p *process, name string) (bytes int) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	must(t, err)
	_, rest, _ := strings.Cut(string(status), name+":")
	_, err = fmt.Sscanf(rest, "%d kB", &bytes)
	must(t, err)
	return bytes << 10
}

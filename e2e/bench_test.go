package e2e

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"intake/internal/lead"
)

// connections is how many visitors there are at once.
const connections = 64

// bareAddr makes this test binary a program of its own: the least that net/http can do.
const bareAddr = "E2E_BARE_ADDR"

// serveBare answers GET with the bytes of the file, and POST by parsing the form and redirecting.
func serveBare(addr string) int {
	page, err := os.ReadFile(os.Getenv("E2E_BARE_PAGE"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	err = http.ListenAndServe(addr, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write(page) // the client may have left
			return
		}
		if err := r.ParseForm(); err != nil || r.PostForm.Get("email") == "" {
			http.Error(w, "no form", http.StatusBadRequest)
			return
		}
		http.Redirect(w, r, "/status/x", http.StatusSeeOther)
	}))
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// startBare is serveBare as a process, for a fair comparison with the program's.
func startBare(b *testing.B, page string) (url string) {
	b.Helper()
	file := b.TempDir() + "/page.html"
	must(b, os.WriteFile(file, []byte(page), 0o600))
	self, err := os.Executable()
	must(b, err)
	addr := freeAddr(b)
	cmd := exec.Command(self)
	cmd.Env = []string{bareAddr + "=" + addr, "E2E_BARE_PAGE=" + file}
	must(b, cmd.Start())
	b.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	await(b, "the bare server answers", func() bool {
		answer, err := http.Get("http://" + addr)
		if err == nil {
			answer.Body.Close()
		}
		return err == nil
	})
	return "http://" + addr
}

// load is n requests over all connections at once.
type load struct {
	perSecond float64
	p99       time.Duration
}

// measureLoad makes n requests and wants each answered with the status. ask makes the i-th.
func measureLoad(b *testing.B, n, wantStatus int, ask func(i int) *http.Request) load {
	b.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: connections, DisableCompression: true}
	defer transport.CloseIdleConnections()
	took, failed := make([]time.Duration, n), make([]error, connections)
	next := make(chan int, n)
	for i := range n {
		next <- i
	}
	close(next)
	var all sync.WaitGroup
	begun := time.Now()
	for c := range connections {
		all.Go(func() {
			for i := range next {
				at := time.Now()
				if err := exchange(transport, ask(i), wantStatus); err != nil {
					failed[c] = err
					return
				}
				took[i] = time.Since(at)
			}
		})
	}
	all.Wait()
	elapsed := time.Since(begun)
	for _, err := range failed {
		must(b, err)
	}
	slices.Sort(took)
	return load{float64(n) / elapsed.Seconds(), took[n*99/100]}
}

func exchange(transport *http.Transport, r *http.Request, wantStatus int) error {
	answer, err := transport.RoundTrip(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return err
	}
	if answer.StatusCode != wantStatus {
		return fmt.Errorf("answered %d, want %d", answer.StatusCode, wantStatus)
	}
	return nil
}

// report prints the program's figures beside those of the bare server in the same run.
func report(b *testing.B, ours, bare load) {
	b.ReportMetric(ours.perSecond, "ours/s")
	b.ReportMetric(bare.perSecond, "bare/s")
	b.ReportMetric(ours.perSecond/bare.perSecond, "ours/bare")
	b.ReportMetric(float64(ours.p99.Microseconds())/1000, "p99-ms")
}

// BenchmarkPage is GET /apply beside a handler that serves the same bytes.
func BenchmarkPage(b *testing.B) {
	p := serve(b, "INTAKE_LOG=error")
	bareURL := startBare(b, p.get("/apply").body)
	get := func(url string) func(int) *http.Request {
		return func(int) *http.Request { return request(http.MethodGet, url+"/apply", "") }
	}
	b.ResetTimer()
	ours := measureLoad(b, b.N, http.StatusOK, get(p.url))
	b.StopTimer()
	report(b, ours, measureLoad(b, b.N, http.StatusOK, get(bareURL)))
}

// BenchmarkAccept is POST /apply with fresh keys, each lead fsynced before its receipt, while the
// courier carries leads to a simulator in another process, beside a handler that only parses the
// same form.
func BenchmarkAccept(b *testing.B) {
	tw := startTwin(b, "INTAKE_LOG=error")
	p := serve(b, append(tw.addresses(), "INTAKE_LOG=error", "ALLEVIATE_PACE=90")...)
	bareURL := startBare(b, "")
	forms := p.finishedForms(b, b.N)
	post := func(url string) func(int) *http.Request {
		return func(i int) *http.Request { return forms[i].request(url) }
	}
	b.ResetTimer()
	ours := measureLoad(b, b.N, http.StatusSeeOther, post(p.url))
	b.StopTimer()
	carried := len(tw.ledger().Leads)
	report(b, ours, measureLoad(b, b.N, http.StatusSeeOther, post(bareURL)))
	b.ReportMetric(100*float64(carried)/float64(b.N), "%carried")
}

// finishedForm is the last post of one person's way through the pages.
type finishedForm struct{ path, body string }

func (f finishedForm) request(url string) *http.Request {
	return request(http.MethodPost, url+f.path, f.body)
}

// finishedForms are n people who have but to send.
func (p *program) finishedForms(b *testing.B, n int) []finishedForm {
	b.Helper()
	forms := make([]finishedForm, n)
	for i := range forms {
		body := required().with("email", fmt.Sprintf("person%d@example.com", i)).encode(lead.NewName())
		forms[i] = finishedForm{"/apply", body}
	}
	return forms
}

func request(method, url, body string) *http.Request {
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		panic(err) // an address of our own making
	}
	if body != "" {
		r.Header.Set("Content-Type", formType)
	}
	return r
}

package e2e

import (
	"database/sql"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	_ "modernc.org/sqlite"

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
	var disk *least
	if path := os.Getenv(leastDB); path != "" {
		if disk, err = openLeast(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	err = http.ListenAndServe(addr, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write(page) // the client may have left
			return
		}
		if err := r.ParseForm(); err != nil || r.PostForm.Get("request") == "" {
			http.Error(w, "no form", http.StatusBadRequest)
			return
		}
		if disk == nil || disk.kept(w, r) {
			http.Redirect(w, r, "/status/x", http.StatusSeeOther)
		}
	}))
	fmt.Fprintln(os.Stderr, err)
	return 1
}

// startBare is serveBare as a process, for a fair comparison with the program's.
func startBare(b *testing.B, page string, settings ...string) (url string) {
	b.Helper()
	file := b.TempDir() + "/page.html"
	must(b, os.WriteFile(file, []byte(page), 0o600))
	self, err := os.Executable()
	must(b, err)
	addr := freeAddr(b)
	cmd := exec.Command(self)
	cmd.Env = []string{bareAddr + "=" + addr, "E2E_BARE_PAGE=" + file}
	cmd.Env = append(cmd.Env, settings...)
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

// BenchmarkPage is GET / by somebody new beside a handler that serves the same bytes. The aim is 0.5: the page is rendered for each visitor.
func BenchmarkPage(b *testing.B) {
	p := serve(b, "INTAKE_LOG=error")
	bareURL := startBare(b, p.get("/").body)
	get := func(url string) func(int) *http.Request {
		return func(int) *http.Request { return request(http.MethodGet, url+"/", "") }
	}
	b.ResetTimer()
	ours := measureLoad(b, b.N, http.StatusOK, get(p.url))
	b.StopTimer()
	report(b, ours, measureLoad(b, b.N, http.StatusOK, get(bareURL)))
}

// BenchmarkAccept is the last post of b.N people whose page was kept: each lead is fsynced before its
// receipt, while the courier carries leads to a simulator in another process. Beside it a handler that
// only parses the same form, of which the aim is 0.35, and rows that are a commit each, of which it is 3;
// and what least makes of the same form in its two rounds, which bounds any accept of ours.
func BenchmarkAccept(b *testing.B) {
	tw := startTwin(b, "INTAKE_LOG=error")
	p := serve(b, append(tw.addresses(), "INTAKE_LOG=error", "ALLEVIATE_PACE=90")...)
	bareURL := startBare(b, "")
	forms := p.finishedForms(b, b.N)
	post := func(url string) func(int) *http.Request {
		return func(i int) *http.Request { return forms[i].request(url) }
	}
	before := p.usage(b)
	b.ResetTimer()
	ours := measureLoad(b, b.N, http.StatusSeeOther, post(p.url))
	b.StopTimer()
	cost := p.usage(b).cpu - before.cpu
	carried := len(tw.ledger().Leads)
	bare := measureLoad(b, b.N, http.StatusSeeOther, post(bareURL))
	report(b, ours, bare)
	leastURL := startLeast(b)
	kept, led := measureLoad(b, b.N, http.StatusSeeOther, post(leastURL)), measureLoad(b, b.N, http.StatusSeeOther, post(leastURL+lean))
	b.ReportMetric(kept.perSecond/bare.perSecond, "kept/bare")
	b.ReportMetric(led.perSecond/bare.perSecond, "lean/bare")
	b.ReportMetric(ours.perSecond/led.perSecond, "ours/lean")
	singles := measureSingles(b)
	b.ReportMetric(float64(cost.Microseconds())/float64(b.N), "cpu-us")
	b.ReportMetric(singles, "singles/s")
	b.ReportMetric(ours.perSecond/singles, "ours/singles")
	b.ReportMetric(100*float64(carried)/float64(b.N), "%carried")
}

// measureSingles is how many rows a second SQLite takes when each is a commit of its own.
func measureSingles(b *testing.B) float64 {
	b.Helper()
	db, err := sql.Open("sqlite", "file:"+b.TempDir()+"/singles.db?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	must(b, err)
	defer db.Close()
	_, err = db.Exec("create table row (id text primary key, answers blob not null)")
	must(b, err)
	const n = 2_000
	begun := time.Now()
	for range n {
		_, err := db.Exec("insert into row (id, answers) values (?, ?)", lead.NewName(), make([]byte, 1<<10))
		must(b, err)
	}
	return n / time.Since(begun).Seconds()
}

// BenchmarkMemory is what the program holds after 200,000 requests, of which one in ten makes a lead.
// The aim is 100 MB.
func BenchmarkMemory(b *testing.B) {
	const requests, accepts = 200_000, 10_000
	tw := startTwin(b, "INTAKE_LOG=error")
	p := serve(b, append(tw.addresses(), "INTAKE_LOG=error", "ALLEVIATE_PACE=90")...)
	for b.Loop() {
		forms := p.finishedForms(b, accepts) // six or seven requests each
		measureLoad(b, accepts, http.StatusSeeOther, func(i int) *http.Request { return forms[i].request(p.url) })
		measureLoad(b, requests-8*accepts, http.StatusOK, func(int) *http.Request { return request(http.MethodGet, p.url+"/", "") })
	}
	u := p.usage(b)
	b.ReportMetric(float64(u.now), "resident-MB")
	b.ReportMetric(float64(u.most), "most-MB")
}

// finishedForm is one person with all steps behind them, who has but to press the last button.
type finishedForm struct{ cookie, body string }

func (f finishedForm) request(url string) *http.Request {
	r := request(http.MethodPost, url+"/apply/check", f.body)
	r.Header.Set("Cookie", f.cookie)
	return r
}

// finishedForms walks n people through the pages, all connections at once.
func (p *program) finishedForms(b *testing.B, n int) []finishedForm {
	b.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: connections, DisableCompression: true}
	defer transport.CloseIdleConnections()
	forms, failed := make([]finishedForm, n), make([]error, connections)
	next := make(chan int, n)
	for i := range n {
		next <- i
	}
	close(next)
	var all sync.WaitGroup
	for c := range connections {
		all.Go(func() {
			for i := range next {
				if forms[i], failed[c] = walkBy(transport, p.url, i); failed[c] != nil {
					return
				}
			}
		})
	}
	all.Wait()
	for _, err := range failed {
		must(b, err)
	}
	return forms
}

// walkBy is the i-th person's way to the check page.
func walkBy(transport *http.Transport, base string, i int) (f finishedForm, err error) {
	ask := func(method, path, body string) string {
		r := request(method, base+path, body)
		r.Header.Set("Cookie", f.cookie)
		answer, asked := transport.RoundTrip(r)
		if asked != nil {
			err = asked
			return ""
		}
		defer answer.Body.Close()
		for _, cookie := range answer.Cookies() {
			f.cookie = cookie.Name + "=" + cookie.Value
		}
		page, read := io.ReadAll(answer.Body)
		if read != nil || answer.StatusCode >= 400 {
			err = fmt.Errorf("%s is answered %d (%v)", path, answer.StatusCode, read)
		}
		return string(page)
	}
	person := required().with("email", fmt.Sprintf("person%d@example.com", i))
	form := hiddenBoxes(ask(http.MethodGet, "/", ""))
	for _, step := range []struct {
		path  string
		boxes []string
	}{
		{"/apply/debt", nil},
		{"/apply/you", []string{"firstName", "lastName", "dateOfBirth-month", "dateOfBirth-day", "dateOfBirth-year", "email", "homePhone"}},
		{"/apply/home", []string{"zipCode", "address1", "city", "state"}},
		{"/apply/income", nil},
	} {
		for _, box := range step.boxes {
			form.Set(box, person[box])
		}
		ask(http.MethodPost, step.path, form.Encode())
		form = url.Values{}
	}
	last := hiddenBoxes(ask(http.MethodGet, "/apply/check", ""))
	last.Set("consentCredit", "yes")
	last.Set("consentTerms", "yes")
	f.body = last.Encode()
	return f, err
}

var hiddenBox = regexp.MustCompile(`<input type="hidden" name="([A-Za-z]+)"[^>]* value="([^"]*)"`)

// hiddenBoxes is what a page's form sends besides what is typed.
func hiddenBoxes(page string) url.Values {
	boxes := url.Values{}
	for _, m := range hiddenBox.FindAllStringSubmatch(page, -1) {
		boxes.Set(m[1], html.UnescapeString(m[2]))
	}
	return boxes
}

// used is what the process has cost so far.
type used struct {
	cpu       time.Duration
	now, most int // resident memory in MB
}

// usage reads it from the kernel.
func (p *process) usage(b *testing.B) (u used) {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	must(b, err)
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+2:]))
	var user, system int
	_, err = fmt.Sscan(fields[11]+" "+fields[12], &user, &system)
	must(b, err)
	const ticks = 100 // a second, on every Linux
	u.cpu = time.Duration(user+system) * time.Second / ticks
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	must(b, err)
	for line := range strings.Lines(string(status)) {
		for name, to := range map[string]*int{"VmRSS:": &u.now, "VmHWM:": &u.most} {
			if rest, ok := strings.CutPrefix(line, name); ok {
				_, err = fmt.Sscan(rest, to)
				must(b, err)
				*to /= 1024
			}
		}
	}
	return u
}

func request(method, url, body string) *http.Request {
	r, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		panic(err) // an address of our own making
	}
	if method == http.MethodPost {
		r.Header.Set("Content-Type", formType)
	}
	return r
}

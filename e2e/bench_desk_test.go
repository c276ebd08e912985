package e2e

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	pw "github.com/mxschmitt/playwright-go"

	"intake/internal/clock"
	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store"
	"intake/internal/store/storetest"
)

const (
	desks       = 300             // open on one process, one of them in a browser
	fieldEvery  = 4 * time.Second // an agent leaves a field
	leadEvery   = 90              // fields that are left, by all agents together, for each lead that is sent: 80 leads a day for each agent
	leadsPerWay = 40              // of the browser, for each way in which a result is stored

	aimLeave = 150 * time.Millisecond // answer to leaving a field; twice this fails
	aimShown = 300 * time.Millisecond // from the result in the database to the page; twice this fails
)

// BenchmarkDesk is the answer to leaving a field, and how long it takes from a result that is stored to the page, while
// 300 agents have their desks open and go on typing. The result is stored by the process that serves the desks, or by
// another one: this one.
func BenchmarkDesk(b *testing.B) {
	for _, engine := range []string{"SQLite", "PostgreSQL"} {
		b.Run(engine, func(b *testing.B) {
			var settings []string
			if engine == "PostgreSQL" {
				settings = []string{"INTAKE_DATABASE_URL=" + storetest.StartPostgres(b).Database(b)}
			}
			f := openFloor(b, settings...)
			var same, other []time.Duration
			for b.Loop() {
				f.work(b, func() { same, other = f.showResults(b) })
			}
			f.report(b, "leave", f.left, aimLeave)
			f.report(b, "shown-same", same, aimShown)
			f.report(b, "shown-other", other, aimShown)
		})
	}
}

// floor is a call center: a program, and the agents who have its desk open.
type floor struct {
	program   *program
	transport *http.Transport
	agents    []*agent
	page      *visit // the desk in the browser
	streams   sync.WaitGroup
	told      atomic.Int64 // events that agents have got

	mu     sync.Mutex
	left   []time.Duration // how long each answer to leaving a field took
	failed error
}

func openFloor(b *testing.B, settings ...string) *floor {
	b.Helper()
	tw, c := startTwin(b, "INTAKE_LOG=error", "SIMULATOR_LATENCY=400ms"), newCrowd(b)
	p := newProgram(b, slices.Concat(tw.addresses(), c.settings(), []string{"INTAKE_LOG=error"}, settings)...)
	p.start()
	f := &floor{program: p, transport: &http.Transport{MaxIdleConnsPerHost: desks, DisableCompression: true}}
	f.page = p.visitedBy(b, atDesk)
	p.visited.Store(false) // its evidence is that of other tests
	f.page.allow(strings.TrimPrefix(c.URL, "http://"))
	must(b, f.page.AddInitScript(pw.Script{Content: pw.String(noteResults)}))
	f.page.open("/sign-in/begin?to=/desk")
	for i := range desks - 1 {
		a, err := f.newAgent(i)
		must(b, err)
		f.agents = append(f.agents, a)
	}
	b.Cleanup(func() {
		_ = f.page.Close() // it would complain of a program that is gone
		p.stop()           // which ends the streams
		f.streams.Wait()
		f.transport.CloseIdleConnections()
	})
	f.follow(b)
	return f
}

// agent is somebody at a desk without a browser, who sends what a browser would.
type agent struct {
	floor  *floor
	person int // the caller; the next one has another number
	cookie string

	typing sync.Mutex // nobody leaves two fields at once
	form   url.Values
}

var errAnswer = errors.New("another answer than expected")

// ask makes a request as htmx does it, unless it is for a whole page, and returns where it leads and what it says.
func (a *agent) ask(method, address string, form url.Values, want int) (to, body string, err error) {
	r := request(method, address, form.Encode())
	r.Header.Set("Cookie", a.cookie)
	if want == http.StatusOK && address != a.floor.program.url+"/desk" || method == http.MethodPost {
		r.Header.Set("HX-Request", "true")
	}
	answer, err := a.floor.transport.RoundTrip(r)
	if err != nil {
		return "", "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != want {
		err = fmt.Errorf("%w: %s %s is answered %d", errAnswer, method, r.URL.Path, answer.StatusCode)
	}
	for _, cookie := range answer.Cookies() {
		if cookie.MaxAge >= 0 {
			a.cookie = cookie.Name + "=" + cookie.Value
		}
	}
	return answer.Header.Get("Location"), string(text), err
}

// newAgent signs somebody in, who opens the desk.
func (f *floor) newAgent(i int) (*agent, error) {
	a := &agent{floor: f, person: i}
	to := f.program.url + "/sign-in/begin?to=/desk"
	for range 3 { // to the provider, back, and to the desk
		var err error
		if to, _, err = a.ask(http.MethodGet, to, nil, http.StatusSeeOther); err != nil {
			return nil, err
		}
	}
	return a, a.openDesk()
}

// openDesk begins with a new caller, who has answered everything.
func (a *agent) openDesk() error {
	_, page, err := a.ask(http.MethodGet, a.floor.program.url+"/desk", nil, http.StatusOK)
	a.form = hiddenBoxes(page)
	for box, text := range referenceCaller {
		a.form.Set(box, text)
	}
	a.form.Set("email", fmt.Sprintf("caller%d@example.com", a.person))
	a.form.Set("homePhone", fmt.Sprintf("512555%04d", a.person%10_000))
	a.person += desks
	return err
}

// leaves asks for the check of a field.
func (a *agent) leaves(field string) (time.Duration, error) {
	form := url.Values{"field": {field}}
	for box, values := range a.form {
		form[box] = values
	}
	begun := time.Now()
	_, _, err := a.ask(http.MethodPost, a.floor.program.url+"/desk/check", form, http.StatusOK)
	return time.Since(begun), err
}

// sends sends the lead, and opens the desk for the next caller.
func (a *agent) sends() error {
	if _, _, err := a.ask(http.MethodPost, a.floor.program.url+"/desk", a.form, http.StatusOK); err != nil {
		return err
	}
	return a.openDesk()
}

// follow opens the streams of all agents, and returns when each has got its first event.
func (f *floor) follow(b *testing.B) {
	b.Helper()
	for _, a := range f.agents {
		r := request(http.MethodGet, f.program.url+"/desk/events", "")
		r.Header.Set("Cookie", a.cookie)
		r.Header.Set("Accept", "text/event-stream")
		answer, err := f.transport.RoundTrip(r)
		must(b, err)
		if answer.StatusCode != http.StatusOK {
			b.Fatalf("the stream of %d is answered %d", a.person, answer.StatusCode)
		}
		f.streams.Go(func() { f.note(a.listen(answer.Body)) })
	}
	await(b, "each agent has got an event", func() bool { return f.told.Load() >= int64(len(f.agents)) })
}

// listen fetches again what has changed, as the page does, until the stream ends.
func (a *agent) listen(stream io.ReadCloser) error {
	defer stream.Close()
	for lines := bufio.NewScanner(stream); lines.Scan(); {
		name, is := strings.CutPrefix(lines.Text(), "event: ")
		if !is {
			continue
		}
		a.floor.told.Add(1)
		path := "/desk/recent"
		if id, one := strings.CutPrefix(name, "lead-"); one {
			path = "/desk/leads/" + id + "/result"
		}
		if _, _, err := a.ask(http.MethodGet, a.floor.program.url+path, nil, http.StatusOK); errors.Is(err, errAnswer) {
			return err // any other is the end of the program
		}
	}
	return nil
}

func (f *floor) note(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failed == nil {
		f.failed = err
	}
}

// fieldsLeft are left in turns; some need the database, some do not.
var fieldsLeft = []string{"firstName", "lastName", "dateOfBirth", "email", "homePhone", "address1", "zipCode", "city", "state"}

// work has all agents type and send while do runs. An answer that comes late makes nobody type more slowly.
func (f *floor) work(b *testing.B, do func()) {
	b.Helper()
	done := make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		every := time.NewTicker(fieldEvery / desks)
		defer every.Stop()
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			case <-every.C:
			}
			a := f.agents[i%len(f.agents)]
			all.Go(func() { a.works(i) })
		}
	})
	do()
	close(done)
	all.Wait()
	must(b, f.failed)
}

// works leaves a field, or sends the lead when its turn is come.
func (a *agent) works(turn int) {
	a.typing.Lock()
	defer a.typing.Unlock()
	if turn%leadEvery == leadEvery-1 {
		a.floor.note(a.sends())
		return
	}
	took, err := a.leaves(fieldsLeft[turn%len(fieldsLeft)])
	a.floor.note(err)
	a.floor.mu.Lock()
	defer a.floor.mu.Unlock()
	a.floor.left = append(a.floor.left, took)
}

// noteResults notes when each result code of each lead is drawn.
const noteResults = `window.shown = {};
new MutationObserver(() => {
	const panel = document.querySelector('#result');
	const code = panel && [...panel.querySelectorAll('dt')].find(e => e.textContent === 'Code');
	if (!code) return;
	const key = panel.dataset.lead + ' ' + code.nextElementSibling.textContent.trim();
	if (!(key in window.shown)) requestAnimationFrame(() => requestAnimationFrame(() => window.shown[key] ??= Date.now()));
}).observe(document, {subtree: true, childList: true});`

const typeAndSend = `answers => {
	const form = document.getElementById('answers');
	for (const [name, text] of Object.entries(JSON.parse(answers))) {
		const box = form.elements[name];
		if (box.type === 'checkbox') box.checked = true; else box.value = text;
	}
	form.requestSubmit(document.getElementById('send'));
}`

// sendsFromPage sends a lead from the desk in the browser, and returns its id when its panel is there.
func (v *visit) sendsFromPage(a answers) (id lead.PartnerID) {
	v.t.Helper()
	v.open("/desk")
	text, err := json.Marshal(a)
	must(v.t, err)
	_, err = v.Evaluate(typeAndSend, string(text))
	must(v.t, err)
	await(v.t, "the lead is sent", func() bool {
		id = lead.PartnerID(ask[string](v, `document.querySelector('#result')?.dataset.lead ?? ''`))
		return id != ""
	})
	return id
}

// shownAt waits until the page shows a result code of the lead that the pattern takes, and returns when that was.
func (v *visit) shownAt(id lead.PartnerID, pattern string) time.Time {
	v.t.Helper()
	shown := fmt.Sprintf(`Object.entries(window.shown).find(([key]) => /^%s %s$/.test(key))?.[1] ?? 0`, id, pattern)
	millis := 0
	await(v.t, "the result is on the page", func() bool {
		millis = ask[int](v, shown)
		return millis > 0
	})
	return time.UnixMilli(int64(millis))
}

// showResults sends leads from the browser, and measures for each from when its result was stored until it was drawn.
func (f *floor) showResults(b *testing.B) (same, other []time.Duration) {
	b.Helper()
	const ahead = time.Hour
	s := f.program.storeAhead(b, ahead)
	defer s.Close()
	for i := range leadsPerWay {
		id := f.page.sendsFromPage(referenceCaller.with("email", fmt.Sprintf("browser%d@example.com", i), "homePhone", fmt.Sprintf("512556%04d", i)))
		shown := f.page.shownAt(id, "101[3-7]")
		same = append(same, shown.Sub(answeredAt(b, s, id)))
	}
	for i := range leadsPerWay {
		id := f.page.sendsFromPage(referenceCaller.with("email", "assumed+1000@assumed.example", "homePhone", fmt.Sprintf("512557%04d", i)))
		f.page.shownAt(id, "1000")
		// Its status is looked up later: by its clock that is now, so that this process is the one that claims the lead.
		claimed, err := s.Claim(b.Context(), lead.Look, 1, "benchmark", time.Now().Add(ahead+time.Minute))
		must(b, err)
		if len(claimed) != 1 || claimed[0].ID != id {
			b.Fatalf("claimed %d leads, or another one", len(claimed))
		}
		must(b, s.Record(b.Context(), id, claimed[0].Attempt, lead.Outcome{Event: lead.Looked, ResultCode: 1015}))
		stored := time.Now()
		other = append(other, f.page.shownAt(id, "1015").Sub(stored))
	}
	return same, other
}

// storeAhead opens the database as another process does, whose clock is ahead.
func (p *program) storeAhead(b *testing.B, ahead time.Duration) *store.Store {
	b.Helper()
	keys, err := seal.Load(p.file("data/keyset.json"), "")
	must(b, err)
	at := cmp.Or(p.setting("INTAKE_DATABASE_URL"), "file:"+p.file("data/intake.db"))
	now := clock.At(func() time.Time { return time.Now().Add(ahead) })
	s, err := store.Open(p.ctx(), store.Options{URL: at, Environment: "simulator", Keys: keys, Clock: now})
	must(b, err)
	return s
}

// answeredAt is when the program got the result that it then stored.
func answeredAt(b *testing.B, s *store.Store, id lead.PartnerID) time.Time {
	b.Helper()
	history, err := s.History(b.Context(), id)
	must(b, err)
	for _, e := range history {
		if e.Event == lead.Answered {
			return e.At
		}
	}
	b.Fatalf("lead %s has no answer", id)
	return time.Time{}
}

// report prints the median and the 95th percentile, and fails the benchmark at twice the aim.
func (f *floor) report(b *testing.B, what string, took []time.Duration, aim time.Duration) {
	b.Helper()
	slices.Sort(took)
	share := func(p float64) time.Duration { return took[int(math.Ceil(p*float64(len(took))))-1] }
	p95 := share(0.95)
	for name, d := range map[string]time.Duration{"p50": share(0.5), "p95": p95} {
		b.ReportMetric(float64(d.Microseconds())/1000, what+"-"+name+"-ms")
	}
	b.Logf("%s: %d times, the slowest in %s", what, len(took), took[len(took)-1].Round(time.Millisecond))
	if p95 > 2*aim {
		b.Errorf("%s: 95 of 100 within %s, more than twice the aim of %s", what, p95.Round(time.Millisecond), aim)
	}
}

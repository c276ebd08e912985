package harness

import (
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"intake/internal/store/storetest"
)

const fifty = 50

// engines are the database engines.
var engines = map[string]func(t *testing.T, in *installation){
	"sqlite":   func(*testing.T, *installation) {},
	"postgres": func(t *testing.T, in *installation) { in.database = storetest.StartPostgres(t).Database(t) },
}

// answers are the responses to the posts of one form.
type answers struct {
	statuses map[int]int
	handles  map[string]int
}

// postTogether posts the forms of one visitor's check page at the same moment.
func (v *visitor) postTogether(base string, forms []url.Values) answers {
	got := answers{map[int]int{}, map[string]int{}}
	var posts sync.WaitGroup
	var mu sync.Mutex
	for _, form := range forms {
		posts.Go(func() {
			tab := visitor{cookie: v.cookie}
			status, handle, _ := tab.finish(base, form) // without an answer the status is 0
			mu.Lock()
			defer mu.Unlock()
			got.statuses[status]++
			if handle != "" {
				got.handles[handle]++
			}
		})
	}
	posts.Wait()
	return got
}

// notOneReceipt says what is wrong unless every post led to the same receipt.
func (a answers) notOneReceipt() string {
	if a.statuses[http.StatusSeeOther] == fifty && len(a.handles) == 1 {
		return ""
	}
	return fmt.Sprintf("the answers are %v with %d receipts, want %d times one receipt", a.statuses, len(a.handles), fifty)
}

func TestFifty_PostsOfOneKeyAreOneLeadAndOneReceipt(t *testing.T) {
	t.Parallel()
	for name, onEngine := range engines {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := startSimulator(t)
			in := newInstallation(t, sim, "INTAKE_LOG=error")
			onEngine(t, in)
			p := in.serve(t)
			var handles []string
			for range *keys {
				v := newVisitor().goToCheckPage(t, p.url())
				got := v.postTogether(p.url(), slices.Repeat([]url.Values{v.checkForm}, fifty))
				if complaint := got.notOneReceipt(); complaint != "" {
					t.Fatal(complaint)
				}
				for handle := range got.handles {
					handles = append(handles, handle)
				}
			}
			in.checkEachOnce(t, sim, p, handles)
		})
	}
}

// checkEachOnce waits until every lead is delivered and checks that each receipt has one lead, delivered once.
func (in *installation) checkEachOnce(t *testing.T, sim *simulatorProcess, p *process, handles []string) {
	t.Helper()
	await(t, "every lead is at rest", func() bool { return in.undelivered(t) == 0 })
	p.stop()
	e := in.collectEvidence(t, sim, handles, nil)
	for _, complaint := range e.audit().all() {
		t.Error(complaint)
	}
	if len(e.rows) != len(handles) || len(e.ledger.Processed()) != len(handles) {
		t.Errorf("%d receipts, %d leads on disk, %d at the simulator", len(handles), len(e.rows), len(e.ledger.Processed()))
	}
	t.Logf("seed %d: %d receipts, %d leads on disk", *seedFlag, len(handles), len(e.rows))
}

func TestFifty_OfTwoContentsOneWinsAndTheOthersGetAConflict(t *testing.T) {
	t.Parallel()
	sim := startSimulator(t)
	in := newInstallation(t, sim, "INTAKE_LOG=error")
	p := in.serve(t)
	v := newVisitor().goToCheckPage(t, p.url())
	other := maps.Clone(v.checkForm)
	other.Set("consentMarketing", "yes")
	got := v.postTogether(p.url(), slices.Repeat([]url.Values{v.checkForm, other}, fifty/2))
	// After a conflict the draft has a new request id, and a form with the first one is shown the page again.
	conflicts := got.statuses[http.StatusConflict]
	if conflicts == 0 || len(got.handles) != 1 || got.statuses[http.StatusSeeOther]+conflicts+got.statuses[http.StatusUnprocessableEntity] != fifty {
		t.Errorf("the answers are %v with %d receipts, want one receipt and, for who sent something else, 409", got.statuses, len(got.handles))
	}
	for handle := range got.handles {
		in.checkEachOnce(t, sim, p, []string{handle})
	}
}

func TestFifty_AKillInTheMiddleLeavesOneLead(t *testing.T) {
	t.Parallel()
	sim := startSimulator(t)
	in := newInstallation(t, sim, "INTAKE_LOG=error", "ALLEVIATE_API_URL=http://127.0.0.1:9/graphql") // nothing listens there: no call, no doubt
	moment := time.Duration(chance("fifty").Int64N(int64(30 * ms)))
	p := in.serve(t)
	v := newVisitor().goToCheckPage(t, p.url())
	forms := slices.Repeat([]url.Values{v.checkForm}, fifty)
	killed := make(chan struct{})
	go func() { defer close(killed); wait(moment); p.kill() }()
	first := v.postTogether(p.url(), forms)
	<-killed
	p = in.serve(t)
	again := v.postTogether(p.url(), forms)
	for handle := range again.handles {
		first.handles[handle]++
	}
	if complaint := again.notOneReceipt(); complaint != "" || len(first.handles) != 1 {
		t.Errorf("%s; before and after the kill there were %d receipts, want one", complaint, len(first.handles))
	}
	p.stop()
	if n := len(in.readRows(t)); n != 1 {
		t.Errorf("%d leads are on disk, want 1", n)
	}
}

// A visitor whose browser goes away once the form is sent is stored all the same.
func TestFifty_WhoLeavesAfterSendingIsStored(t *testing.T) {
	t.Parallel()
	sim := startSimulator(t)
	in := newInstallation(t, sim, "INTAKE_LOG=error")
	p := in.serve(t)
	var crowd sync.WaitGroup
	turn := make(chan struct{}, crowdAtOnce)
	for range *leavers {
		turn <- struct{}{}
		crowd.Go(func() {
			defer func() { <-turn }()
			if err := newVisitor().goToCheckPage(t, p.url()).sendAndLeave(p.addr); err != nil {
				t.Error(err)
			}
		})
	}
	crowd.Wait()
	await(t, fmt.Sprintf("all %d are stored", *leavers), func() bool { return in.countAllLeads(t) == *leavers })
	t.Logf("%d of %d who left are stored", *leavers, *leavers)
}

const crowdAtOnce = 32

// sendAndLeave closes the connection as soon as the last byte of the form is on its way.
func (v *visitor) sendAndLeave(addr string) error {
	connection, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer connection.Close()
	body := v.checkForm.Encode()
	_, err = io.WriteString(connection, fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s",
		checkPath, addr, v.cookie, formType, len(body), body))
	return err
}

// Half of the posts that are sent at once do not wait for the answer.
func TestFifty_WhoLeavesAndWhoStaysAreOneLead(t *testing.T) {
	t.Parallel()
	sim := startSimulator(t)
	in := newInstallation(t, sim, "INTAKE_LOG=error")
	p := in.serve(t)
	v := newVisitor().goToCheckPage(t, p.url())
	var leaving sync.WaitGroup
	for range fifty / 2 {
		leaving.Go(func() {
			if err := v.sendAndLeave(p.addr); err != nil {
				t.Error(err)
			}
		})
	}
	got := v.postTogether(p.url(), slices.Repeat([]url.Values{v.checkForm}, fifty/2))
	leaving.Wait()
	if got.statuses[http.StatusSeeOther] != fifty/2 || len(got.handles) != 1 {
		t.Fatalf("who stayed was answered %v with %d receipts, want one receipt", got.statuses, len(got.handles))
	}
	for handle := range got.handles {
		in.checkEachOnce(t, sim, p, []string{handle})
	}
}

// The control: fifty different forms are not one form, and the check must find that.
func TestFifty_TheCheckFindsManyLeads(t *testing.T) {
	t.Parallel()
	in := newInstallation(t, startSimulator(t), "INTAKE_LOG=error")
	p := in.serve(t)
	got := answers{map[int]int{}, map[string]int{}}
	for range fifty {
		v := newVisitor().goToCheckPage(t, p.url())
		status, handle, err := v.finish(p.url(), v.checkForm)
		must(t, err)
		got.statuses[status]++
		got.handles[handle]++
	}
	if got.notOneReceipt() == "" {
		t.Error("fifty forms of their own passed for one")
	}
}

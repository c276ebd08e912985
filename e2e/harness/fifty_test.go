package harness

import (
	"fmt"
	"io"
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

// engines are the databases that a program can stand on.
var engines = map[string]func(t *testing.T, in *installation){
	"sqlite":   func(*testing.T, *installation) {},
	"postgres": func(t *testing.T, in *installation) { in.database = storetest.StartPostgres(t).Database(t) },
}

// answers is what the posts of one form were told.
type answers struct {
	statuses map[int]int
	handles  map[string]int
}

// postTogether sends the forms at the same moment.
func postTogether(base string, forms []url.Values) answers {
	got := answers{map[int]int{}, map[string]int{}}
	var posts sync.WaitGroup
	var mu sync.Mutex
	for _, form := range forms {
		posts.Go(func() {
			status, handle, _ := post(base, form) // without an answer the status is 0
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

// oneReceipt says what is wrong when not every post led to the one receipt.
func (a answers) oneReceipt() string {
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
			tw := startTwin(t)
			in := newInstallation(t, tw, "INTAKE_LOG=error")
			onEngine(t, in)
			p := in.serve(t)
			var handles []string
			for range *keys {
				key, err := newKey(p.url())
				must(t, err)
				got := postTogether(p.url(), slices.Repeat([]url.Values{withKey(person(), key)}, fifty))
				if complaint := got.oneReceipt(); complaint != "" {
					t.Fatal(complaint)
				}
				for handle := range got.handles {
					handles = append(handles, handle)
				}
			}
			in.checkEachOnce(t, tw, p, handles)
		})
	}
}

// checkEachOnce waits for rest and holds every receipt to one lead of its own, carried once.
func (in *installation) checkEachOnce(t *testing.T, tw *twin, p *process, handles []string) {
	t.Helper()
	await(t, "every lead is at rest", func() bool { return in.restless(t) == 0 })
	p.stop()
	e := in.gather(t, tw, handles, nil)
	for _, complaint := range e.audit().all() {
		t.Error(complaint)
	}
	if len(e.rows) != len(handles) || len(e.twin.Processed()) != len(handles) {
		t.Errorf("%d receipts, %d leads on disk, %d at the simulator", len(handles), len(e.rows), len(e.twin.Processed()))
	}
	t.Logf("seed %d: %d receipts, %d leads on disk", *seedFlag, len(handles), len(e.rows))
}

func TestFifty_OfTwoContentsOneWinsAndTheOthersAreTold(t *testing.T) {
	t.Parallel()
	tw := startTwin(t)
	in := newInstallation(t, tw, "INTAKE_LOG=error")
	p := in.serve(t)
	key, err := newKey(p.url())
	must(t, err)
	one := withKey(person(), key)
	other := withKey(one, key)
	other.Set("city", "Dallas")
	got := postTogether(p.url(), slices.Repeat([]url.Values{one, other}, fifty/2))
	if got.statuses[http.StatusSeeOther] != fifty/2 || got.statuses[http.StatusConflict] != fifty/2 || len(got.handles) != 1 {
		t.Errorf("the answers are %v with %d receipts, want half of them one receipt and half 409", got.statuses, len(got.handles))
	}
	for handle := range got.handles {
		in.checkEachOnce(t, tw, p, []string{handle})
	}
}

func TestFifty_AKillInTheMiddleLeavesOneLead(t *testing.T) {
	t.Parallel()
	tw := startTwin(t)
	in := newInstallation(t, tw, "INTAKE_LOG=error", "ALLEVIATE_API_URL=http://127.0.0.1:9/graphql") // nobody is there: no call, no doubt
	moment := time.Duration(chance("fifty").Int64N(int64(30 * ms)))
	p := in.serve(t)
	key, err := newKey(p.url())
	must(t, err)
	forms := slices.Repeat([]url.Values{withKey(person(), key)}, fifty)
	killed := make(chan struct{})
	go func() { defer close(killed); pass(moment); p.kill() }()
	first := postTogether(p.url(), forms)
	<-killed
	p = in.serve(t)
	again := postTogether(p.url(), forms)
	for handle := range again.handles {
		first.handles[handle]++
	}
	if complaint := again.oneReceipt(); complaint != "" || len(first.handles) != 1 {
		t.Errorf("%s; before and after the kill there were %d receipts, want one", complaint, len(first.handles))
	}
	p.stop()
	if n := len(in.rowsOf(t)); n != 1 {
		t.Errorf("%d leads are on disk, want 1", n)
	}
}

// A visitor whose browser goes away once the form is sent is stored all the same.
func TestFifty_WhoLeavesAfterSendingIsStored(t *testing.T) {
	t.Parallel()
	tw := startTwin(t)
	in := newInstallation(t, tw, "INTAKE_LOG=error")
	p := in.serve(t)
	var crowd sync.WaitGroup
	turn := make(chan struct{}, crowdAtOnce)
	for range *leavers {
		turn <- struct{}{}
		crowd.Go(func() {
			defer func() { <-turn }()
			key, err := newKey(p.url())
			if err == nil {
				err = sendAndLeave(p.addr, withKey(person(), key))
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	crowd.Wait()
	await(t, fmt.Sprintf("all %d are stored", *leavers), func() bool { return in.count(t) == *leavers })
	t.Logf("%d of %d who left are stored", *leavers, *leavers)
}

const crowdAtOnce = 32

// sendAndLeave closes the connection as soon as the last byte of the form is on its way.
func sendAndLeave(addr string, form url.Values) error {
	connection, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer connection.Close()
	body := form.Encode()
	_, err = io.WriteString(connection, fmt.Sprintf("POST /apply HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", addr, formType, len(body), body))
	return err
}

// The control: fifty keys are no single form, and the check must say so.
func TestFifty_TheCheckFindsManyLeads(t *testing.T) {
	t.Parallel()
	in := newInstallation(t, startTwin(t), "INTAKE_LOG=error")
	p := in.serve(t)
	form := person()
	var forms []url.Values
	for range fifty {
		key, err := newKey(p.url())
		must(t, err)
		forms = append(forms, withKey(form, key))
	}
	if got := postTogether(p.url(), forms); got.oneReceipt() == "" {
		t.Error("fifty forms of their own passed for one")
	}
}

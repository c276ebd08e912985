package store_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store"
	"intake/internal/store/storetest"
)

// said is what the child promised on its standard output, after the store had promised it.
type said struct {
	Draft string // handle; Steps of it were kept
	Steps int
	Page  string // shown, and accepted when Lead is given
	Lead  lead.PartnerID
	Sent  string // handle of the status page
	Phone string // opted out
}

const childFolder = "INTAKE_TEST_CHILD"

// TestKilled_KeepsEveryPromiseOfAForm kills a process that serves forms, records, chains and opt-outs
// in the middle of everything, twelve times, and holds what it had promised against what is there.
func TestKilled_KeepsEveryPromiseOfAForm(t *testing.T) {
	t.Parallel()
	if folder := os.Getenv(childFolder); folder != "" {
		serveForms(t, folder)
		return
	}
	folder := t.TempDir()
	if _, err := seal.Create(filepath.Join(folder, "keys.json"), ""); err != nil {
		t.Fatal(err)
	}
	openChild(t, folder, true)
	var promised []said
	for range 12 {
		promised = append(promised, killAfter(t, folder, 40+rand.IntN(120))...)
	}
	s := openChild(t, folder, false)
	kinds := map[string]int{}
	for _, p := range promised {
		kinds[checkPromise(t, s, p)]++
	}
	t.Logf("%d promises kept: %v", len(promised), kinds)
	for _, kind := range []string{"step", "page", "lead", "opt-out"} {
		if kinds[kind] < 10 {
			t.Errorf("only %d promises about a %s: the test is blind", kinds[kind], kind)
		}
	}
	if _, err := s.VerifyChain(t.Context()); err != nil {
		t.Error(err)
	}
	if n, err := s.ApplyOptOuts(t.Context(), time.Time{}); err != nil || n > 0 {
		t.Errorf("%d leads were left behind by an opt-out, %v", n, err)
	}
}

func openChild(t *testing.T, folder string, create bool) *store.Store {
	t.Helper()
	keys, err := seal.Load(filepath.Join(folder, "keys.json"), "")
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Options{URL: "file:" + filepath.Join(folder, "intake.db"), Environment: "simulator", Create: create, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// killAfter runs a child until it has promised so much, and returns all that it promised: what it
// did on a slow machine is as much as on a fast one.
func killAfter(t *testing.T, folder string, enough int) []said {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run", "^TestKilled_KeepsEveryPromiseOfAForm$")
	child.Env = append(os.Environ(), childFolder+"="+folder)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var promised []said
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var p said
		if json.Unmarshal(lines.Bytes(), &p) != nil {
			continue // the last line may be cut
		}
		if promised = append(promised, p); len(promised) == enough {
			if err := child.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	_ = child.Wait() // killed
	if len(promised) < enough {
		t.Fatalf("the child ended by itself after %d promises", len(promised))
	}
	return promised
}

// serveForms is the child: eight people at once, and the chain beside them, until it is killed.
func serveForms(t *testing.T, folder string) {
	s := openChild(t, folder, false)
	var one sync.Mutex
	promise := func(p said) {
		line, _ := json.Marshal(p) // texts and a number
		one.Lock()
		defer one.Unlock()
		_, _ = fmt.Fprintln(io.Writer(os.Stdout), string(line)) // nobody reads it after the kill
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := 0; ; n++ {
				if err := serveForm(t.Context(), s, fmt.Sprintf("202%03d%04d", i, rand.IntN(10_000)), n%3 == 0, promise); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	all.Go(func() {
		for {
			if _, _, err := s.Chain(t.Context(), 1000); err != nil {
				t.Error(err)
				return
			}
		}
	})
	all.Wait()
}

func serveForm(ctx context.Context, s *store.Store, phone string, optsOut bool, promise func(said)) error {
	d, page, l, r := storetest.Draft(), storetest.Page(), storetest.Lead(lead.NewName()), storetest.Record()
	p := said{Draft: d.Handle.Reveal()}
	d.Typed = lead.Keep("")
	if err := s.StartDraft(ctx, d); err != nil {
		return err
	}
	for p.Steps = 1; p.Steps <= 3; p.Steps++ {
		if _, err := s.ChangeDraft(ctx, p.Draft, func(d *lead.Draft) { d.Typed = lead.Keep(d.Typed.Reveal() + "x") }); err != nil {
			return err
		}
		promise(p)
	}
	p.Steps, p.Page = 3, page.ID
	if err := s.KeepPage(ctx, p.Draft, page); err != nil {
		return err
	}
	promise(p)
	l.Draft, r.PageID, l.Applicant.HomePhone = d.Handle, page.ID, lead.Keep(phone)
	receipt, err := s.Save(ctx, l, r)
	if err != nil {
		return err
	}
	p.Lead, p.Sent = l.ID, receipt.Handle
	promise(p)
	if !optsOut {
		return nil
	}
	if _, err := s.OptOut(ctx, lead.OptOut{Channel: "web", Phone: lead.Keep(phone)}); err != nil {
		return err
	}
	p.Phone = phone
	promise(p)
	return nil
}

// checkPromise holds one promise against the store and names its kind.
func checkPromise(t *testing.T, s *store.Store, p said) string {
	t.Helper()
	d, err := s.FindDraft(t.Context(), p.Draft)
	if err != nil || len(d.Typed.Reveal()) < p.Steps {
		t.Errorf("%d steps were promised, %d are there, %v", p.Steps, len(d.Typed.Reveal()), err)
	}
	kind := "step"
	if p.Page != "" {
		kind = "page"
		if _, err := s.FindPage(t.Context(), p.Page); err != nil {
			t.Errorf("a page that was promised: %v", err)
		}
	}
	if p.Lead != "" {
		kind = "lead"
		proof, err := s.Proof(t.Context(), p.Lead)
		if err != nil || proof.Record.PageID != p.Page || d.Sent.Handle != p.Sent || d.SSN.Given() {
			t.Errorf("a lead that was promised: page %v, sent %v, number %v, %v", proof.Record.PageID == p.Page, d.Sent.Handle == p.Sent, d.SSN.Given(), err)
		}
	}
	if p.Phone != "" {
		kind = "opt-out"
		_, found, err := s.Suppressed(t.Context(), p.Phone, "")
		l, factsErr := s.Facts(t.Context(), p.Lead)
		if !found || err != nil || factsErr != nil || l.Status != lead.Closed {
			t.Errorf("an opt-out that was promised: suppressed %v, lead %s, %v, %v", found, l.Status, err, factsErr)
		}
	}
	return kind
}

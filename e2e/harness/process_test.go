package harness

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"intake/alleviate/simulator"
)

// process is the built program, or another, as a process with no setting but those given.
type process struct {
	addr   string
	begun  time.Time
	out    transcript
	cmd    *exec.Cmd
	ended  chan struct{}
	killed time.Time // zero: it was not killed
}

// launch starts a command in a folder; the test's end ends it.
func launch(t testing.TB, dir string, settings []string, command ...string) *process {
	t.Helper()
	p := &process{begun: time.Now(), ended: make(chan struct{})}
	p.cmd = exec.Command(command[0], command[1:]...)
	p.cmd.Dir, p.cmd.Env = dir, append([]string{"TMPDIR=" + dir}, settings...)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for the harness, which then ends them
	must(t, p.cmd.Start())
	go func() { defer close(p.ended); _ = p.cmd.Wait() }() // how it ended is in ProcessState
	t.Cleanup(p.kill)
	return p
}

// kill ends the process as a crash does, and returns when it is gone.
func (p *process) kill() {
	ran := p.runs()
	p.signal(syscall.SIGKILL)
	if ran {
		p.killed = time.Now() // gone for certain
	}
}

// stop asks the process to end and returns its exit status.
func (p *process) stop() int { return p.signal(syscall.SIGTERM) }

func (p *process) signal(s syscall.Signal) int {
	_ = p.cmd.Process.Signal(s) // it may have ended already
	<-p.ended
	return p.cmd.ProcessState.ExitCode()
}

func (p *process) runs() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

func (p *process) url() string { return "http://" + p.addr }

// isReady says whether the address answers 200; a process that ended instead fails the test.
func (p *process) isReady(t testing.TB, path string) bool {
	t.Helper()
	if !p.runs() {
		t.Fatalf("the program ended instead of serving:\n%s", p.out.String())
	}
	answer, err := client.Get(p.url() + path)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// installation is a folder with keys, a database and the settings of the programs that share them.
type installation struct {
	dir, database string
	settings      []string
}

// Calls and leases are short, so that an orphan is found within a harness.
const (
	createTimeout = 3 * time.Second
	leaseMargin   = 500 * time.Millisecond
	longestLease  = createTimeout + leaseMargin
)

// newInstallation carries leads to the twin. The gates that would slow a storm down are off.
func newInstallation(t testing.TB, tw *twin, settings ...string) *installation {
	t.Helper()
	dir := t.TempDir()
	in := &installation{dir: dir, database: "file:" + filepath.Join(dir, "intake.db")}
	in.settings = append([]string{
		"ALLEVIATE_TOKEN_URL=" + tw.url() + "/" + sandboxTenant + "/oauth2/v2.0/token", "ALLEVIATE_API_URL=" + tw.url() + "/graphql",
		"ALLEVIATE_CREATE_TIMEOUT=" + createTimeout.String(), "ALLEVIATE_SUBMIT_TIMEOUT=" + createTimeout.String(),
		"ALLEVIATE_LEASE_MARGIN=" + leaseMargin.String(),
		"ALLEVIATE_PACE=off", "ALLEVIATE_DOUBT_HALT=off", "INTAKE_RATE_LIMIT=off", "INTAKE_BOT_CHECKS=off",
	}, settings...)
	return in
}

func (in *installation) keyset() string { return filepath.Join(in.dir, "data", "keyset.json") }

// begin starts a program on a fresh address without waiting for it.
func (in *installation) begin(t testing.TB) *process {
	t.Helper()
	addr := freeAddr(t)
	settings := append([]string{
		"INTAKE_DATABASE_URL=" + in.database, "INTAKE_ADDR=" + addr, "INTAKE_ADMIN_ADDR=" + freeAddr(t), "INTAKE_PUBLIC_URL=http://" + addr,
	}, in.settings...)
	p := launch(t, in.dir, settings, binary)
	p.addr = addr
	return p
}

// serve starts a program and returns when it is ready.
func (in *installation) serve(t testing.TB) *process {
	t.Helper()
	p := in.begin(t)
	await(t, "the program is ready", func() bool { return p.isReady(t, "/readyz") })
	return p
}

// sandboxTenant is in the path of the simulator's token address.
const sandboxTenant = "8797fa3f-ba90-4187-97fb-6ab892ea9035"

// twin is the simulator of Alleviate as a process of its own.
type twin struct{ *process }

func startTwin(t testing.TB, settings ...string) *twin {
	t.Helper()
	addr := freeAddr(t)
	tw := &twin{launch(t, t.TempDir(), append([]string{"INTAKE_LOG=error"}, settings...), binary, "simulator", "-addr", addr)}
	tw.addr = addr
	await(t, "the simulator is ready", func() bool { return tw.isReady(t, "/control/faults") })
	return tw
}

// ledger is ledger two: what happened.
func (tw *twin) ledger(t testing.TB) simulator.Ledger {
	t.Helper()
	answer, err := client.Get(tw.url() + "/control/ledger.json")
	must(t, err)
	defer answer.Body.Close()
	var ledger simulator.Ledger
	must(t, json.NewDecoder(answer.Body).Decode(&ledger))
	return ledger
}

func (tw *twin) order(t testing.TB, path, body string) {
	t.Helper()
	answer, err := client.Post(tw.url()+"/control/"+path, "application/json", strings.NewReader(body))
	must(t, err)
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(answer.Body)
		t.Fatalf("the simulator does not take the order %s %s: %s", path, body, said)
	}
}

// freeAddr is a loopback address that nobody listens on. Its port is below those that the kernel
// gives away by itself, and no second call returns it: nobody takes it before its use.
func freeAddr(t testing.TB) string {
	t.Helper()
	for range ports {
		addr := fmt.Sprintf("127.0.0.1:%d", firstPort+(lastPort.Add(1)+uint32(os.Getpid())*97)%ports)
		if l, err := net.Listen("tcp", addr); err == nil {
			_ = l.Close() // it has shown that the address is free
			return addr
		}
	}
	t.Fatal("no port is free below those of the kernel")
	return ""
}

const firstPort, ports = 10_000, 20_000

var lastPort atomic.Uint32

// tempMount is an empty folder to mount on.
func tempMount(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "mount")
	must(t, os.Mkdir(dir, 0o700))
	return dir
}

// transcript is the end of what a process wrote, safe to read while it writes.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

const keptOutput = 64 << 10

func (tr *transcript) Write(b []byte) (int, error) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	if tr.text.Len() > keptOutput {
		tr.text.Next(keptOutput / 2)
	}
	return tr.text.Write(b)
}

func (tr *transcript) String() string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.text.String()
}

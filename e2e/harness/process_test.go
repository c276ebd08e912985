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

// process is a running command with only the given settings in its environment.
type process struct {
	addr    string
	started time.Time
	out     transcript
	cmd     *exec.Cmd
	ended   chan struct{}
	killed  time.Time // zero when it was not killed
}

// launch starts a command in a folder and kills it at the end of the test.
func launch(t testing.TB, dir string, settings []string, command ...string) *process {
	t.Helper()
	p := &process{started: time.Now(), ended: make(chan struct{})}
	p.cmd = exec.Command(command[0], command[1:]...)
	p.cmd.Dir, p.cmd.Env = dir, append([]string{"TMPDIR=" + dir}, settings...)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C goes to the test, which then ends its processes
	must(t, p.cmd.Start())
	go func() { defer close(p.ended); _ = p.cmd.Wait() }() // the exit status is in ProcessState
	t.Cleanup(p.kill)
	return p
}

// kill ends the process with SIGKILL and returns when it has ended.
func (p *process) kill() {
	ran := p.runs()
	p.signal(syscall.SIGKILL)
	if ran {
		p.killed = time.Now() // it has ended
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

// isReady says whether the path answers 200; it fails the test when the process has ended.
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

// Calls and leases are short, so that an orphan is found during a test.
const (
	createTimeout = 3 * time.Second
	leaseMargin   = 500 * time.Millisecond
	longestLease  = createTimeout + leaseMargin
)

// newInstallation delivers leads to the simulator. Pace, halts, rate limits and bot checks are off.
func newInstallation(t testing.TB, sim *simulatorProcess, settings ...string) *installation {
	t.Helper()
	dir := t.TempDir()
	in := &installation{dir: dir, database: "file:" + filepath.Join(dir, "intake.db")}
	in.settings = append([]string{
		"ALLEVIATE_TOKEN_URL=" + sim.url() + "/" + sandboxTenant + "/oauth2/v2.0/token", "ALLEVIATE_API_URL=" + sim.url() + "/graphql",
		"ALLEVIATE_CREATE_TIMEOUT=" + createTimeout.String(), "ALLEVIATE_SUBMIT_TIMEOUT=" + createTimeout.String(),
		"ALLEVIATE_LEASE_MARGIN=" + leaseMargin.String(),
		"ALLEVIATE_PACE=off", "ALLEVIATE_DOUBT_HALT=off", "INTAKE_RATE_LIMIT=off", "INTAKE_BOT_CHECKS=off",
	}, settings...)
	return in
}

func (in *installation) keyset() string { return filepath.Join(in.dir, "data", "keyset.json") }

// start starts a program on an unused address without waiting until it is ready.
func (in *installation) start(t testing.TB) *process {
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
	p := in.start(t)
	await(t, "the program is ready", func() bool { return p.isReady(t, "/readyz") })
	return p
}

// sandboxTenant is in the path of the simulator's token address.
const sandboxTenant = "8797fa3f-ba90-4187-97fb-6ab892ea9035"

// simulatorProcess is the simulator of Alleviate as a separate process.
type simulatorProcess struct{ *process }

func startSimulator(t testing.TB, settings ...string) *simulatorProcess {
	t.Helper()
	addr := freeAddr(t)
	sim := &simulatorProcess{launch(t, t.TempDir(), append([]string{"INTAKE_LOG=error"}, settings...), binary, "simulator", "-addr", addr)}
	sim.addr = addr
	await(t, "the simulator is ready", func() bool { return sim.isReady(t, "/control/faults") })
	return sim
}

// ledger returns what the simulator received and answered.
func (sim *simulatorProcess) ledger(t testing.TB) simulator.Ledger {
	t.Helper()
	answer, err := client.Get(sim.url() + "/control/ledger.json")
	must(t, err)
	defer answer.Body.Close()
	var ledger simulator.Ledger
	must(t, json.NewDecoder(answer.Body).Decode(&ledger))
	return ledger
}

func (sim *simulatorProcess) control(t testing.TB, path, body string) {
	t.Helper()
	answer, err := client.Post(sim.url()+"/control/"+path, "application/json", strings.NewReader(body))
	must(t, err)
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(answer.Body)
		t.Fatalf("the simulator refuses %s %s: %s", path, body, said)
	}
}

// freeAddr returns an unused loopback address. Its port is below the kernel's ephemeral ports and is returned only
// once, so that nothing else takes it before its use.
func freeAddr(t testing.TB) string {
	t.Helper()
	for range ports {
		addr := fmt.Sprintf("127.0.0.1:%d", firstPort+(lastPort.Add(1)+uint32(os.Getpid())*97)%ports)
		if l, err := net.Listen("tcp", addr); err == nil {
			_ = l.Close() // the address was free
			return addr
		}
	}
	t.Fatal("no port is free below those of the kernel")
	return ""
}

const firstPort, ports = 10_000, 20_000

var lastPort atomic.Uint32

// tempMount is an empty folder to mount a file system on.
func tempMount(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "mount")
	must(t, os.Mkdir(dir, 0o700))
	return dir
}

// transcript is the end of a process's output. It can be read while the process writes.
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

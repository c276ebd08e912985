package e2e

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// process is the built program with one subcommand, in a folder of its own and with no setting
// but those given. It can be ended and started again.
type process struct {
	t        testing.TB
	dir      string
	command  []string // the built program, unless a test says otherwise
	args     []string
	settings []string
	out      transcript
	cmd      *exec.Cmd
	ended    chan struct{}
}

// newProcess is a process that has not been started. Later settings win.
func newProcess(t testing.TB, args []string, settings ...string) *process {
	t.Helper()
	p := &process{t: t, dir: t.TempDir(), command: []string{binary}, args: args}
	temp := filepath.Join(p.dir, "tmp")
	if err := os.Mkdir(temp, 0o700); err != nil {
		t.Fatal(err)
	}
	p.settings = append([]string{"TMPDIR=" + temp, "INTAKE_ADMIN_ADDR=127.0.0.1:0"}, settings...)
	t.Cleanup(p.kill)
	return p
}

func (p *process) start() {
	p.t.Helper()
	p.cmd = exec.Command(p.command[0], slices.Concat(p.command[1:], p.args)...)
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a signal reaches what make starts, too
	p.cmd.Dir, p.cmd.Env = p.dir, p.settings
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	cmd, ended := p.cmd, make(chan struct{})
	p.ended = ended
	go func() { defer close(ended); _ = cmd.Wait() }() // how it ended is in ProcessState
}

// kill ends the process as a power cut does, and returns when it is gone.
func (p *process) kill() { _ = p.signal(syscall.SIGKILL) }

// stop asks the process to end and returns its exit status.
func (p *process) stop() int { return p.signal(syscall.SIGTERM) }

func (p *process) signal(s syscall.Signal) int {
	if p.cmd == nil {
		return -1
	}
	_ = syscall.Kill(-p.cmd.Process.Pid, s) // it may have ended already
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

// file is a path in the process's folder.
func (p *process) file(name string) string { return filepath.Join(p.dir, name) }

// run starts the process, waits for its end and returns its exit status.
func (p *process) run() int {
	p.t.Helper()
	p.start()
	select {
	case <-p.ended:
	case <-time.After(patience):
		p.t.Fatalf("intake %s goes on instead of ending:\n%s", strings.Join(p.args, " "), p.out.String())
	}
	return p.cmd.ProcessState.ExitCode()
}

// program is intake serving.
type program struct {
	*process
	addr, url, twin string
	shown           shownPages  // to visitors by HTTP
	visited         atomic.Bool // by HTTP or with a browser
	windows         sync.Map    // sizes of the visitors' windows, as far as a page can tell them
	textsDir        string      // of the texts that visitors see since then, in place of those that ship
	textsSince      time.Time
}

// newProgram is a program with the simulator inside it; nothing is started yet.
func newProgram(t testing.TB, settings ...string) *program {
	t.Helper()
	addr, twin := freeAddr(t), freeAddr(t)
	url := "http://" + strings.Replace(addr, "127.0.0.1", "localhost", 1)
	p := &program{process: newProcess(t, nil, append([]string{
		"INTAKE_ADDR=" + addr, "INTAKE_PUBLIC_URL=" + url, "SIMULATOR_ADDR=" + twin,
		"INTAKE_RATE_LIMIT=off", "INTAKE_BOT_CHECKS=off", // a test posts faster than people do
	}, settings...)...), addr: addr, url: url, twin: twin}
	t.Cleanup(func() {
		if p.visited.Load() { // or the test has put leads there that came by no page
			p.kill()
			p.checkEvidence()
		}
	})
	return p
}

// serve is a program that takes leads.
func serve(t testing.TB, settings ...string) *program {
	t.Helper()
	p := newProgram(t, settings...)
	p.start()
	return p
}

// start returns when the program is ready.
func (p *program) start() {
	p.t.Helper()
	p.process.start()
	p.awaitReady("http://" + p.addr + "/readyz")
}

// awaitReady waits until the address answers 200, or fails at once when the process ends.
func (p *process) awaitReady(address string) {
	p.t.Helper()
	await(p.t, strings.Join(p.args, " ")+" is ready", func() bool {
		if !p.runs() {
			p.t.Fatalf("the program ended instead of serving:\n%s", p.out.String())
		}
		answer, err := http.Get(address)
		if err != nil {
			return false
		}
		answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
}

// freeAddr is a loopback address that nobody listens on. Its port is below those that the kernel
// gives away by itself, and no second call returns it: nobody takes it before its use.
func freeAddr(t testing.TB) string {
	t.Helper()
	for range ports {
		port := firstPort + (lastPort.Add(1)+uint32(os.Getpid())*97)%ports
		if port == unsafePort {
			continue
		}
		addr := fmt.Sprintf("127.0.0.1:%d", port)
		if l, err := net.Listen("tcp", addr); err == nil {
			_ = l.Close() // it has shown that the address is free
			return addr
		}
	}
	t.Fatal("no port is free below those of the kernel")
	return ""
}

const firstPort, ports = 10_000, 20_000

// unsafePort is the one among them that browsers do not open: https://fetch.spec.whatwg.org/#port-blocking
const unsafePort = 10080

var lastPort atomic.Uint32

// transcript is what a process wrote, safe to read while it writes.
type transcript struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (tr *transcript) Write(b []byte) (int, error) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.text.Write(b)
}

func (tr *transcript) String() string {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	return tr.text.String()
}

func (tr *transcript) has(text string) bool { return strings.Contains(tr.String(), text) }

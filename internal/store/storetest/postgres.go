package storetest

import (
	"bufio"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

var errNoPostgres = errors.New("PostgreSQL's server programs are not installed: on Debian, apt-get install postgresql puts them into /usr/lib/postgresql")

// Postgres is a real server for one test: Debian's programs, a folder of its own, a unix socket
// and no address. It runs without fsync, so it proves behaviour and not durability.
type Postgres struct {
	Dir string // data and socket

	command *exec.Cmd
	ended   chan error
	admin   *sql.DB
	copying string // how a database is copied
	names   atomic.Int64
}

// StartPostgres starts a server that ends with t, or with this process. A missing program fails
// the test.
func StartPostgres(t testing.TB) *Postgres {
	t.Helper()
	bin, err := postgresBin()
	if err != nil {
		t.Fatal(err)
	}
	dir, attr := postgresHome(t)
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", filepath.Join(dir, "data"),
		"-U", "postgres", "-A", "trust", "--locale=C", "-E", "UTF8", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = attr, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	p := &Postgres{Dir: dir, ended: make(chan error, 1)}
	p.command = exec.Command(filepath.Join(bin, "postgres"), "-D", filepath.Join(dir, "data"), "-k", dir,
		"-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200", "-c", "shared_buffers=32MB")
	p.command.SysProcAttr, p.command.Dir = attr, dir
	p.run(t)
	t.Cleanup(p.stop)
	if p.admin, err = sql.Open("pgx", p.url("postgres")); err != nil {
		t.Fatal(err)
	}
	var version int
	if err := p.admin.QueryRow("select current_setting('server_version_num')::int").Scan(&version); err != nil {
		t.Fatal(err)
	}
	if version >= 15_00_00 {
		p.copying = " strategy file_copy" // without fsync it takes half as long as by the log
	}
	return p
}

// Database makes an empty database and returns its address.
func (p *Postgres) Database(t testing.TB) string { return p.create(t, "") }

// Copy makes a copy of a database that nobody has open, and returns its address.
func (p *Postgres) Copy(t testing.TB, database string) string {
	t.Helper()
	source, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	return p.create(t, " template "+path.Base(source.Path)+p.copying)
}

func (p *Postgres) create(t testing.TB, how string) string {
	t.Helper()
	name := fmt.Sprintf("test_%d", p.names.Add(1))
	if _, err := p.admin.Exec("create database " + name + how); err != nil {
		t.Fatal(err)
	}
	return p.url(name)
}

func (p *Postgres) url(database string) string {
	return "postgres://postgres@/" + database + "?host=" + p.Dir
}

// run starts the server and returns when it says that it is ready.
func (p *Postgres) run(t testing.TB) {
	t.Helper()
	log, err := p.command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // the signal at our death comes when the starting thread ends
		started <- p.command.Start()
		p.ended <- p.command.Wait()
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	var said []string
	lines := bufio.NewScanner(log)
	for lines.Scan() {
		said = append(said, lines.Text())
		if strings.Contains(lines.Text(), "ready to accept connections") {
			go func() { _, _ = io.Copy(io.Discard, log) }() // ends with the server
			return
		}
	}
	t.Fatalf("postgres did not start:\n%s", strings.Join(said, "\n"))
}

func (p *Postgres) stop() {
	if p.admin != nil {
		_ = p.admin.Close()
	}
	_ = p.command.Process.Signal(syscall.SIGQUIT) // at once; its data goes with it
	<-p.ended
}

// RunTool runs one of PostgreSQL's own programs on a database.
func RunTool(t testing.TB, database, name string, args ...string) {
	t.Helper()
	bin, err := postgresBin()
	if err != nil {
		t.Fatal(err)
	}
	if said, err := exec.Command(filepath.Join(bin, name), append([]string{"-d", database}, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, said)
	}
}

// postgresBin is the folder of the newest server that is installed.
func postgresBin() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil || len(found) == 0 {
		return "", errNoPostgres
	}
	major := func(path string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path)))) // not a number sorts first
		return n
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return major(a) - major(b) })
	return filepath.Dir(newest), nil
}

// postgresHome is a folder for the server and the identity it runs under: its own, for a server
// refuses to be root.
func postgresHome(t testing.TB) (string, *syscall.SysProcAttr) {
	t.Helper()
	dir, err := os.MkdirTemp("", "intake-pg-") // short: a socket's path has at most 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
	if os.Getuid() != 0 {
		return dir, attr
	}
	account, err := user.Lookup("postgres")
	if err != nil {
		t.Fatal("this runs as root, and there is no account postgres for the server to run under")
	}
	uid, _ := strconv.Atoi(account.Uid) // numbers on every unix
	gid, _ := strconv.Atoi(account.Gid)
	attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	if err := os.Chown(dir, uid, gid); err != nil {
		t.Fatal(err)
	}
	return dir, attr
}

package e2e

import (
	"crypto/aes"
	"crypto/cipher"
	"database/sql"
	"net/http"
	"testing"
)

// leastDB makes serveBare keep each form it parses in a file: the least that a durable accept can be.
const leastDB = "E2E_LEAST_DB"

// leastRow is what one accepted lead weighs once it is sealed.
const leastRow = 1_500

// least keeps one sealed row for each form, in one table without an index, and commits together what
// waits together. It looks for no draft, no consent and no double: what it makes a second is the most that
// this driver can make of any accept.
type least struct {
	db     *sql.DB
	insert *sql.Stmt
	seal   cipher.AEAD
	queue  chan leastJob
}

type leastJob struct {
	key  string
	row  []byte
	done chan error
}

func openLeast(path string) (*least, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("create table row (id integer primary key, key text not null, answers blob not null)"); err != nil {
		return nil, err
	}
	insert, err := db.Prepare("insert into row (key, answers) values (?, ?)")
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(make([]byte, 32))
	if err != nil {
		return nil, err
	}
	seal, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	l := &least{db, insert, seal, make(chan leastJob, connections)}
	go l.write()
	return l, nil
}

// keep returns once the form is on disk.
func (l *least) keep(key string) error {
	j := leastJob{key, l.seal.Seal(nil, nil, make([]byte, leastRow), nil), make(chan error, 1)}
	l.queue <- j
	return <-j.done
}

func (l *least) write() {
	for first := range l.queue {
		jobs := []leastJob{first}
		for range len(l.queue) {
			jobs = append(jobs, <-l.queue)
		}
		err := l.commit(jobs)
		for _, j := range jobs {
			j.done <- err
		}
	}
}

func (l *least) commit(jobs []leastJob) error {
	tx, err := l.db.Begin()
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	insert := tx.Stmt(l.insert)
	for _, j := range jobs {
		if _, err := insert.Exec(j.key, j.row); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// kept answers a form once it is on disk.
func (l *least) kept(w http.ResponseWriter, r *http.Request) bool {
	err := l.keep(r.PostForm.Get("submissionKey"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
	return err == nil
}

// startLeast is the bare server that keeps what it parses.
func startLeast(b *testing.B) (url string) {
	b.Helper()
	return startBare(b, "", leastDB+"="+b.TempDir()+"/least.db", "GOGC=200") // as the program has it
}

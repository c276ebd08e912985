package e2e

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// leastDB makes serveBare keep each form it parses in a file.
const leastDB = "E2E_LEAST_DB"

// lean is where a form kept before is looked for and made into a lead.
const lean = "/lean"

// leastRow is what one accepted lead weighs once it is sealed.
const leastRow = 1_500

// least bounds what an accept on this driver can be. It keeps one sealed row for each form, in one table
// without an index, and commits together what waits together. In a second round it does what no accept of
// ours can do without: it reads and opens the draft, inserts a lead that is unique by key and by handle and
// can be found when it is due, and marks the draft. It has no consent record, no history, no page, no
// checks of the answers and no middleware.
type least struct {
	db, readers              *sql.DB
	keep, lead, mark, opened *sql.Stmt
	seal                     cipher.AEAD
	queue                    chan leastJob
	drafts                   sync.Map // the number of the kept form, by its key
}

type leastJob struct {
	key   string
	draft int64 // 0: the form is kept, else it becomes a lead
	row   []byte
	done  chan leastDone
}

type leastDone struct {
	id  int64
	err error
}

func openLeast(path string) (*least, error) {
	address := "file:" + path + "?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"
	l := &least{queue: make(chan leastJob, connections)}
	var err error
	open := func(most int) *sql.DB {
		db, failed := sql.Open("sqlite", address)
		if err = failed; err == nil {
			db.SetMaxOpenConns(most)
			db.SetMaxIdleConns(most)
		}
		return db
	}
	l.db, l.readers = open(1), open(4)
	prepare := func(db *sql.DB, text string) (s *sql.Stmt) {
		if err == nil {
			s, err = db.Prepare(text)
		}
		return s
	}
	if err == nil {
		_, err = l.db.Exec(`create table row (id integer primary key, key text not null, answers blob not null, lead text);
			create table lead (id text primary key, key text not null unique, handle blob not null unique, step text, due integer, answers blob not null);
			create index lead_due on lead (step, due)`)
	}
	l.keep = prepare(l.db, "insert into row (key, answers) values (?, ?)")
	l.lead = prepare(l.db, "insert into lead (id, key, handle, step, due, answers) values (?, ?, ?, 'send', ?, ?)")
	l.mark = prepare(l.db, "update row set lead = ? where id = ?")
	l.opened = prepare(l.readers, "select answers from row where id = ?")
	if err == nil {
		l.seal, err = leastSeal()
	}
	go l.write()
	return l, err
}

func leastSeal() (cipher.AEAD, error) {
	block, err := aes.NewCipher(make([]byte, 32))
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// kept answers a form once it is on disk.
func (l *least) kept(w http.ResponseWriter, r *http.Request) bool {
	act, key := l.keepForm, r.PostForm.Get("request")
	if strings.HasPrefix(r.URL.Path, lean) {
		act = l.makeLead
	}
	err := act(key)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
	return err == nil
}

func (l *least) keepForm(key string) error {
	did := l.ask(leastJob{key: key, row: l.seal.Seal(nil, nil, make([]byte, leastRow), nil)})
	l.drafts.Store(key, did.id)
	return did.err
}

func (l *least) makeLead(key string) error {
	id, _ := l.drafts.Load(key)
	draft, _ := id.(int64)
	var sealed []byte
	if err := l.opened.QueryRow(draft).Scan(&sealed); err != nil {
		return err
	}
	answers, err := l.seal.Open(nil, nil, sealed, nil)
	if err != nil {
		return err
	}
	return l.ask(leastJob{key: key, draft: draft, row: l.seal.Seal(nil, nil, answers, nil)}).err
}

func (l *least) ask(j leastJob) leastDone {
	j.done = make(chan leastDone, 1)
	l.queue <- j
	return <-j.done
}

func (l *least) write() {
	for first := range l.queue {
		jobs := []leastJob{first}
		for range len(l.queue) {
			jobs = append(jobs, <-l.queue)
		}
		ids, err := l.commit(jobs)
		for i, j := range jobs {
			j.done <- leastDone{ids[i], err}
		}
	}
}

func (l *least) commit(jobs []leastJob) ([]int64, error) {
	ids := make([]int64, len(jobs))
	tx, err := l.db.Begin()
	if err != nil {
		return ids, err
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	keep, lead, mark := tx.Stmt(l.keep), tx.Stmt(l.lead), tx.Stmt(l.mark)
	for i, j := range jobs {
		if j.draft != 0 {
			err = leadOf(lead, mark, j)
		} else {
			var kept sql.Result
			if kept, err = keep.Exec(j.key, j.row); err == nil {
				ids[i], err = kept.LastInsertId()
			}
		}
		if err != nil {
			return ids, err
		}
	}
	return ids, tx.Commit()
}

func leadOf(lead, mark *sql.Stmt, j leastJob) error {
	id, handle := rand.Text(), sha256.Sum256([]byte(j.key))
	if _, err := lead.Exec(id, j.key, handle[:], time.Now().UnixMilli(), j.row); err != nil {
		return err
	}
	_, err := mark.Exec(id, j.draft)
	return err
}

// startLeast is the bare server that keeps what it parses, with as rare a garbage collection as ours.
func startLeast(b *testing.B) (url string) {
	b.Helper()
	return startBare(b, "", leastDB+"="+b.TempDir()+"/least.db", "GOGC=200")
}

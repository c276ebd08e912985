// Package store keeps leads. Its promise: what Save acknowledged is on disk, whatever happens to
// the process, the machine or Alleviate afterwards. The lead row is the job: there is no second
// queue that could fall out of step with it.
//
// It stands on SQLite or PostgreSQL, with one SQL text. What a person told us is sealed before
// it gets here on its way to disk. Errors name ids and codes, never values.
package store

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"intake/internal/clock"
	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store/agent"
	"intake/internal/store/auditlog"
	"intake/internal/store/chore"
	"intake/internal/store/consentlink"
	"intake/internal/store/db"
	"intake/internal/store/draft"
	"intake/internal/store/erasure"
	"intake/internal/store/feed"
	"intake/internal/store/gate"
	"intake/internal/store/leadtable"
	"intake/internal/store/optout"
	"intake/internal/store/prefill"
	"intake/internal/store/proof"
	"intake/internal/store/rekey"
	"intake/internal/store/restore"
	"intake/internal/store/session"
	"intake/internal/store/source"
	"intake/internal/store/stamp"
	"intake/internal/store/stats"
)

// Options say which database to open and how.
type Options struct {
	// URL is "file:" and a path, taken as it is, or "postgres://…".
	URL string
	// Environment is stamped into the database at its first start; a database with another
	// stamp is refused.
	Environment string
	// Create makes a missing or empty database. Without it such a database is refused, since it
	// is a wrong address or a loss and not a fresh start.
	Create bool
	// Keys seal what people told us. Keys that are not those of the database are refused.
	Keys *seal.Keys
	// Pace is how many outside calls all processes together may begin in a minute; 0 is no limit.
	Pace int
	// DoubtHalt is how many new doubts an hour may bring; with one more createLead is halted until a
	// person resumes it. 0 never halts.
	DoubtHalt int
	// StateDir is the folder where this node writes down how often it has claimed leads, so that a
	// database that came from a backup is found out. Empty: nothing is written, for programs that make no
	// calls.
	StateDir string
	// SendLease is how long the lease of a createLead call lasts, and Longest how long Alleviate may work on
	// one, zero where nobody knows. A person's word that Alleviate does not have a lead must be younger.
	SendLease, Longest time.Duration
	// Clock is the time; nil is the machine's clock.
	Clock *clock.Clock
}

// Store is an open database. It is safe for concurrent use, also by several processes.
type Store struct {
	*draft.Drafts   // forms that people begin to fill in
	*proof.Consents // what they were shown and agreed to, and its proof
	*consentlink.Links
	*optout.OptOuts
	*erasure.Eraser
	*rekey.Rotation
	*restore.Restorer
	*stamp.Stamp // what the database belongs to

	options Options
	leads   *leadtable.Table
	mlas    *gate.Gate // to the host that leads go to
	sources *source.Sources
	agents  *agent.Agents
	feed    *feed.Feed

	undoing sync.Mutex
	undone  []lead.Lead // claimed without a call, and still to be undone
}

// Open opens a database, brings its tables up to date and refuses, in words, everything that it
// could not keep its promises on: a missing or damaged file, another environment, other keys,
// settings that differ from ours.
func Open(ctx context.Context, opt Options) (s *Store, err error) {
	defer db.Wrap(&err, "open the store")
	if opt.Keys == nil || opt.Environment == "" {
		return nil, errors.New("it needs keys and the name of an environment")
	}
	e, err := openEngine(ctx, opt)
	if err != nil {
		return nil, err
	}
	s = assemble(opt, &leadtable.Table{Engine: e, Keys: opt.Keys, Clock: opt.Clock})
	err = s.prepare(ctx, opt)
	if err == nil {
		s.sources, err = source.Read(ctx, e, opt.Clock)
	}
	if err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return s, nil
}

// assemble puts the parts of a store together.
func assemble(opt Options, t *leadtable.Table) *Store {
	s := &Store{options: opt, leads: t, feed: feed.New(t.Engine), agents: agent.New(t.Engine, t.Clock),
		mlas: &gate.Gate{Engine: t.Engine, Host: gate.MLAS, Pace: gate.Pace(opt.Pace)}, Stamp: &stamp.Stamp{Table: t}, Eraser: &erasure.Eraser{Table: t}}
	s.Drafts, s.Consents = draft.New(t, s.agents), proof.New(t, s.agents)
	s.Links = consentlink.New(t, s.Consents, s.agents)
	s.OptOuts = optout.New(t, s.mlas)
	s.Rotation = rekey.New(t, s.OptOuts)
	s.Restorer = restore.New(t, restore.Parts{
		Gate: s.mlas, Stamp: s.Stamp, Drafts: s.Drafts, Consents: s.Consents, OptOuts: s.OptOuts, Eraser: s.Eraser, Rotation: s.Rotation, ForgetOthers: s.forgetOthers,
	}, opt.StateDir)
	return s
}

// forgetOthers forgets what was read from a database with another id.
func (s *Store) forgetOthers(database string) {
	s.sources.ForgetOthers(database)
	s.agents.ForgetOthers(database)
}

func openEngine(ctx context.Context, opt Options) (db.Engine, error) {
	if path, ok := strings.CutPrefix(opt.URL, "file:"); ok {
		return db.OpenSQLite(ctx, path, opt.Create)
	}
	if strings.HasPrefix(opt.URL, "postgres://") || strings.HasPrefix(opt.URL, "postgresql://") {
		return db.OpenPostgres(ctx, opt.URL, opt.Environment)
	}
	return nil, errors.New("the database address starts with neither file: nor postgres://")
}

// Writable ends when every write is refused from now on. Its cause is db.ErrLost, which the next start heals, or
// db.ErrFileGone, which a person does. The program should end.
func (s *Store) Writable() context.Context { return s.leads.Engine.Writable() }

// LogStays says whether the database's own log cannot be moved into it: the last try failed, or 64 MB of
// it wait for a reader who stays. Leads are stored all the while, until the disk is full. PostgreSQL looks
// after its log itself. It never blocks.
func (s *Store) LogStays() bool { return s.leads.Engine.CheckpointStuck() }

// Clock is what the store goes by.
func (s *Store) Clock() *clock.Clock { return s.leads.Clock }

// Close waits for writes that have begun and closes the database. Later calls are refused.
func (s *Store) Close() error {
	s.feed.Close()
	return db.Clean(s.leads.Engine.Close())
}

// Subscribe tells of the changes of leads that are committed from now on, by this and other processes. The
// subscription must be closed.
func (s *Store) Subscribe(ctx context.Context) (*feed.Subscription, error) {
	return s.feed.Subscribe(ctx)
}

// AuditLog is the audit log of the database.
func (s *Store) AuditLog() auditlog.Log {
	return s.leads.AuditLog()
}

// Chores are the leases of periodic work.
func (s *Store) Chores() chore.Leases {
	return chore.Leases{Engine: s.leads.Engine, Clock: s.leads.Clock}
}

// Sessions are those of people who are signed in. personOf reads from what a session holds who that is; empty: nobody.
func (s *Store) Sessions(personOf func(data []byte) (string, error)) session.Store {
	return session.Store{Engine: s.leads.Engine, Keys: s.leads.Keys, Clock: s.leads.Clock, PersonOf: personOf}
}

// ExpireSessions deletes the sessions that are over by now. It may be interrupted and run again, also by several processes at once.
func (s *Store) ExpireSessions(ctx context.Context, now time.Time) (deleted int, err error) {
	return session.Expire(ctx, s.leads.Engine, now)
}

// PrefillUses are the tokens of the dialer that were used.
func (s *Store) PrefillUses() prefill.Uses {
	return prefill.Uses{Engine: s.leads.Engine, Clock: s.leads.Clock}
}

// Stats are the figures of dashboards.
func (s *Store) Stats() stats.Stats { return stats.Stats{Engine: s.leads.Engine} }

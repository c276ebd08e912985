package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"intake/internal/audit"
	"intake/internal/consent"
	"intake/internal/durable"
	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/session"
	"intake/internal/store/table"
)

// afterBackup is why a lead is in doubt that came from a backup.
const afterBackup = "restored"

// restoredAtSQL is null unless the database came from a backup and nobody has lifted that yet.
const restoredAtSQL = "select restored_at from stamp where id = 1"

// Doubts says what RestoreDoubts did.
type Doubts struct {
	InDoubt int // leads that may have been sent after the backup
	Again   int // leads whose submitLead is made once more, which is safe
}

// RestoreDoubts makes a database that came from a backup safe to run: nothing that it holds is sent
// by itself. What was received or being sent is in doubt, because it may have been sent since; what
// was being submitted is submitted again; no lease is left, and nothing is claimed until
// LiftRestore. A second run does the same to what is left, which is nothing. Whether calls were made after
// the backup is read from the delivery mark in Options.StateDir. The entry tells who restored and why, and is
// written in the same commit; its action is filled in.
func (s *Store) RestoreDoubts(ctx context.Context, e audit.Entry) (Doubts, error) {
	return s.restoreDoubts(ctx, e, false)
}

// newIDSQL gives the database a new id, so that the files about the database that it was copied from, which may be
// running, are neither compared with it again nor overwritten by it. sent_since stays until the restore is lifted.
const newIDSQL = `update stamp set restored_at = coalesce(restored_at, $1), parted_at = $1, database_id = $2,
	parted_before = case when restored_at is null then parted_at else parted_before end,
	sent_since = case when restored_at is null then $3 when sent_since > $3 then sent_since else $3 end where id = 1`

// restoreDoubts is RestoreDoubts; sent says that calls were made which the database does not know of.
func (s *Store) restoreDoubts(ctx context.Context, e audit.Entry, sent bool) (Doubts, error) {
	now := table.AsStored(s.now())
	e.Action = "restore"
	doubts, err := db.Write(ctx, s.engine, db.MigrateLimit, func(ctx context.Context, q db.Queries) (d Doubts, err error) {
		if _, err := s.lockShared(ctx, q); err != nil { // no claim meanwhile
			return d, err
		}
		// An older doubt may have been repeated after the backup: it gets no further repeat.
		if _, err := q.ExecContext(ctx, "update lead set resent = 1 where status = 'in_doubt'"); err != nil {
			return d, err
		}
		for _, from := range []lead.Status{lead.Received, lead.Sending, lead.Submitting} {
			n, err := restoreFrom(ctx, q, from, now)
			if err != nil {
				return d, err
			}
			if from == lead.Submitting {
				d.Again = n
			} else {
				d.InDoubt += n
			}
		}
		if _, err := q.ExecContext(ctx, "update lead set lease_owner = '', lease_until = null where lease_until is not null"); err != nil {
			return d, err
		}
		if !sent {
			if sent, err = s.sentSince(ctx, q); err != nil {
				return d, err
			}
		}
		if _, err = q.ExecContext(ctx, newIDSQL, now.UnixMilli(), rand.Text(), table.Flag(&sent)); err != nil {
			return d, err
		}
		if _, err = q.ExecContext(ctx, "delete from delivery_mark"); err != nil { // they belong to the old id
			return d, err
		}
		if err := session.EndAll(ctx, q, now); err != nil {
			return d, err
		}
		return d, s.AuditLog().Add(ctx, q, e)
	})
	if err != nil {
		return Doubts{}, fmt.Errorf("guard what came from a backup: %w", err)
	}
	return doubts, nil
}

// restoreFrom moves every lead of a status. It keeps the hold: lifting brings it back.
func restoreFrom(ctx context.Context, q db.Queries, from lead.Status, now time.Time) (int, error) {
	to, err := from.Next(lead.Restored)
	if err != nil {
		return 0, err
	}
	if _, err := q.ExecContext(ctx, eventsSQL+" where status = $6", now.UnixMilli(), lead.Restored, to, afterBackup, from, from); err != nil {
		return 0, err
	}
	step, next, doubt := lead.AtRest, time.Time{}, now
	if to == lead.Created {
		step, next, doubt = lead.Submit, now, time.Time{}
	}
	return table.Affected(q.ExecContext(ctx, `update lead set status = $1, step = $2, next_attempt_at = $3, doubt_since = $4, reason = $5,
		lease_owner = '', lease_until = null, changed_at = $6 where status = $7`,
		to, step, table.Millis(&next), table.Millis(&doubt), afterBackup, now.UnixMilli(), from))
}

// eventsSQL adds an event to each lead that a condition behind it selects.
const eventsSQL = `insert into lead_event (lead_id, at, event, from_status, to_status, attempt, reason)
	select id, cast($1 as bigint), cast($2 as text), cast($5 as text), cast($3 as text), attempt, cast($4 as text) from lead`

// Restored tells since when nothing is claimed because the database came from a backup; false
// means that it did not, or that this was lifted.
func (s *Store) Restored(ctx context.Context) (time.Time, bool, error) {
	var at time.Time
	if err := s.engine.Reader().QueryRowContext(ctx, restoredAtSQL).Scan(table.Millis(&at)); err != nil {
		return time.Time{}, false, fmt.Errorf("look whether the database was restored: %w", db.Clean(err))
	}
	return at, !at.IsZero(), nil
}

// ErrNotRestored: there is no restore to lift.
var ErrNotRestored = errors.New("delivery does not wait for a restore to be lifted")

// LiftRestore lets delivery go on after a restore. nothingSince is a person's word that nothing was
// sent after the backup, as when it was taken after a clean stop: then what was received, and in
// doubt for the restore alone, is due again. It returns how many leads that are. What was being
// sent stays in doubt. The entry tells who and why, and is written in the same commit; its action
// is filled in.
func (s *Store) LiftRestore(ctx context.Context, nothingSince bool, e audit.Entry) (int, error) {
	now := table.AsStored(s.now())
	e.Action = "lift restore"
	if nothingSince {
		e.Action = "lift restore, nothing sent since"
	}
	n, err := db.Write(ctx, s.engine, db.MigrateLimit, func(ctx context.Context, q db.Queries) (n int, err error) {
		if _, err := s.lockShared(ctx, q); err != nil {
			return 0, err
		}
		if nothingSince {
			if err := nothingSent(ctx, q); err != nil {
				return 0, err
			}
			if n, err = releaseRestored(ctx, q, now); err != nil {
				return 0, err
			}
		}
		waited, err := table.Affected(q.ExecContext(ctx, `update stamp set restored_at = null, parted_at = case when $1 = 1 then parted_before else parted_at end
			where id = 1 and restored_at is not null`, table.Flag(&nothingSince)))
		if err != nil {
			return 0, err
		}
		if waited == 0 {
			return 0, ErrNotRestored
		}
		// The doubts of the restore are no outage: they count towards no halt.
		if _, err := q.ExecContext(ctx, "update delivery set counted_from = $1 where host = $2", now.UnixMilli(), mlasHost); err != nil {
			return 0, err
		}
		return n, s.AuditLog().Add(ctx, q, e)
	})
	if err != nil {
		return 0, fmt.Errorf("let delivery go on after a restore: %w", err)
	}
	return n, nil
}

// ErrSentSince: more was sent than the restored database knows of.
var ErrSentSince = errors.New("calls were made after the backup that this database does not know of, or the delivery mark cannot be read, which would tell: lift without -nothing-since, and settle each lead in doubt with Alleviate")

// nothingSent refuses the claim that nothing was sent since the backup, when the delivery mark showed at the time of
// the guard that calls were made.
func nothingSent(ctx context.Context, q db.Queries) error {
	var sent bool
	if err := q.QueryRowContext(ctx, "select sent_since from stamp where id = 1").Scan(table.Flag(&sent)); err != nil {
		return err
	}
	if sent {
		return ErrSentSince
	}
	return nil
}

// sentSince says whether the delivery mark of the database, whose id a copy has until it is guarded, counts
// claims that the database does not know of. A mark that cannot be read may count some.
func (s *Store) sentSince(ctx context.Context, q db.Queries) (bool, error) {
	if s.marks == nil {
		return false, nil
	}
	var id string
	if err := q.QueryRowContext(ctx, "select database_id from stamp where id = 1").Scan(&id); err != nil {
		return false, err
	}
	mark, err := s.marks.read(id)
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist), nil
	}
	var claims int64
	err = q.QueryRowContext(ctx, selectMark, mark.Node).Scan(&id, &claims)
	return claims < mark.Claims, err
}

// releaseRestored makes leads due again that were received and are in doubt for the last restore alone.
func releaseRestored(ctx context.Context, q db.Queries, now time.Time) (int, error) {
	// "Nothing was sent since" is about the last backup: doubts of an earlier restore stay.
	const onlyRestored = ` where status = 'in_doubt' and reason = 'restored' and exists (select 1 from lead_event
		where lead_event.lead_id = lead.id and event = 'restored' and from_status = 'received' and lead_event.at = doubt_since)
		and doubt_since >= (select restored_at from stamp where id = 1)`
	to, err := lead.InDoubt.Next(lead.RestoreLifted)
	if err != nil {
		return 0, err
	}
	if _, err := q.ExecContext(ctx, eventsSQL+onlyRestored, now.UnixMilli(), lead.RestoreLifted, to, afterBackup, lead.InDoubt); err != nil {
		return 0, err
	}
	return table.Affected(q.ExecContext(ctx, `update lead set status = $1, step = $2, next_attempt_at = $3, doubt_since = null, reason = '', changed_at = $4`+onlyRestored,
		to, lead.Send, now.UnixMilli(), now.UnixMilli()))
}

// Restoration is what a database is restored from, and by whom.
type Restoration struct {
	Backup string // a file that Backup made; empty when another tool has restored the database
	Keep   Retention
	By     audit.Entry // who restores and why; the action is filled in
	// Lists are files with erasures and opt-outs to apply, besides those next to the backups. One that
	// does not exist is skipped.
	Lists []string
	// NoList goes on without a list that should be there.
	NoList bool

	sent bool // calls were made that the database does not know of
}

// Restored says what a restoration did.
type Restored struct {
	Doubts     Doubts
	Erased     Erased
	Forgot     Forgot
	Lists      []string // that were applied
	Unreadable []string // that are next to the backup and cannot be read
}

// Restore makes a new SQLite database at opt.URL from a backup. The new file gets its name when it is
// complete, guarded as by Guard, and verified. A file that is there is never touched.
func Restore(ctx context.Context, opt Options, r Restoration) (Restored, error) {
	target, ok := strings.CutPrefix(opt.URL, "file:")
	if !ok {
		return Restored{}, errors.New("restore: only an SQLite database is restored from a file; PostgreSQL has its own tools, and intake restore without a file guards what they restored")
	}
	done, err := restoreTo(ctx, opt, r, strings.TrimPrefix(target, "//"))
	if err != nil {
		return Restored{}, fmt.Errorf("restore: %w", err)
	}
	return done, nil
}

func restoreTo(ctx context.Context, opt Options, r Restoration, target string) (done Restored, err error) {
	for _, name := range []string{target, target + "-wal", target + "-shm"} {
		if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			return done, fmt.Errorf("%s is there already: move it away, or name another file in INTAKE_DATABASE_URL", name)
		}
	}
	if strings.Contains(filepath.Base(r.Backup), durable.Unfinished) {
		return done, fmt.Errorf("%s is a backup that was never finished", r.Backup)
	}
	rows, err := verify(ctx, r.Backup, opt)
	if err != nil {
		return done, err
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return done, err
	}
	temporary, remove, err := temporaryFile(target)
	if err != nil {
		return done, err
	}
	defer remove()
	if err := copyFile(r.Backup, temporary); err != nil {
		return done, err
	}
	opt.URL, opt.Create = "file:"+temporary, false
	if done, err = openAndGuard(ctx, opt, r); err != nil {
		return done, err
	}
	if n, err := verify(ctx, temporary, opt); err != nil || n != rows {
		return done, errors.Join(err, fmt.Errorf("%d leads were in the backup, and %d are in the new database", rows, n))
	}
	return done, giveName(temporary, target)
}

func openAndGuard(ctx context.Context, opt Options, r Restoration) (Restored, error) {
	s, err := Open(ctx, opt)
	if err != nil {
		return Restored{}, err
	}
	done, err := s.guard(ctx, r)
	return done, errors.Join(err, s.Close())
}

// Guard makes a database that came from a backup safe to run: as RestoreDoubts does it, and who was
// erased or opted out after the backup is erased and stopped again, and what is too old is erased.
func (s *Store) Guard(ctx context.Context, r Restoration) (Restored, error) {
	done, err := s.guard(ctx, r)
	if err != nil {
		return done, fmt.Errorf("restore: %w", err)
	}
	return done, nil
}

func (s *Store) guard(ctx context.Context, r Restoration) (done Restored, err error) {
	if err := s.keys.Refresh(); err != nil { // the list and the leads by the same keys
		return done, err
	}
	list, err := s.listsOf(r) // before anything is changed: it may be missing
	if err != nil {
		return done, err
	}
	done.Lists, done.Unreadable = list.read, list.unreadable
	if done.Doubts, err = s.restoreDoubts(ctx, r.By, r.sent); err != nil {
		return done, err
	}
	if _, err := s.reindexAll(ctx, func(int) {}); err != nil { // else a newer list finds nobody in it
		return done, db.Clean(err)
	}
	here, err := s.forgetList(ctx)
	if err != nil {
		return done, db.Clean(err)
	}
	if more := list.without(here); more.len() > 0 {
		if done.Forgot, err = s.forget(ctx, more, r.By); err != nil {
			return done, err
		}
	}
	if _, err := s.ExpireDrafts(ctx, s.now()); err != nil {
		return done, err
	}
	done.Erased, err = s.Erase(ctx, s.now(), r.Keep)
	return done, err
}

// Outside is what is known outside the database of what it held.
type Outside struct {
	Head       consent.Head // the newest that was written down for its id; without a hash there is none
	ForgetFile string       // empty: none
	Keep       Retention
}

// GuardIfOlder guards a database, as Guard does, that knows less than what was written down outside of
// it: its consent records do not hold the head, this node has claimed more often, or the list of erasures
// and opt-outs has more. It also guards an SQLite database that was claimed from and has no delivery mark
// here. It returns why, and the empty string when nothing of that is so, or when the
// database waits for a restore to be lifted already.
func (s *Store) GuardIfOlder(ctx context.Context, o Outside) (why string, err error) {
	if _, waits, err := s.Restored(ctx); err != nil || waits {
		return "", err
	}
	r := Restoration{Keep: o.Keep, NoList: true}
	if o.ForgetFile != "" {
		r.Lists = []string{o.ForgetFile}
	}
	if why, r.sent, err = s.olderByMark(ctx); err != nil {
		return "", err
	}
	if why == "" {
		why, err = s.olderByRecords(ctx, o)
	}
	if err != nil || why == "" {
		return "", err
	}
	r.By = audit.Entry{Who: "intake", Reason: why}
	_, err = s.Guard(ctx, r)
	return why, err
}

// olderByMark says why the database is older than what this node has sent, or may be; sent says that it is.
func (s *Store) olderByMark(ctx context.Context) (why string, sent bool, err error) {
	if s.marks == nil {
		return "", false, nil
	}
	id, err := s.DatabaseID(ctx)
	if err != nil {
		return "", false, err
	}
	mark, err := s.marks.open(ctx, id, s.mayBeginMark)
	if errors.Is(err, errNoMark) {
		return err.Error(), false, nil
	}
	if err != nil {
		return "", false, nil // it is told by MarkFails, and no call is made
	}
	var claims int64
	if err := s.engine.Reader().QueryRowContext(ctx, selectMark, mark.Node).Scan(&id, &claims); err != nil {
		return "", false, fmt.Errorf("compare the delivery mark: %w", db.Clean(err))
	}
	if claims < mark.Claims {
		return olderThanMark(claims, mark.Claims), true, nil
	}
	return "", false, nil
}

// olderByRecords says why the database is older than its head or list.
func (s *Store) olderByRecords(ctx context.Context, o Outside) (why string, err error) {
	if o.Head.Hash != nil {
		held, err := s.Holds(ctx, o.Head)
		if err != nil {
			return "", err
		}
		if !held {
			return fmt.Sprintf("the consent records do not hold head %d, which was written down for this database", o.Head.Seq), nil
		}
	}
	if o.ForgetFile == "" {
		return "", nil
	}
	list, err := s.readForgotten(o.ForgetFile)
	if err != nil {
		return "", nil // there is none, or the upkeep tells what is wrong with it
	}
	here, err := s.forgetList(ctx)
	if err != nil {
		return "", db.Clean(err)
	}
	if more := list.without(here).len(); more > 0 {
		why = fmt.Sprintf("the list of erasures and opt-outs has %d that the database does not know of", more)
	}
	return why, nil
}

// lists is the union of the lists that a restoration applies, and the files that it has read or could not read.
type lists struct {
	forgetList
	read, unreadable []string
}

// addList adds the list in a file.
func (s *Store) addList(l *lists, path string) error {
	list, err := s.readForgotten(path)
	if err == nil {
		l.forgetList, l.read = l.with(list.forgetList), append(l.read, path)
	} else if !errors.Is(err, fs.ErrNotExist) {
		l.unreadable = append(l.unreadable, path)
	}
	return err
}

// listsOf reads the lists that are named, the list of the backup, and the lists of the other backups
// beside it, of which one may be newer.
func (s *Store) listsOf(r Restoration) (lists, error) {
	l := lists{forgetList: emptyForgetList()}
	for _, path := range r.Lists {
		if err := s.addList(&l, path); err != nil && !errors.Is(err, fs.ErrNotExist) && !r.NoList {
			return l, fmt.Errorf("the list of erasures and opt-outs %s is no use: %w, or say -without-list and whoever it names comes back", path, err)
		}
	}
	if r.Backup != "" {
		if err := s.listsBeside(&l, r.Backup); err != nil && !r.NoList {
			return l, err
		}
	}
	if len(l.read) == 0 && !r.NoList {
		return l, errors.New("there is no list of erasures and opt-outs: name one with -list or in INTAKE_FORGET_FILE, or say -without-list and whoever it names comes back")
	}
	return l, nil
}

func (s *Store) listsBeside(l *lists, backup string) error {
	files, err := os.ReadDir(filepath.Dir(backup))
	if err != nil {
		return err
	}
	for _, found := range files {
		if strings.HasSuffix(found.Name(), listBeside) {
			_ = s.addList(l, filepath.Join(filepath.Dir(backup), found.Name())) // an unreadable one is listed
		}
	}
	if own := backup + listBeside; !slices.Contains(l.read, filepath.Clean(own)) {
		return fmt.Errorf("%s, the list of erasures and opt-outs of this backup, is missing or no use: bring it back, or say -without-list and whoever it names comes back", own)
	}
	return nil
}

func copyFile(from, to string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }() // it was only read
	target, err := os.OpenFile(to, os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, source)
	return errors.Join(err, target.Close())
}

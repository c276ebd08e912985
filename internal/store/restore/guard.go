// Package restore backs a database up, and makes one that came from a backup safe to run: nothing that was sent since goes out
// again, and who was erased or opted out stays so.
package restore

import (
	"context"
	"errors"
	"fmt"

	"intake/internal/audit"
	"intake/internal/consent"
	"intake/internal/store/db"
	"intake/internal/store/erasure"
)

// Restoration is what a database is restored from, and by whom.
type Restoration struct {
	Backup string // a file that Backup made; empty when another tool has restored the database
	Keep   erasure.Retention
	By     audit.Entry // who restores and why; the action is filled in
	// Lists are files with erasures and opt-outs to apply, besides those next to the backups. One that
	// does not exist is skipped.
	Lists []string
	// NoList goes on without a list that should be there.
	NoList bool
}

// Restored says what a restoration did.
type Restored struct {
	Doubts     Doubts
	Erased     erasure.Erased
	Forgot     Forgot
	Lists      []string // that were applied
	Unreadable []string // that are next to the backup and cannot be read
}

// Guard makes a database that came from a backup safe to run: as RestoreDoubts does it, and who was
// erased or opted out after the backup is erased and stopped again, and what is too old is erased.
func (s *Restorer) Guard(ctx context.Context, r Restoration) (done Restored, err error) {
	defer db.Wrap(&err, "guard the database")
	if err := s.Keys.Refresh(); err != nil { // the list and the leads by the same keys
		return done, err
	}
	list, err := s.listsOf(r, &done) // before anything is changed: it may be missing
	if err != nil {
		return done, err
	}
	if done.Doubts, err = s.RestoreDoubts(ctx, r.By); err != nil {
		return done, err
	}
	if _, err := s.parts.Rotation.ReindexAll(ctx, func(int) {}); err != nil { // else a newer list finds nobody in it
		return done, err
	}
	here, err := s.forgetList(ctx)
	if err != nil {
		return done, err
	}
	if more := list.without(here); more.len() > 0 {
		if done.Forgot, err = s.forget(ctx, more, r.By); err != nil {
			return done, err
		}
	}
	if _, err := s.parts.Drafts.ExpireDrafts(ctx, s.Now()); err != nil {
		return done, err
	}
	done.Erased, err = s.parts.Eraser.Erase(ctx, s.Now(), r.Keep)
	return done, err
}

// ErrServing: processes serve the database that is to be guarded.
var ErrServing = db.ErrServing

// GuardAlone is Guard while no process serves a PostgreSQL database, and none can begin to: else ErrServing.
func (s *Restorer) GuardAlone(ctx context.Context, r Restoration) (done Restored, err error) {
	unlock, err := s.Engine.LockOutServers(ctx)
	if err != nil {
		return done, db.Clean(err)
	}
	defer func() { err = errors.Join(err, unlock()) }()
	return s.Guard(ctx, r)
}

// Outside is what is known outside the database of what it held.
type Outside struct {
	Head       consent.Head // the newest that was written down for its id; without a hash there is none
	ForgetFile string       // empty: none
	Keep       erasure.Retention
}

// GuardIfOlder guards a database, as Guard does, that knows less than what was written down outside of
// it: its consent records do not hold the head, this node has claimed more often, or the list of erasures
// and opt-outs has more. It also guards an SQLite database that was claimed from and has no delivery mark
// here. It returns why, and the empty string when nothing of that is so, or when the
// database waits for a restore to be lifted already.
func (s *Restorer) GuardIfOlder(ctx context.Context, o Outside) (why string, err error) {
	if _, waits, err := s.parts.Stamp.Restored(ctx); err != nil || waits {
		return "", err
	}
	if why, err = s.olderByMark(ctx); err == nil && why == "" {
		why, err = s.olderByRecords(ctx, o)
	}
	if err != nil || why == "" {
		return "", err
	}
	r := Restoration{Keep: o.Keep, NoList: true, By: audit.Entry{Who: "intake", Reason: why}}
	if o.ForgetFile != "" {
		r.Lists = []string{o.ForgetFile}
	}
	_, err = s.Guard(ctx, r)
	return why, err
}

// olderByMark says why the database is older than what this node has sent, or may be.
func (s *Restorer) olderByMark(ctx context.Context) (why string, err error) {
	if s.marks == nil {
		return "", nil
	}
	mark, err := s.openMark(ctx)
	switch {
	case errors.Is(err, errNoMark):
		return err.Error(), nil
	case err != nil && s.MarkFails():
		return "", nil // it is told by MarkFails, and no call is made
	case err == nil:
		why, _, err = olderThan(ctx, s.Engine.Reader(), mark)
	}
	return why, db.Clean(err)
}

// olderByRecords says why the database is older than its head or list.
func (s *Restorer) olderByRecords(ctx context.Context, o Outside) (why string, err error) {
	if o.Head.Hash != nil {
		held, err := s.parts.Consents.Holds(ctx, o.Head)
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

package restore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"intake/internal/audit"
	"intake/internal/durable"
	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/erasure"
	"intake/internal/store/optout"
)

// Forgot says what a list of erasures and opt-outs changed in a database that did not know of them.
type Forgot struct {
	Erased  int // leads whose answers were there again
	Stopped int // leads of people who had opted out
}

// Kept is what became of the list that is kept outside the database.
type Kept struct {
	Written bool // it was new, or had changed
	Lines   int
	Forgot  Forgot
}

// SyncForgetFile makes the file at path and the database know the same erasures on request and
// opt-outs, ids and keyed hashes alone: what the file knows more is done in the database, which then
// came from a backup and is guarded as by RestoreDoubts, and what the database knows more is appended to the file,
// durably, by one process at a time, and never when the file cannot be read. Nothing
// is read or written while nothing changes. The entry tells who acts on what the file knows.
func (s *Restorer) SyncForgetFile(ctx context.Context, path string, by audit.Entry) (kept Kept, err error) {
	defer db.Wrap(&err, "keep the list of erasures and opt-outs in %s", path)
	mark, err := s.forgottenMark(ctx)
	if err != nil || s.unchanged(path, mark) {
		return kept, err
	}
	unlock, err := durable.Lock(ctx, path)
	if err != nil {
		return kept, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	kept, err = s.mergeForgetFile(ctx, path, by)
	if err != nil {
		return kept, err
	}
	return kept, s.rememberFile(path, mark)
}

// mergeForgetFile applies to the database what only the file has, and adds to the file what only the database has.
func (s *Restorer) mergeForgetFile(ctx context.Context, path string, by audit.Entry) (kept Kept, err error) {
	old, err := s.readForgotten(path)
	missing := errors.Is(err, fs.ErrNotExist)
	if err != nil && !missing {
		return kept, err
	}
	here, err := s.forgetList(ctx)
	if err != nil {
		return kept, err
	}
	if more := old.without(here); more.len() > 0 {
		if err := s.guardForList(ctx, by); err != nil {
			return kept, err
		}
		if kept.Forgot, err = s.forget(ctx, more, by); err != nil {
			return kept, err
		}
	}
	kept.Lines = old.with(here).len()
	if news := here.without(old.forgetList); missing || news.len() > 0 {
		kept.Written = true
		err = s.extendList(path, old, news)
	}
	return kept, err
}

// guardForList guards a database that lacks entries of a list, because it came from a backup. It also brings the
// blind indexes up to date: otherwise the list would find nobody by them.
func (s *Restorer) guardForList(ctx context.Context, by audit.Entry) error {
	_, waits, err := s.parts.Stamp.Restored(ctx)
	if err == nil && !waits {
		_, err = s.RestoreDoubts(ctx, by)
	}
	if err == nil {
		_, err = s.parts.Rotation.ReindexAll(ctx, func(int) {})
	}
	return err
}

// listSeen is the file as it was when it had everything that the database had at that mark.
type listSeen struct {
	path string
	file os.FileInfo
	mark forgottenMark
}

// unchanged says whether neither the file nor the tables have changed since the last synchronization.
func (s *Restorer) unchanged(path string, mark forgottenMark) bool {
	seen := s.list.Load()
	if seen == nil || seen.path != path || seen.mark != mark {
		return false
	}
	now, err := os.Stat(path)
	return err == nil && os.SameFile(now, seen.file) && now.ModTime().Equal(seen.file.ModTime()) && now.Size() == seen.file.Size()
}

func (s *Restorer) rememberFile(path string, mark forgottenMark) error {
	file, err := os.Stat(path)
	if err != nil {
		return err
	}
	s.list.Store(&listSeen{path, file, mark})
	return nil
}

func (s *Restorer) readForgotten(path string) (listFile, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return newListFile(), err
	}
	f, err := decodeForgotten(text, s.Keys.Derive(forgottenKey))
	if err == nil {
		f.forgetList, err = s.withCurrentIndexes(f.forgetList)
	}
	if err != nil {
		return f, fmt.Errorf("%w: move it away", err)
	}
	return f, nil
}

// withCurrentIndexes is the list with the blind indexes that the keys make now.
func (s *Restorer) withCurrentIndexes(f forgetList) (forgetList, error) {
	now := forgetList{f.erased, map[string]optout.Suppression{}}
	for person, row := range f.optedOut {
		index, err := s.Keys.Reindex([]byte(person))
		if err != nil {
			return f, err
		}
		now.addPerson(string(index), row)
	}
	return now, nil
}

// forget erases the leads and closes those of the people on the list, and adds both to the tables, so that the next
// list has them.
func (s *Restorer) forget(ctx context.Context, list forgetList, by audit.Entry) (did Forgot, err error) {
	for id, at := range list.erased {
		erased, err := s.eraseAgain(ctx, id, time.UnixMilli(at), by)
		if err != nil {
			return did, fmt.Errorf("erase lead %s again: %w", id, err)
		}
		if erased {
			did.Erased++
		}
	}
	for person, row := range list.optedOut {
		stopped, err := db.Write(ctx, s.Engine, db.CourierLimit, func(ctx context.Context, q db.Queries) ([]lead.PartnerID, error) {
			if _, err := s.parts.Gate.Lock(ctx, q); err != nil { // as in OptOut
				return nil, err
			}
			return s.parts.OptOuts.Suppress(ctx, q, []byte(person), row)
		})
		if err != nil {
			return did, fmt.Errorf("stop leads of a person who opted out: %w", err)
		}
		did.Stopped += len(stopped)
	}
	by.Action = fmt.Sprintf("apply a list of %d erasures and %d opt-outs", len(list.erased), len(list.optedOut))
	return did, s.AuditLog().Write(ctx, by)
}

// eraseAgain erases a lead that was erased on request before; one that this database never had is
// noted alone, since another backup may have it.
func (s *Restorer) eraseAgain(ctx context.Context, id lead.PartnerID, at time.Time, by audit.Entry) (bool, error) {
	by.Action, by.Lead = "erase again", string(id)
	return db.Write(ctx, s.Engine, db.CourierLimit, func(ctx context.Context, q db.Queries) (bool, error) {
		_, erased, err := s.parts.Eraser.EraseNow(ctx, q, id, at)
		if errors.Is(err, lead.ErrNotFound) {
			return false, erasure.NoteErased(ctx, q, id, at)
		}
		if err != nil || !erased {
			return false, err
		}
		return true, s.AuditLog().Add(ctx, q, by)
	})
}

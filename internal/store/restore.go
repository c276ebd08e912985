package store

import (
	"context"
	"errors"

	"intake/internal/store/restore"
)

// Restore makes a new SQLite database at opt.URL from a backup. The new file gets its name when it is
// complete, guarded as by Guard, and verified. A file that is there is never touched.
func Restore(ctx context.Context, opt Options, r restore.Restoration) (restore.Restored, error) {
	guard := func(ctx context.Context, url string, r restore.Restoration) (done restore.Restored, err error) {
		opt.URL, opt.Create = url, false
		s, err := Open(ctx, opt)
		if err != nil {
			return done, err
		}
		defer func() { err = errors.Join(err, s.Close()) }()
		return s.Guard(ctx, r)
	}
	return restore.Target{URL: opt.URL, Environment: opt.Environment, Keys: opt.Keys, Guard: guard}.Restore(ctx, r)
}

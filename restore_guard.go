package main

import (
	"context"
	"log/slog"

	"intake/internal/store"
)

// restoreGuard finds out that the database came from a backup, however it was restored, and keeps leads
// from being sent again.
type restoreGuard struct {
	leads      *store.Store
	head       headFile
	forgetFile string
	keep       store.Retention
	log        *slog.Logger
}

// check guards a database that is older than what was written down outside of it. It tells why.
func (g restoreGuard) check(ctx context.Context) error {
	head, _, err := g.head.kept(ctx)
	if err != nil {
		return err
	}
	why, err := g.leads.GuardIfOlder(ctx, store.Outside{Head: head, ForgetFile: g.forgetFile, Keep: g.keep})
	if why != "" {
		g.log.Error("the database came from a backup: nothing goes out until intake restore -lift", "cause", why)
	}
	return err
}

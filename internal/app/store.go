package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"intake/internal/config"
	"intake/internal/consent"
	"intake/internal/delivery"
	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store"
	"intake/internal/store/erasure"
)

// OpenStore opens the database under its keys. Only the simulator environment and intake init
// create what is missing: elsewhere a missing file is a misconfiguration, not a fresh start.
func OpenStore(ctx context.Context, cfg config.Config, create bool) (*store.Store, error) {
	keys, err := OpenKeys(cfg, create)
	if err != nil {
		return nil, err
	}
	return openStore(ctx, cfg, keys, create)
}

func openStore(ctx context.Context, cfg config.Config, keys *seal.Keys, create bool) (*store.Store, error) {
	s, err := store.Open(ctx, StoreOptions(cfg, keys, create))
	if err != nil {
		return nil, err
	}
	if err := syncClock(ctx, s); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// StoreOptions returns the store's options.
func StoreOptions(cfg config.Config, keys *seal.Keys, create bool) store.Options {
	return store.Options{
		URL: cfg.DatabaseURL.Reveal(), Environment: string(cfg.Environment), Create: create, Keys: keys, Clock: newClock(cfg),
		Pace: cfg.Pace.Number(), DoubtHalt: cfg.DoubtHalt.Number(), StateDir: cfg.StateFolder(),
		SendLease: cfg.CreateTimeout + cfg.LeaseMargin, Longest: cfg.MaxProcessing,
	}
}

// OpenKeys reads the key set; with create it makes a missing one, and the folder for it.
func OpenKeys(cfg config.Config, create bool) (*seal.Keys, error) {
	keys, master := string(cfg.KeysetFile), string(cfg.MasterKeyFile)
	if _, err := os.Lstat(keys); !create || !errors.Is(err, fs.ErrNotExist) {
		return seal.Load(keys, master)
	}
	if err := os.MkdirAll(filepath.Dir(keys), 0o700); err != nil {
		return nil, err
	}
	return seal.Create(keys, master)
}

// Retention returns how long each kind of data is kept.
func Retention(cfg config.Config) erasure.Retention {
	return erasure.Retention{SSN: cfg.RetentionSSN, Answers: cfg.RetentionAnswers, Evidence: cfg.RetentionEvidence}
}

// wakingStore is the store of the pages. It wakes the courier when a lead is saved.
type wakingStore struct {
	*store.Store
	courier *delivery.Courier
}

func (s wakingStore) Save(ctx context.Context, l lead.Lead, record consent.Record) (lead.Receipt, error) {
	receipt, err := s.Store.Save(ctx, l, record)
	if err == nil {
		s.courier.Wake()
	}
	return receipt, err
}

func (s wakingStore) CompleteConsent(ctx context.Context, id lead.PartnerID, record consent.Record, by lead.Agent) error {
	err := s.Store.CompleteConsent(ctx, id, record, by)
	if err == nil {
		s.courier.Wake()
	}
	return err
}

func (s wakingStore) AcceptHandOff(ctx context.Context, token string, record consent.Record, given lead.Accepted) error {
	defer s.courier.Wake() // after an error it finds nothing to do
	return s.Store.AcceptHandOff(ctx, token, record, given)
}

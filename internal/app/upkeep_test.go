package app

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"intake/internal/consent"
	"intake/internal/delivery"
	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store"
)

func TestChores_FoldTheFiguresOftenEnough(t *testing.T) {
	keys, err := seal.Generate()
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), store.Options{URL: "file:" + filepath.Join(t.TempDir(), "a.db"), Environment: "simulator", Create: true, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	l := lead.Lead{ID: lead.NewPartnerID(), Draft: lead.Keep(lead.NewHandle()), Request: 1}
	if _, err := s.Save(t.Context(), l, consent.Record{}); err != nil {
		t.Fatal(err)
	}
	for _, c := range choresOf(s, delivery.New(delivery.Config{Log: slog.New(slog.DiscardHandler)})) {
		if c.Name != "fold the hourly figures" {
			continue
		}
		if c.Every > 5*time.Second {
			t.Errorf("every %s: each process looks for chores every 5 s, and the figures may be 10 s old", c.Every)
		}
		if err := c.Run(t.Context()); err != nil {
			t.Error(err)
		}
	}
	figures, err := s.Stats().Leads(t.Context(), time.UnixMilli(0), time.Now().Add(time.Hour))
	if err != nil || len(figures) != 1 || figures[0].Leads != 1 {
		t.Errorf("got %v, %v, want one lead", figures, err)
	}
}

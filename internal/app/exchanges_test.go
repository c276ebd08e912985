package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"

	"intake/alleviate"
	"intake/internal/config"
)

func TestApp_OffersWhatWentToAlleviate(t *testing.T) {
	t.Chdir(t.TempDir())
	cfg, err := config.Read([]string{
		"INTAKE_ADDR=127.0.0.1:0", "INTAKE_ADMIN_ADDR=127.0.0.1:0", "INTAKE_DATABASE_URL=file:intake.db",
	})
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Stop(); err != nil {
			t.Error(err)
		}
		if err := a.client.Renew(t.Context()); !errors.Is(err, context.Canceled) {
			t.Errorf("the client of a stopped server says %v, want cancelled", err)
		}
	}()
	if err := a.client.Probe(t.Context()); err != nil {
		t.Fatal(err)
	}
	got := a.Exchanges()
	if len(got) != 1 || got[0].Operation != "__typename" || got[0].HTTPStatus != 200 || got[0].WholeRequest != "" {
		t.Errorf("got %+v, want the probe, redacted", got)
	}
}

func TestExchanges_KeepTheLast(t *testing.T) {
	var e exchanges
	for i := range keptExchanges + 5 {
		e.record(alleviate.Exchange{RequestID: fmt.Sprint(i)})
	}
	if got := e.list(); len(got) != keptExchanges || got[0].RequestID != "5" || got[keptExchanges-1].RequestID != fmt.Sprint(keptExchanges+4) {
		t.Errorf("%d are kept, from %s", len(got), got[0].RequestID)
	}
}

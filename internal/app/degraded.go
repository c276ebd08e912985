package app

import (
	"intake/alleviate"
	"intake/internal/delivery"
	"intake/internal/health"
	"intake/internal/metrics"
	"intake/internal/store"
)

// degradedSigns are the causes for which a person is needed while leads are still accepted. docs/operations.md says
// what to do about each.
func degradedSigns(client *alleviate.Client, courier *delivery.Courier, s *store.Store, meter *metrics.Meter, secretEnd health.SecretEnd) []health.Sign {
	failing := func() alleviate.Kind { return client.TokenState().Failing }
	waits := func(t delivery.Trouble) func() bool { return func() bool { return courier.Troubled(t) } }
	return []health.Sign{
		{Cause: string(delivery.Credentials), Stands: func() bool {
			return failing() == alleviate.Credentials || courier.Troubled(delivery.Credentials)
		}},
		{Cause: string(delivery.NoToken), Stands: func() bool {
			kind := failing()
			return kind != "" && kind != alleviate.Credentials || courier.Troubled(delivery.NoToken)
		}},
		{Cause: "rotation", Stands: func() bool { return client.TokenState().Secret == "next" }},
		{Cause: "secret", Stands: secretEnd.Near, Told: true},
		{Cause: string(delivery.Outage), Stands: waits(delivery.Outage)},
		{Cause: string(delivery.Throttled), Stands: waits(delivery.Throttled)},
		{Cause: string(delivery.Halted), Stands: waits(delivery.Halted), Told: true},
		{Cause: string(delivery.Restored), Stands: waits(delivery.Restored), Told: true},
		{Cause: "mark", Stands: s.MarkFails},
		{Cause: "serving", Stands: s.ServingFails},
		{Cause: "checkpoint", Stands: s.LogStays},
		{Cause: "chain", Stands: meter.ChainBroken, Told: true},
	}
}

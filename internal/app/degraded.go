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
func degradedSigns(client *alleviate.Client, courier *delivery.Courier, s *store.Store, meter *metrics.Meter, secretEnd health.SecretExpiry) []health.Condition {
	failing := func() alleviate.Kind { return client.TokenState().Failing }
	waits := func(t delivery.Trouble) func() bool { return func() bool { return courier.HasTrouble(t) } }
	return []health.Condition{
		{Cause: string(delivery.Credentials), Active: func() bool {
			return failing() == alleviate.Credentials || courier.HasTrouble(delivery.Credentials)
		}},
		{Cause: string(delivery.NoToken), Active: func() bool {
			kind := failing()
			return kind != "" && kind != alleviate.Credentials || courier.HasTrouble(delivery.NoToken)
		}},
		{Cause: "rotation", Active: func() bool { return client.TokenState().Secret == "next" }},
		{Cause: "secret", Active: secretEnd.IsSoon, LoggedElsewhere: true},
		{Cause: string(delivery.Outage), Active: waits(delivery.Outage)},
		{Cause: string(delivery.Throttled), Active: waits(delivery.Throttled)},
		{Cause: string(delivery.Halted), Active: waits(delivery.Halted), LoggedElsewhere: true},
		{Cause: string(delivery.Restored), Active: waits(delivery.Restored), LoggedElsewhere: true},
		{Cause: "mark", Active: s.MarkFails},
		{Cause: "serving", Active: s.ServingFails},
		{Cause: "checkpoint", Active: s.LogStays},
		{Cause: "chain", Active: meter.ChainBroken, LoggedElsewhere: true},
	}
}

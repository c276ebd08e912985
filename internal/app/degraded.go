package app

import (
	"intake/alleviate"
	"intake/internal/delivery"
	"intake/internal/health"
	"intake/internal/metrics"
	"intake/internal/store"
	"intake/internal/upkeep"
)

// degradedConditions are the conditions that need a person while leads are still accepted. docs/operations.md says
// what to do about each.
func degradedConditions(client *alleviate.Client, courier *delivery.Courier, s *store.Store, u *upkeep.Upkeep, meter *metrics.Meter, secretEnd health.SecretExpiry) []health.Condition {
	failing := func() alleviate.Kind { return client.TokenState().Failing }
	hasTrouble := func(t delivery.Trouble) func() bool { return func() bool { return courier.HasTrouble(t) } }
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
		{Cause: string(delivery.Outage), Active: hasTrouble(delivery.Outage)},
		{Cause: string(delivery.Throttled), Active: hasTrouble(delivery.Throttled)},
		{Cause: string(delivery.Halted), Active: hasTrouble(delivery.Halted), LoggedElsewhere: true},
		{Cause: string(delivery.Restored), Active: hasTrouble(delivery.Restored), LoggedElsewhere: true},
		{Cause: "mark", Active: func() bool { return s.MarkFails() }},
		{Cause: "serving", Active: s.ServingFails},
		{Cause: "checkpoint", Active: s.LogStays},
		{Cause: "chore", Active: u.ChoreOverdue},
		{Cause: "chain", Active: meter.ChainBroken, LoggedElsewhere: true},
	}
}

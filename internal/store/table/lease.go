package table

import "intake/internal/store/db"

// Work that one process does at a time, each on a row of its own: whoever claims a row gets a lease and a new attempt, the
// fencing token. Its result counts only while no later attempt has begun. What follows is for every table with the
// columns id, attempt, next_attempt_at, lease_owner and lease_until.

// ClaimRows is a statement that picks rows and claims them. pick is the condition, with what is behind it; set is what else
// changes, beginning with a comma. Its first parameters are the owner and the end of the lease. On PostgreSQL the pick
// locks its rows and passes by those that another process is claiming.
func ClaimRows(e db.Engine, table, pick, set, returning string) string {
	return `with due (due_id) as materialized (select id from ` + table + ` where ` + pick + e.SkipLocked() + `)
		update ` + table + ` set attempt = attempt + 1, lease_owner = $1, lease_until = $2` + set + `
		where id in (select due_id from due) returning ` + returning
}

// LeasesOver selects up to $2 rows whose lease has run out by $1.
func LeasesOver(table, columns string) string {
	return "select " + columns + " from " + table + " where lease_until is not null and lease_until <= $1 order by lease_until limit $2"
}

// EndLease is a statement that writes the result of an attempt and ends its lease. It changes no row when a later attempt
// has begun.
func EndLease(table, set string) string {
	return "update " + table + " set lease_owner = '', lease_until = null, " + set + " where id = :id and attempt = :attempt"
}

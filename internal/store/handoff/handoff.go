// Package handoff keeps the links with which people agree on their own phones. What a link lets go stands in the lead; here
// is when it was made, opened and answered.
package handoff

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

// Row is a row of the table.
type Row struct {
	lead.HandOff
	Secret, Code string // keyed hashes
	AgentID      int64
	asks         string
}

var columns = table.Of[Row]{
	"id":          func(r *Row) any { return &r.ID },
	"secret":      func(r *Row) any { return &r.Secret },
	"code":        func(r *Row) any { return &r.Code },
	"lead_id":     func(r *Row) any { return &r.Lead },
	"agent_id":    func(r *Row) any { return &r.AgentID },
	"language":    func(r *Row) any { return &r.Language },
	"asks":        func(r *Row) any { return &r.asks },
	"sending":     func(r *Row) any { return &r.Sending.State },
	"attempts":    func(r *Row) any { return &r.Sending.Attempts },
	"send_reason": func(r *Row) any { return &r.Sending.Reason },
	"next_at":     func(r *Row) any { return table.Millis(&r.Sending.NextAt) },
	"created_at":  func(r *Row) any { return table.Millis(&r.CreatedAt) },
	"expires_at":  func(r *Row) any { return table.Millis(&r.ExpiresAt) },
	"opened_at":   func(r *Row) any { return table.Millis(&r.OpenedAt) },
	"accepted_at": func(r *Row) any { return table.Millis(&r.AcceptedAt) },
	"declined_at": func(r *Row) any { return table.Millis(&r.DeclinedAt) },
	"replaced_at": func(r *Row) any { return table.Millis(&r.ReplacedAt) },
}

const (
	asksBirth = "dateOfBirth"
	asksSSN   = "socialSecurityNumber"
)

const (
	all         = "id, lead_id, agent_id, language, asks, sending, attempts, send_reason, next_at, created_at, expires_at, opened_at, accepted_at, declined_at, replaced_at"
	selectOf    = "select " + all + " from handoff where lead_id = $1 order by created_at desc, id desc limit 1"
	byID        = "select " + all + " from handoff where id = $1"
	bySecret    = "select " + all + " from handoff where secret = $1"
	byCode      = "select " + all + " from handoff where code = $1"
	replaceOpen = "update handoff set replaced_at = $1 where lead_id = $2 and accepted_at is null and declined_at is null and replaced_at is null and expires_at > $1"
	markOpened  = "update handoff set opened_at = $1 where id = $2 and opened_at is null"
	markSent    = "update handoff set sending = 'sent', next_at = null where id = $1"
	markFailed  = "update handoff set send_reason = $1, next_at = $2, sending = $3 where id = $4"
	stopSending = "update handoff set next_at = null where id = $1"
	unanswered  = " where id = $2 and accepted_at is null and declined_at is null and replaced_at is null and expires_at > $1"
	accept      = "update handoff set accepted_at = $1" + unanswered
	decline     = "update handoff set declined_at = $1" + unanswered
	takeGuess   = `insert into handoff_guess (minute, wrong) values ($1, 1)
		on conflict (minute) do update set wrong = handoff_guess.wrong + 1 where handoff_guess.wrong < $2`
	returnGuess = "update handoff_guess set wrong = wrong - 1 where minute = $1"
	oldGuesses  = "delete from handoff_guess where minute < $1"
)

// PickOver picks up to $2 rows whose time was over at $1.
const PickOver = "select id from handoff where expires_at <= $1 order by expires_at limit $2"

var insert = table.Named(`insert into handoff (id, secret, code, lead_id, agent_id, language, asks, sending, next_at, created_at, expires_at)
	values (:id, :secret, :code, :lead_id, :agent_id, :language, :asks, :sending, :next_at, :created_at, :expires_at)`)

// Add adds the row of a new link. The open ones of its lead are replaced by it.
func Add(ctx context.Context, q db.Queries, r Row) error {
	var asks []string
	if r.Asks.DateOfBirth {
		asks = append(asks, asksBirth)
	}
	if r.Asks.SSN {
		asks = append(asks, asksSSN)
	}
	r.asks = strings.Join(asks, " ")
	if _, err := q.ExecContext(ctx, replaceOpen, r.CreatedAt.UnixMilli(), r.Lead); err != nil {
		return err
	}
	_, err := columns.Exec(ctx, q, insert, &r)
	return err
}

// Of is the newest link of a lead.
func Of(ctx context.Context, q db.Queries, id lead.PartnerID) (Row, error) {
	return one(ctx, q, selectOf, id)
}

// ByID is the link of an id.
func ByID(ctx context.Context, q db.Queries, id string) (Row, error) {
	return one(ctx, q, byID, id)
}

// BySecret is the link of a token, by the hash that Names.Read returns.
func BySecret(ctx context.Context, q db.Queries, hash string) (Row, error) {
	return one(ctx, q, bySecret, hash)
}

// ByCode is the link of a code, by the hash that Names.CodeHash returns.
func ByCode(ctx context.Context, q db.Queries, hash string) (Row, error) {
	return one(ctx, q, byCode, hash)
}

// one is lead.ErrNotFound when there is none.
func one(ctx context.Context, q db.Queries, query string, key any) (Row, error) {
	r, err := columns.One(ctx, q, query, key)
	if errors.Is(err, sql.ErrNoRows) {
		err = lead.ErrNotFound
	}
	r.Asks = lead.Asked{DateOfBirth: strings.Contains(r.asks, asksBirth), SSN: strings.Contains(r.asks, asksSSN)}
	return r, err
}

// Opened notes the first time that a link was opened, and is false when it was opened before.
func Opened(ctx context.Context, q db.Queries, id string, at time.Time) (bool, error) {
	return changed(q.ExecContext(ctx, markOpened, at.UnixMilli(), id))
}

// Due takes up to max links that are to be sent now, and keeps each from everybody else until then. lock is that of the engine for
// rows that others have.
func Due(ctx context.Context, q db.Queries, max int, now, until time.Time, lock string) ([]Row, error) {
	return columns.All(ctx, q, "update handoff set next_at = $1, attempts = attempts + 1 where id in (select id from handoff where next_at <= $2"+
		" and accepted_at is null and declined_at is null and replaced_at is null order by next_at limit $3"+lock+") returning "+all, until.UnixMilli(), now.UnixMilli(), max)
}

// Sent notes that a link was sent.
func Sent(ctx context.Context, q db.Queries, id string) error {
	_, err := q.ExecContext(ctx, markSent, id)
	return err
}

// Failed notes why a link was not sent, and when the next attempt is; the zero time: never.
func Failed(ctx context.Context, q db.Queries, id, reason string, next time.Time) error {
	state := lead.SendDue
	if next.IsZero() {
		state = lead.SendFailed
	}
	_, err := q.ExecContext(ctx, markFailed, reason, table.Millis(&next), state, id)
	return err
}

// StopSending leaves a link out of Due.
func StopSending(ctx context.Context, q db.Queries, id string) error {
	_, err := q.ExecContext(ctx, stopSending, id)
	return err
}

// Accept uses a link up, and is false when it was answered or replaced before, or is over.
func Accept(ctx context.Context, q db.Queries, id string, at time.Time) (bool, error) {
	return changed(q.ExecContext(ctx, accept, at.UnixMilli(), id))
}

// Decline is Accept for an answer that does not agree.
func Decline(ctx context.Context, q db.Queries, id string, at time.Time) (bool, error) {
	return changed(q.ExecContext(ctx, decline, at.UnixMilli(), id))
}

func changed(result sql.Result, err error) (bool, error) {
	n, err := table.Affected(result, err)
	return n == 1, err
}

// TakeGuess counts a code that is typed in the minute, by anybody and in any process, and is false when the limit leaves no room
// for it. Others who type one wait until the transaction has ended.
func TakeGuess(ctx context.Context, q db.Queries, at time.Time, limit int) (bool, error) {
	return changed(q.ExecContext(ctx, takeGuess, minute(at), limit))
}

// ReturnGuess takes back the count of a code that was right.
func ReturnGuess(ctx context.Context, q db.Queries, at time.Time) error {
	_, err := q.ExecContext(ctx, returnGuess, minute(at))
	return err
}

// ForgetGuesses deletes the counts of earlier minutes.
func ForgetGuesses(ctx context.Context, q db.Queries, at time.Time) error {
	_, err := q.ExecContext(ctx, oldGuesses, minute(at))
	return err
}

func minute(at time.Time) int64 { return at.Unix() / 60 }

// Pages is the owner of the pages of a link.
func Pages(id string) string { return "handoff/" + id }

// DeletePages deletes the pages of a link that its lead has not agreed on.
func DeletePages(ctx context.Context, q db.Queries, l lead.PartnerID, id string) error {
	for _, statement := range []string{
		"delete from page_private where page_id in (select id from shown_page where draft = $1 and id not in (select page_id from lead where id = $2))",
		"delete from shown_page where draft = $1 and id not in (select page_id from lead where id = $2)",
	} {
		if _, err := q.ExecContext(ctx, statement, Pages(id), l); err != nil {
			return err
		}
	}
	return nil
}

// DropOf deletes the links of a lead, with their pages.
func DropOf(ctx context.Context, q db.Queries, l lead.PartnerID) error {
	ids, err := table.Texts(ctx, q, "delete from handoff where lead_id = $1 returning id", l)
	for _, id := range ids {
		err = errors.Join(err, DeletePages(ctx, q, l, id))
	}
	return err
}

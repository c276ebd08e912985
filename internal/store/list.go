package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/leadtable"
)

// List is a list of leads that a person looks at.
type List string

// The lists. Each is ordered by when its leads came onto it, the oldest first.
const (
	Received   = List(lead.Received)
	Suspect    = List(lead.Suspect)
	Sending    = List(lead.Sending)
	Created    = List(lead.Created)
	Submitting = List(lead.Submitting)
	Submitted  = List(lead.Submitted)
	Refused    = List(lead.Refused)
	InDoubt    = List(lead.InDoubt)
	Parked     = List(lead.Parked)
	Closed     = List(lead.Closed)

	NotFinal List = "not_final" // Alleviate has had it for a day and gave no final result
	Stuck    List = "stuck"     // no claim will take it, or it is overdue
	Changed  List = "changed"   // closed without a result, and Alleviate has one since
	Tell     List = "tell"      // ended here; its API can neither cancel nor delete, so a person tells Alleviate
)

const (
	notFinalAfter = 24 * time.Hour
	changedFor    = 60 * 24 * time.Hour // looks end after 30
	leaseOverBy   = 10 * time.Minute    // every process looks for them every 15 seconds
	dueFor        = time.Hour
)

// Each list is one query, and reads its page from an index of its own: behind the time $1 and the id $2, up to $3
// leads, and none that came onto the list after $4.
const (
	summaryColumns = `id, language, certificate_id, status, hold, step, next_attempt_at, attempt, lease_until, doubt_since, reason, result_code, submit_status,
		received_at, changed_at, erased_at, ` + leadtable.AgentColumns

	// lastDisposition is beside them in the lists that agents read.
	lastDisposition = ", coalesce((select kind from disposition where disposition.lead_id = lead.id order by at desc, id desc limit 1), 0) as disposition"

	listByChange = "select " + summaryColumns + ", changed_at as listed_at from lead where "
	pageByChange = " and (changed_at, id) > ($1, $2) and changed_at <= $4 order by changed_at, id limit $3"

	notFinal   = "result_code in (0, 1000, 1001, 9999)" // as lead.Final says
	unfinished = "status = 'created' and (step <> '' or " + notFinal + ")"

	listReceived = "select " + summaryColumns + `, received_at as listed_at from lead where status = 'received'
		and (received_at, id) > ($1, $2) and received_at <= $4 order by received_at, id limit $3`
	listNotFinal = listByChange + unfinished + " and " + notFinal + pageByChange
	listChanged  = listByChange + "status = 'closed' and reason like '" + lead.ChangedLate + "%'" + pageByChange
	listTell     = "select " + summaryColumns + `, tell_since as listed_at from lead where tell_since is not null and told_at is null
		and (tell_since, id) > ($1, $2) and tell_since <= $4 order by tell_since, id limit $3`
)

// listByStatus lists the leads that have a status; the condition on others is that of the index.
func listByStatus(status List) string {
	return listByChange + "status <> 'received' and status = '" + string(status) + "'" + pageByChange
}

// listed is how a list is read: which leads came onto it too short or too long ago.
type listed struct {
	query string
	young time.Duration
	old   time.Duration // 0: none is too old
}

var listQueries = func() map[List]listed {
	lists := map[List]listed{
		Received: {query: listReceived}, Tell: {query: listTell},
		NotFinal: {query: listNotFinal, young: notFinalAfter},
		Changed:  {query: listChanged, old: changedFor},
	}
	for _, status := range []List{Suspect, Sending, Created, Submitting, Submitted, Refused, InDoubt, Parked, Closed} {
		lists[status] = listed{query: listByStatus(status)}
	}
	return lists
}()

// Leads returns a page of a list. The next page is that behind the cursor of the last lead.
func (s *Store) Leads(ctx context.Context, list List, page lead.Page) (leads []lead.Summary, err error) {
	if list == Stuck {
		return s.Orphans(ctx, true, page)
	}
	defer db.Wrap(&err, "list leads")
	how, known := listQueries[list]
	if !known {
		return nil, fmt.Errorf("there is no list %q: there are %q and %q", list, slices.Sorted(maps.Keys(listQueries)), Stuck)
	}
	after, until := page.After, leadtable.FarFuture
	if how.young > 0 {
		until = s.leads.Now().Add(-how.young)
	}
	if begins := s.leads.Now().Add(time.Millisecond - how.old); how.old > 0 && after.At.Before(begins) {
		after = lead.Cursor{At: begins}
	}
	return s.summaries(ctx, how.query, startOf(after), after.ID, page.Size, until.UnixMilli())
}

// startOf is the time of a cursor; that of the zero value is before every lead's.
func startOf(c lead.Cursor) int64 {
	if c.At.IsZero() {
		return -1
	}
	return c.At.UnixMilli()
}

func (s *Store) summaries(ctx context.Context, query string, args ...any) ([]lead.Summary, error) {
	rows, err := leadtable.Columns.All(ctx, s.leads.Engine.Reader(), query, args...)
	var list []lead.Summary
	for _, r := range rows {
		summary := r.Summary()
		summary.ListedAt, summary.SamePhone, summary.SameEmail, summary.Disposition = r.ListedAt, r.SamePhone, r.SameEmail, r.Disposition
		list = append(list, summary)
	}
	return list, err
}

// Leads that nothing should hold: their lease was over at $4, no claim looks for them where they stand, or they
// were due at $5. Each kind is read in the order of its index.
const (
	pageByDue   = " and (next_attempt_at, id) > ($1, $2) and next_attempt_at <= $5 order by next_attempt_at, id limit $3"
	listOverdue = "select " + summaryColumns + ", next_attempt_at as listed_at from lead where " + claimable + " and "
	unclaimable = `lease_until is null and (status in ('sending', 'submitting')
		or status = 'received' and hold = '' and (step <> 'send' or next_attempt_at is null)
		or status = 'created' and hold = '' and (step = '' and ` + notFinal + `
			or step <> '' and (step not in ('submit', 'look') or next_attempt_at is null)))`
	listOrphans = "select * from (select * from (select " + summaryColumns + `, lease_until as listed_at from lead
			where lease_until is not null and lease_until <= $4 and (lease_until, id) > ($1, $2) order by lease_until, id limit $3) as leased
		union all select * from (` + listByChange + unclaimable + ` and (changed_at, id) > ($1, $2) order by changed_at, id limit $3) as unclaimable
		union all select * from (` + listOverdue + "step = 'send' and status = 'received'" + pageByDue + `) as unsent
		union all select * from (` + listOverdue + "step = 'submit' and status = 'created'" + pageByDue + `) as unsubmitted
		union all select * from (` + listOverdue + "step = 'look' and status = 'created'" + pageByDue + `) as unlooked
		) as orphans order by listed_at, id limit $3`
)

// Orphans returns a page of the leads that are stuck although nothing should hold them: their lease is
// over by ten minutes, or no claim looks for them where they stand. While delivery is open, and its
// pace not used up, also those that are due for an hour.
func (s *Store) Orphans(ctx context.Context, open bool, page lead.Page) (leads []lead.Summary, err error) {
	defer db.Wrap(&err, "list orphans")
	now := s.leads.Now()
	sh, err := s.mlas.Read(ctx)
	if err != nil {
		return nil, err
	}
	due := time.UnixMilli(0)
	if room, _ := s.mlas.Pace.Room(sh.FreeAt, now); open && room > 0 && sh.HaltedAt.IsZero() {
		due = now.Add(-dueFor)
	}
	return s.summaries(ctx, listOrphans, startOf(page.After), page.After.ID, page.Size, now.Add(-leaseOverBy).UnixMilli(), due.UnixMilli())
}

// Package draft keeps the forms that people begin to fill in, until their time is over.
package draft

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"intake/internal/lead"
	"intake/internal/store/agent"
	"intake/internal/store/db"
	"intake/internal/store/leadtable"
	"intake/internal/store/table"
)

// Sealed values of a draft are bound to its id, which no lead has, and to "draft." and their column.
const Place = "draft."

// draftRow is a row of the table draft, and the last lead that it became.
type draftRow struct {
	lead.Draft
	id                 string
	changes            int
	agentID            int64
	typed, ssn, origin []byte // sealed
	handle             []byte // sealed, of an agent's draft alone
	returnID           []byte // what the token of the return link is made of
	leadID             lead.PartnerID
	leadRequest        int
	leadVersion        int
}

var draftTable = table.Of[draftRow]{
	"id":            func(r *draftRow) any { return &r.id },
	"changes":       func(r *draftRow) any { return &r.changes },
	"request":       func(r *draftRow) any { return &r.Request },
	"shown_at":      func(r *draftRow) any { return table.Millis(&r.ShownAt) },
	"language":      func(r *draftRow) any { return &r.Language },
	"started_at":    func(r *draftRow) any { return table.Millis(&r.StartedAt) },
	"expires_at":    func(r *draftRow) any { return table.Millis(&r.ExpiresAt) },
	"ssn_until":     func(r *draftRow) any { return table.Millis(&r.SSNUntil) },
	"version":       func(r *draftRow) any { return &r.Version },
	"typed":         func(r *draftRow) any { return &r.typed },
	"ssn":           func(r *draftRow) any { return &r.ssn },
	"origin":        func(r *draftRow) any { return &r.origin },
	"handle":        func(r *draftRow) any { return &r.handle },
	"return_id":     func(r *draftRow) any { return &r.returnID },
	"return_until":  func(r *draftRow) any { return table.Millis(&r.ReturnUntil) },
	"agent_id":      func(r *draftRow) any { return &r.agentID },
	"agent_key":     func(r *draftRow) any { return &r.Agent },
	"lead_id":       func(r *draftRow) any { return &r.leadID },
	"lead_request":  func(r *draftRow) any { return &r.leadRequest },
	"draft_version": func(r *draftRow) any { return &r.leadVersion },
	"received_at":   func(r *draftRow) any { return table.Millis(&r.Sent.ReceivedAt) },
}

// sealedDraft are the sealed columns, with what they hold.
func (r *draftRow) sealed() []sealedColumn {
	return []sealedColumn{
		{leadtable.Private("typed", &r.Typed), &r.typed}, {leadtable.Private("ssn", &r.SSN), &r.ssn}, {leadtable.Origin(&r.Origin), &r.origin},
	}
}

// sealedColumn is a column that holds one value, sealed by the primary key itself.
type sealedColumn struct {
	lead.Answer
	value *[]byte
}

var (
	insertDraft = table.Named(`insert into draft (id, request, shown_at, language, started_at, expires_at, ssn_until, version, agent_id, typed, ssn, origin, handle, return_id, return_until)
		values (:id, :request, :shown_at, :language, :started_at, :expires_at, :ssn_until, :version, :agent_id, :typed, :ssn, :origin, :handle, :return_id, :return_until)`)
	updateDraft = table.Named(`update draft set changes = changes + 1, request = :request, shown_at = :shown_at, language = :language,
		expires_at = :expires_at, ssn_until = :ssn_until, version = :version, typed = :typed, ssn = :ssn, origin = :origin,
		return_id = :return_id, return_until = :return_until
		where id = :id and changes = :changes`)
)

// draftColumns are also those of the last lead that the draft became.
const draftColumns = `select draft.id, changes, draft.request, shown_at, draft.language, started_at, expires_at, ssn_until, version, typed, draft.ssn, origin,
		return_id, return_until,
		case when draft.agent_id = 0 then '' else (select key from agent where agent.id = draft.agent_id) end as agent_key,
		coalesce(lead.id, '') as lead_id, coalesce(lead.request, 0) as lead_request, coalesce(lead.draft_version, 0) as draft_version, lead.received_at
	from draft left join lead on lead.id = (select id from lead where draft_id = draft.id order by request desc limit 1)
	where `

const (
	selectDraft    = draftColumns + "draft.id = $1 and expires_at > $2"
	selectByReturn = draftColumns + "return_id = $1 and return_until > $2 and expires_at > $2"
)

// Drafts is the part of the store with the forms that people begin to fill in.
type Drafts struct {
	*leadtable.Table
	agents *agent.Agents
}

// New returns the drafts of a database.
func New(t *leadtable.Table, agents *agent.Agents) *Drafts { return &Drafts{t, agents} }

// StartDraft keeps a form that somebody begins to fill in. Times that it leaves open are filled in:
// it starts now and is kept for lead.DraftKept, its Social Security number for lead.DraftSSNKept. It
// is durable before StartDraft returns, which goes on when ctx ends.
func (s *Drafts) StartDraft(ctx context.Context, d lead.Draft) error {
	if d.Handle.Reveal() == "" || d.Request < 1 {
		return errors.New("start draft: it needs a handle and the number of its request")
	}
	now := s.Now()
	if d.StartedAt.IsZero() {
		d.StartedAt = now
	}
	if d.ExpiresAt.IsZero() {
		d.ExpiresAt = now.Add(lead.DraftKept)
	}
	limitSSN(&d, lead.Draft{}, now)
	r := draftRow{Draft: d}
	s.setReturn(&r, time.Time{})
	err := s.sealDraft(&r)
	if err == nil {
		err = s.setAgent(ctx, &r)
	}
	if err == nil {
		_, err = db.Write(ctx, s.Engine, db.AcceptLimit, func(ctx context.Context, q db.Queries) (sql.Result, error) {
			return draftTable.Exec(ctx, q, insertDraft, &r)
		})
	}
	if err != nil {
		return fmt.Errorf("start draft: %w", err)
	}
	return nil
}

func (s *Drafts) sealDraft(r *draftRow) error {
	_ = s.Keys.Refresh() // as in Save
	r.id = s.DraftID(r.Handle.Reveal())
	for _, column := range r.sealed() {
		text, given := column.Text()
		if !given {
			*column.value = nil
			continue
		}
		sealed, err := s.Keys.Seal([]byte(text), r.id, Place+column.Name)
		if err != nil {
			return err
		}
		*column.value = sealed
	}
	return nil
}

// FindDraft returns the draft that the handle names, or lead.ErrNotFound when there is none or its
// time is over. A Social Security number whose time is over is not returned, even while it is still
// to be erased.
func (s *Drafts) FindDraft(ctx context.Context, handle string) (lead.Draft, error) {
	r, err := s.readDraft(ctx, handle)
	if err != nil {
		return lead.Draft{}, fmt.Errorf("find draft: %w", db.Clean(err))
	}
	return r.Draft, nil
}

func (s *Drafts) readDraft(ctx context.Context, handle string) (draftRow, error) {
	now := s.Now()
	r, err := draftTable.One(ctx, s.Engine.Reader(), selectDraft, s.DraftID(handle), now.UnixMilli())
	if err == nil {
		r.Handle = lead.Keep(handle)
		err = s.openDraft(&r, now)
	}
	return r, noDraft(err)
}

// openDraft opens what is sealed, and leaves out what is over at a time.
func (s *Drafts) openDraft(r *draftRow, now time.Time) error {
	if !now.Before(r.SSNUntil) {
		r.SSNUntil, r.ssn = time.Time{}, nil
	}
	if !now.Before(r.ReturnUntil) {
		r.ReturnUntil = time.Time{}
	}
	s.setReturn(r, r.ReturnUntil)
	for _, column := range r.sealed() {
		if err := s.openColumn(column, r.id, Place); err != nil {
			return err
		}
	}
	s.setSent(r)
	return nil
}

func noDraft(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return lead.ErrNotFound
	}
	return err
}

// setSent fills in what follows from the last lead that the draft became, if it became any.
func (s *Drafts) setSent(r *draftRow) {
	if r.leadID == "" {
		return
	}
	r.Sent.ID, r.Sent.Handle = r.leadID, s.HandleOf(r.leadID)
	r.Changed = r.leadRequest < r.Request || r.leadVersion < r.Version
}

// openColumn sets the value of a column. A null leaves it as it is.
func (s *Drafts) openColumn(column sealedColumn, id, place string) error {
	if *column.value == nil {
		return nil
	}
	plain, err := s.Keys.Open(*column.value, id, place+column.Name)
	if err != nil {
		return err
	}
	return column.Set(string(plain))
}

// ChangeDraft replaces the draft by what change makes of it and returns that. No two changes lose
// each other's work: a draft that somebody changed in between is read and changed again, so change
// must do nothing but change its argument. It does not run in the writer's transaction, where it
// would keep everybody else waiting.
//
// Each change keeps the draft for lead.DraftKept from now, and a Social Security number that was not
// there before for lead.DraftSSNKept. Another ReturnUntil makes another return link. Handle, Agent and StartedAt stay; Version, Sent and Changed follow from what
// was changed and saved. No such draft, or none any more, is lead.ErrNotFound. ChangeDraft goes on when ctx
// ends.
func (s *Drafts) ChangeDraft(ctx context.Context, handle string, change func(*lead.Draft)) (lead.Draft, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), db.AcceptLimit)
	defer cancel()
	for {
		before, err := s.readDraft(ctx, handle)
		if err != nil {
			return lead.Draft{}, fmt.Errorf("change draft: %w", db.Clean(err))
		}
		next := before
		change(&next.Draft)
		s.completeChange(&next.Draft, before.Draft)
		s.setReturn(&next, before.ReturnUntil)
		s.setSent(&next)
		if err := s.sealDraft(&next); err != nil {
			return lead.Draft{}, fmt.Errorf("change draft: %w", err)
		}
		done, err := db.Write(ctx, s.Engine, db.AcceptLimit, func(ctx context.Context, q db.Queries) (int, error) {
			return table.Affected(draftTable.Exec(ctx, q, updateDraft, &next))
		})
		if err != nil {
			return lead.Draft{}, fmt.Errorf("change draft: %w", err)
		}
		if done == 1 {
			return next.Draft, nil
		}
	}
}

// completeChange fills in what follows from the difference between next and d.
func (s *Drafts) completeChange(next *lead.Draft, d lead.Draft) {
	now := s.Now()
	next.Handle, next.Agent, next.StartedAt, next.Version, next.Sent, next.Changed = d.Handle, d.Agent, d.StartedAt, d.Version, d.Sent, false
	next.ExpiresAt = table.AsStored(now.Add(lead.DraftKept))
	limitSSN(next, d, now)
	next.SSNUntil, next.ShownAt, next.ReturnUntil = table.AsStored(next.SSNUntil), table.AsStored(next.ShownAt), table.AsStored(next.ReturnUntil)
	if !next.Typed.Equal(d.Typed) || next.SSN.Given() && !next.SSN.Equal(d.SSN) {
		next.Version++
	}
}

// limitSSN gives a Social Security number the time until it is erased, and nothing else.
func limitSSN(next *lead.Draft, d lead.Draft, now time.Time) {
	until := now.Add(lead.DraftSSNKept)
	switch {
	case !next.SSN.Given():
		next.SSNUntil = time.Time{}
	case !next.SSN.Equal(d.SSN) && next.SSNUntil.Equal(d.SSNUntil), next.SSNUntil.IsZero(), next.SSNUntil.After(until):
		next.SSNUntil = until
	}
}

// draftsAtOnce is how many drafts of an agent are listed.
const draftsAtOnce = 20

const draftsOfAgent = `select id, request, shown_at, language, started_at, expires_at, version, typed, handle,
		coalesce((select id from lead where draft_id = draft.id order by request desc limit 1), '') as lead_id from draft
	where ` + agent.IsOf + ` and expires_at > $2 and not exists (select 1 from lead where draft_id = draft.id and not (` + leadtable.Awaiting + `))
	order by started_at desc, id desc limit $3`

// DraftsOfAgent returns the drafts of an agent that have become no lead, or one that awaits its consent: newest first and at most 20.
// Social Security numbers are not among what it opens.
func (s *Drafts) DraftsOfAgent(ctx context.Context, key string) ([]lead.Draft, error) {
	rows, err := draftTable.All(ctx, s.Engine.Reader(), draftsOfAgent, key, s.Now().UnixMilli(), draftsAtOnce)
	var drafts []lead.Draft
	for i := range rows {
		r := &rows[i]
		for _, column := range []sealedColumn{{leadtable.Private("typed", &r.Typed), &r.typed}, {leadtable.Private("handle", &r.Handle), &r.handle}} {
			err = errors.Join(err, s.openColumn(column, r.id, Place))
		}
		r.Agent, r.Sent.ID = key, r.leadID
		drafts = append(drafts, r.Draft)
	}
	if err != nil {
		return nil, fmt.Errorf("list the drafts of an agent: %w", db.Clean(err))
	}
	return drafts, nil
}

// setAgent completes the row of an agent's draft. Its handle is stored, sealed, since the agent has no cookie for each draft.
func (s *Drafts) setAgent(ctx context.Context, r *draftRow) (err error) {
	if r.Agent == "" {
		return nil
	}
	if r.agentID, err = s.agents.Of(ctx, lead.Agent{Key: r.Agent}); err != nil {
		return err
	}
	r.handle, err = s.Keys.Seal([]byte(r.Handle.Reveal()), r.id, Place+"handle")
	return err
}

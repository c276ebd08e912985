// Package consentlink makes, opens and answers the links with which people agree on their own phones. An acceptance is one commit
// with the consent record and the lead that it lets go.
package consentlink

import (
	"context"
	"errors"
	"strings"
	"time"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store/agent"
	"intake/internal/store/db"
	"intake/internal/store/handoff"
	"intake/internal/store/leadtable"
	"intake/internal/store/proof"
	"intake/internal/store/table"
)

// Links is the part of the store with the links with which people agree on their own phones.
type Links struct {
	*leadtable.Table
	consents *proof.Consents
	agents   *agent.Agents
}

// New returns the links of a database.
func New(t *leadtable.Table, consents *proof.Consents, agents *agent.Agents) *Links {
	return &Links{t, consents, agents}
}

// handOffRows is how long the row of a link stays after its time is over: the desk still says what became of it.
const handOffRows = 24 * time.Hour

// GuessesAMinute is how many codes that are of no link all visitors together may type in a minute.
const GuessesAMinute = 100

func (s *Links) handOffNames() handoff.Names {
	return handoff.Names{Key: s.Keys.Derive("hand-off")}
}

// StartHandOff makes a new link for a lead that may be handed off, and replaces the one that is open. The event says who made
// it. With send it is due to be sent at once. A lead that may not is lead.ErrNoHandOff, and one whose person opted out is closed: lead.ErrOptedOut. It goes on when ctx ends.
func (s *Links) StartHandOff(ctx context.Context, id lead.PartnerID, language string, asks lead.Asked, send bool, by lead.Agent) (h lead.HandOff, err error) {
	defer db.Wrap(&err, "make a link for lead %s", id)
	agentID, err := s.agents.Of(ctx, by)
	if err != nil {
		return h, err
	}
	_ = s.Keys.Refresh() // as in Save
	now := table.AsStored(s.Now())
	r := handoff.Row{AgentID: agentID, HandOff: lead.HandOff{
		ID: lead.NewName(), Lead: id, By: by, Language: language, Asks: asks, CreatedAt: now, ExpiresAt: now.Add(lead.HandOffKept),
	}}
	if send {
		r.Sending = lead.LinkSending{State: lead.SendDue, NextAt: now}
	}
	names := s.handOffNames()
	r.Secret, _, _ = names.Read(names.Token(r.ID, lead.RouteShown))
	r.Code, _ = names.CodeHash(names.Code(r.ID))
	refused, err := db.Write(ctx, s.Engine, db.AcceptLimit, func(ctx context.Context, q db.Queries) (error, error) {
		l, refused, err := s.lockForHandOff(ctx, q, id)
		if err != nil || refused != nil {
			return refused, err
		}
		if err := handoff.Add(ctx, q, r); err != nil {
			return nil, err
		}
		return nil, leadtable.AddEventBy(ctx, q, id, leadtable.Event{At: now, Event: lead.LinkMade, From: l.Status, To: l.Status, Attempt: l.Attempt}, agentID)
	})
	if err := errors.Join(refused, err); err != nil {
		return h, err
	}
	return s.named(r, lead.Lead{}, true), nil
}

// lockForHandOff locks a lead and returns in refused why its person cannot agree any more. That is no error: the lead may have
// been closed for it, which must be committed.
func (s *Links) lockForHandOff(ctx context.Context, q db.Queries, id lead.PartnerID) (r leadtable.Row, refused, err error) {
	if r, err = s.Locked(ctx, q, leadtable.SelectFacts, id); err != nil {
		return r, nil, err
	}
	now := table.AsStored(s.Now())
	if !r.MayHandOff() {
		return r, lead.ErrNoHandOff, nil
	}
	if r.AwaitsConsent() && !now.Before(r.ReceivedAt.Add(lead.ConsentWait)) {
		return r, lead.ErrNoHandOff, proof.CloseOne(ctx, q, r.Lead, now)
	}
	l, err := s.CloseIfOptedOut(ctx, q, r.Lead)
	if err == nil && l.Status != r.Status {
		refused = lead.ErrOptedOut
	}
	return r, refused, err
}

// named is the link of a row with its tokens, and what has become of it while its lead waits or does not.
func (s *Links) named(r handoff.Row, l lead.Lead, waits bool) lead.HandOff {
	h, names := r.HandOff, s.handOffNames()
	h.Now, h.Ended = table.AsStored(s.Now()), !waits
	if l.AwaitsConsent() && !h.Now.Before(l.ReceivedAt.Add(lead.ConsentWait)) {
		h.Ended = true
	}
	h.Tokens = map[lead.Route]lead.Private[string]{}
	for _, route := range lead.Routes() {
		h.Tokens[route] = lead.Keep(names.Token(h.ID, route))
	}
	h.Code = lead.Keep(names.Code(h.ID))
	return h
}

const optedOutSQL = "select count(*) from lead where id = $1 and " + leadtable.OptedOut

// withLead is the link of a row with what its lead says of it.
func (s *Links) withLead(ctx context.Context, q db.Queries, r handoff.Row) (lead.HandOff, lead.Lead, error) {
	l, err := leadtable.Facts(ctx, q, leadtable.SelectFacts, r.Lead)
	if err != nil {
		return lead.HandOff{}, l, err
	}
	var gone int
	if err := q.QueryRowContext(ctx, optedOutSQL, r.Lead).Scan(&gone); err != nil {
		return lead.HandOff{}, l, err
	}
	return s.named(r, l, l.MayHandOff() && gone == 0), l, nil
}

// HandOffOf returns the newest link of a lead, or lead.ErrNotFound.
func (s *Links) HandOffOf(ctx context.Context, id lead.PartnerID) (h lead.HandOff, err error) {
	defer db.Wrap(&err, "find the link of lead %s", id)
	r, err := handoff.Of(ctx, s.Engine.Reader(), id)
	if err != nil {
		return h, err
	}
	h, _, err = s.withLead(ctx, s.Engine.Reader(), r)
	return h, err
}

// handOffByToken finds the row of a token, which has come on the route.
func (s *Links) handOffByToken(ctx context.Context, token string) (handoff.Row, lead.Route, error) {
	_ = s.Keys.Refresh() // as in Save
	hash, route, ok := s.handOffNames().Read(token)
	if !ok {
		return handoff.Row{}, "", lead.ErrNotFound
	}
	r, err := handoff.BySecret(ctx, s.Engine.Reader(), hash)
	return r, route, err
}

// FindHandOff returns the link of a token and its lead with the answers, for the page of the person; lead.ErrNotFound when there is
// none. The lead of a link that is not open is returned without its answers.
func (s *Links) FindHandOff(ctx context.Context, token string) (h lead.HandOff, l lead.Lead, err error) {
	defer db.Wrap(&err, "find a link")
	r, _, err := s.handOffByToken(ctx, token)
	if err != nil {
		return h, l, err
	}
	if h, l, err = s.withLead(ctx, s.Engine.Reader(), r); err == nil && h.Open() {
		l, err = s.find(ctx, r.Lead)
	}
	l.Handle = lead.Keep(s.HandleOf(r.Lead))
	return h, l, err
}

// OpenHandOff notes that the page of a link was opened. Only the first time counts.
func (s *Links) OpenHandOff(ctx context.Context, h lead.HandOff) (err error) {
	if !h.OpenedAt.IsZero() {
		return nil
	}
	defer db.Wrap(&err, "note that a link was opened")
	_, err = db.Write(ctx, s.Engine, db.AcceptLimit, func(ctx context.Context, q db.Queries) (none struct{}, err error) {
		l, err := leadtable.Facts(ctx, q, leadtable.SelectFacts+s.Engine.LockRow(), h.Lead)
		if err != nil {
			return none, err
		}
		now := table.AsStored(s.Now())
		if first, err := handoff.Opened(ctx, q, h.ID, now); err != nil || !first {
			return none, err
		}
		return none, leadtable.AddEvent(ctx, q, h.Lead, leadtable.Event{At: now, Event: lead.LinkOpened, From: l.Status, To: l.Status, Attempt: l.Attempt})
	})
	return err
}

// DeclineHandOff uses a link up without a consent. The lead goes on to wait. A link that cannot be answered any more is
// lead.ErrHandOffOver.
func (s *Links) DeclineHandOff(ctx context.Context, token string) (err error) {
	defer db.Wrap(&err, "decline by a link")
	r, _, err := s.handOffByToken(ctx, token)
	if err != nil {
		return err
	}
	_, err = db.Write(ctx, s.Engine, db.AcceptLimit, func(ctx context.Context, q db.Queries) (none struct{}, err error) {
		l, err := leadtable.Facts(ctx, q, leadtable.SelectFacts+s.Engine.LockRow(), r.Lead)
		if err != nil {
			return none, err
		}
		now := table.AsStored(s.Now())
		done, err := handoff.Decline(ctx, q, r.ID, now)
		if err == nil && (!done || !l.MayHandOff()) {
			err = lead.ErrHandOffOver
		}
		if err != nil {
			return none, err
		}
		return none, leadtable.AddEvent(ctx, q, r.Lead, leadtable.Event{At: now, Event: lead.LinkDeclined, From: l.Status, To: l.Status, Attempt: l.Attempt})
	})
	return err
}

// HandOffByCode returns the token of the link that a code was read aloud for. A code that is of no open link is counted, and is
// lead.ErrNotFound; when too many were, in this minute and by anybody, even a right one is lead.ErrTooManyGuesses.
func (s *Links) HandOffByCode(ctx context.Context, typed string) (token lead.Private[string], err error) {
	defer db.Wrap(&err, "find a link by its code")
	_ = s.Keys.Refresh() // as in Save
	now, missed := s.Now(), lead.ErrNotFound
	hash, ok := s.handOffNames().CodeHash(typed)
	found, err := db.Write(ctx, s.Engine, db.AcceptLimit, func(ctx context.Context, q db.Queries) (found handoff.Row, err error) {
		missed = lead.ErrNotFound
		hasRoom, err := handoff.TakeGuess(ctx, q, now, GuessesAMinute)
		if err != nil || !hasRoom {
			missed = lead.ErrTooManyGuesses
			return found, err
		}
		if !ok {
			return found, nil
		}
		r, err := handoff.ByCode(ctx, q, hash)
		if errors.Is(err, lead.ErrNotFound) {
			return found, nil
		}
		h, _, err := s.withLead(ctx, q, r)
		if err != nil || !h.Open() {
			return found, err
		}
		return r, handoff.ReturnGuess(ctx, q, now)
	})
	if err == nil && found.ID == "" {
		err = missed
	}
	if err != nil {
		return token, err
	}
	return lead.Keep(s.handOffNames().Token(found.ID, lead.RouteCode)), nil
}

// KeepHandOffPage keeps a page that is about to be sent to whoever has the token, as KeepPage does it. A link that cannot be answered
// any more is lead.ErrHandOffOver.
func (s *Links) KeepHandOffPage(ctx context.Context, token string, p consent.Page) (err error) {
	defer db.Wrap(&err, "keep the page of a link")
	r, _, err := s.handOffByToken(ctx, token)
	if err != nil {
		return err
	}
	return s.consents.KeepPageOf(ctx, handoff.Pages(r.ID), p, func(ctx context.Context, q db.Queries) error {
		now, err := handoff.Of(ctx, q, r.Lead)
		if err == nil && (now.ID != r.ID || !s.named(now, lead.Lead{}, true).Open()) {
			err = lead.ErrHandOffOver
		}
		return err
	})
}

// ExpireHandOffs deletes the rows of links a day after their time, with the pages that nobody agreed on, and the counts of wrong
// codes. It may be interrupted and run again, also by several processes at once.
func (s *Links) ExpireHandOffs(ctx context.Context, now time.Time) (deleted int, err error) {
	defer db.Wrap(&err, "expire links")
	deleted, err = s.EraseRows(ctx, "delete from handoff where id in ("+handoff.PickOver+s.Engine.SkipLocked()+") returning id || ' ' || lead_id", now.Add(-handOffRows),
		func(ctx context.Context, q db.Queries, gone string) error {
			id, l, _ := strings.Cut(gone, " ")
			return handoff.DeletePages(ctx, q, lead.PartnerID(l), id)
		})
	if err != nil {
		return deleted, err
	}
	_, err = db.Write(ctx, s.Engine, db.CourierLimit, func(ctx context.Context, q db.Queries) (none struct{}, err error) {
		return none, handoff.ForgetGuesses(ctx, q, now)
	})
	return deleted, err
}

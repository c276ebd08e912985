package proof

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"intake/internal/audit"
	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/hashchain"
	"intake/internal/store/leadtable"
	"intake/internal/store/table"
)

const (
	// mayChange is the condition of a lead whose consent record may still be replaced: its person may agree on their own phone, before
	// createLead or before submitLead. The index lead_handoff has the same one.
	mayChange = `agent_id <> 0 and (status in ('received', 'sending', 'submitting', 'in_doubt', 'parked') or status = 'refused' and submit_status = 400
		or status = 'created' and (step <> '' or reason like '` + lead.HandOffDue + `%'))`

	// Records that may still change are not counted. The oldest is that with the smallest id.
	countUnchained = `select (select count(*) from lead_private where link is null) - (select count(*) from lead where ` + mayChange + `),
		(select received_at from lead_private cross join lead where link is null and lead.id = lead_id and not (` + mayChange + `) order by lead_id limit 1)`

	// Records behind the lead $1 that are not in the chain yet and will not change any more.
	unchainedSQL = selectEvidence + "lead_private.link is null and lead_private.lead_id > $1 and not (" + mayChange +
		") order by lead_private.lead_id limit $2"
	chainedSQL = selectEvidence + "consent_link.seq > $1 order by consent_link.seq limit $2"
	insertLink = "insert into consent_link (seq, lead_id, previous_hash, hash, digests) values ($1, $2, $3, $4, $5) on conflict (lead_id) do nothing"
)

// insertReferences adds the leads that were linked behind $1.
var insertReferences = "insert into lead_reference (reference, lead_id) select " + leadtable.ReferenceOfLead + ", lead_id from consent_link where seq > $1 on conflict do nothing"

func (s *Consents) consentChain() hashchain.Chain[evidence] {
	return hashchain.Chain[evidence]{Name: "consent records", Engine: s.Engine, Clock: s.Clock, Columns: evidenceTable, Unlinked: unchainedSQL, Linked: chainedSQL,
		LinkOf: func(e *evidence) audit.Head { return audit.Head{Seq: e.seq, Hash: e.hash} }}
}

// Chain links up to max consent records that are not in the chain yet, oldest first, 50 a commit, and
// adds their leads to lead_person and lead_reference. It returns how many it linked, and the head
// of the chain, signed. It may be interrupted and run again, also by several processes at once. A
// record whose sealed values do not open stays outside the chain, and is an error at the end.
func (s *Consents) Chain(ctx context.Context, max int) (int, consent.Head, error) {
	_ = s.Keys.Refresh() // as in Save
	linked, head, err := s.consentChain().Link(ctx, max, s.prepareLink, s.link)
	if err != nil {
		err = fmt.Errorf("chain: %w", err)
	}
	return linked, s.sign(head), err
}

// ConsentHead is the end of the chain now, signed.
func (s *Consents) ConsentHead(ctx context.Context) (consent.Head, error) {
	head, err := s.consentChain().Head(ctx)
	if err != nil {
		return consent.Head{}, fmt.Errorf("read the head of the chain: %w", err)
	}
	return s.sign(head), nil
}

func (s *Consents) sign(h audit.Head) consent.Head {
	head := consent.Head{Seq: h.Seq, Hash: h.Hash, At: h.At}
	head.Signature = s.Keys.Sign(head.Statement())
	return head
}

// prepareLink opens what is sealed and hashes it.
func (s *Consents) prepareLink(e *evidence) (id string, err error) {
	if err = e.decode(); err == nil {
		e.digests, err = s.digestsOf(e)
	}
	return string(e.ID), err
}

// link appends records to the chain. What another process linked meanwhile is left out.
func (s *Consents) link(ctx context.Context, q db.Queries, head audit.Head, records []evidence) (audit.Head, error) {
	before := head.Seq
	for _, e := range records {
		link := consent.Head{Seq: head.Seq, Hash: head.Hash}.Append(e.facts())
		digests, _ := json.Marshal(e.digests) // texts: never fails
		done, err := table.Affected(q.ExecContext(ctx, insertLink, link.Seq, e.ID, link.Previous, link.Hash, string(digests)))
		if err != nil {
			return head, err
		}
		if done == 0 {
			continue
		}
		if _, err := q.ExecContext(ctx, "update lead_private set link = $1 where lead_id = $2", link.Seq, e.ID); err != nil {
			return head, err
		}
		if _, err := q.ExecContext(ctx, leadtable.InsertPersons, e.ID); err != nil {
			return head, err
		}
		head = audit.Head{Seq: link.Seq, Hash: link.Hash}
	}
	_, err := q.ExecContext(ctx, insertReferences, before)
	return head, err
}

// Unchained tells how many consent records are not in the chain yet, and since when the oldest waits.
func (s *Consents) Unchained(ctx context.Context) (n int, oldest time.Time, err error) {
	err = s.Engine.Reader().QueryRowContext(ctx, countUnchained).Scan(&n, table.Millis(&oldest))
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("count what is not in the chain: %w", db.Clean(err))
	}
	return n, oldest, nil
}

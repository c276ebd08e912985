package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"intake/internal/consent"
	"intake/internal/lead"
	"intake/internal/store/db"
	"intake/internal/store/table"
)

// chainBatch is how many records share a commit, so that nobody waits long behind it.
const chainBatch = 50

const (
	// The oldest is that with the smallest id.
	countUnchained = `select (select count(*) from lead_private where link is null),
		(select received_at from lead where id = (select min(lead_id) from lead_private where link is null))`

	// Records behind the lead $1 that are not in the chain yet.
	unchainedSQL = evidenceColumns + "where lead_private.link is null and lead_private.lead_id > $1 order by lead_private.lead_id limit $2"

	selectConsentHead = "select seq, hash, at from consent_head where id = 1"
	insertLink        = "insert into consent_link (seq, lead_id, previous_hash, hash, digests) values ($1, $2, $3, $4, $5) on conflict (lead_id) do nothing"
	setLink           = "update lead_private set link = $1 where lead_id = $2"
	insertPersons     = "insert into lead_person (person, lead_id) select person, $1 from (" + personsOf + ") as persons where true on conflict do nothing"
)

// insertReferences adds the leads that were linked behind $1.
var insertReferences = "insert into lead_reference (reference, lead_id) select " + referenceOfLead + ", lead_id from consent_link where seq > $1 on conflict do nothing"

// Chain links up to max consent records that are not in the chain yet, oldest first, 50 a commit, and
// adds their leads to lead_person and lead_reference. It returns how many it linked, and the head
// of the chain, signed. It may be interrupted and run again, also by several processes at once. A
// record whose sealed values do not open stays outside the chain, and is an error at the end.
func (s *Store) Chain(ctx context.Context, max int) (int, consent.Head, error) {
	_ = s.keys.Refresh() // as in Save
	var linked int
	var last lead.PartnerID // where the next batch begins
	var broken error
	for linked < max && ctx.Err() == nil {
		batch, err := s.readEvidence(ctx, unchainedSQL, last, min(chainBatch, max-linked))
		if err != nil {
			return linked, consent.Head{}, fmt.Errorf("chain: %w", db.Clean(err))
		}
		if len(batch) == 0 {
			break
		}
		last = batch[len(batch)-1].ID
		links, unreadable := s.prepareLinks(batch)
		broken = errors.Join(broken, unreadable)
		n, err := db.Write(ctx, s.engine, courierLimit, func(ctx context.Context, q db.Queries) (int, error) { return s.link(ctx, q, links) })
		if err != nil {
			return linked, consent.Head{}, fmt.Errorf("chain: %w", err)
		}
		linked += n
	}
	if broken != nil {
		broken = fmt.Errorf("chain: %w", broken)
	}
	head, err := s.ConsentHead(ctx)
	return linked, head, errors.Join(broken, err)
}

// ConsentHead is the end of the chain now, signed.
func (s *Store) ConsentHead(ctx context.Context) (consent.Head, error) {
	head, err := consentHead(ctx, s.engine.Reader(), selectConsentHead)
	if err != nil {
		return head, fmt.Errorf("read the head of the chain: %w", db.Clean(err))
	}
	head.Signature = s.keys.Sign(head.Statement())
	return head, nil
}

func consentHead(ctx context.Context, q db.Queries, query string) (h consent.Head, err error) {
	err = q.QueryRowContext(ctx, query).Scan(&h.Seq, &h.Hash, table.Millis(&h.At))
	return h, err
}

// prepareLinks does what needs no transaction: it opens what is sealed and hashes it.
func (s *Store) prepareLinks(batch []evidence) (links []evidence, broken error) {
	for _, e := range batch {
		var err error
		if e.digests, err = s.digestsOf(e); err != nil {
			broken = errors.Join(broken, err)
			continue
		}
		links = append(links, e)
	}
	return links, broken
}

// link appends records to the chain. What another process linked meanwhile is left out.
func (s *Store) link(ctx context.Context, q db.Queries, links []evidence) (n int, err error) {
	head, err := consentHead(ctx, q, selectConsentHead+s.engine.LockRow())
	if err != nil {
		return 0, err
	}
	before := head.Seq
	for _, e := range links {
		link := head.Append(e.facts())
		digests, err := json.Marshal(e.digests)
		if err != nil {
			return 0, err
		}
		done, err := table.Affected(q.ExecContext(ctx, insertLink, link.Seq, e.ID, link.Previous, link.Hash, string(digests)))
		if err != nil {
			return 0, err
		}
		if done == 0 {
			continue
		}
		if _, err := q.ExecContext(ctx, setLink, link.Seq, e.ID); err != nil {
			return 0, err
		}
		if _, err := q.ExecContext(ctx, insertPersons, e.ID); err != nil {
			return 0, err
		}
		head = consent.Head{Seq: link.Seq, Hash: link.Hash, At: table.AsStored(s.now())}
	}
	if head.Seq == before {
		return 0, nil
	}
	if _, err := q.ExecContext(ctx, insertReferences, before); err != nil {
		return 0, err
	}
	_, err = q.ExecContext(ctx, "update consent_head set seq = $1, hash = $2, at = $3 where id = 1", head.Seq, head.Hash, table.Millis(&head.At))
	return int(head.Seq - before), err
}

// Unchained tells how many consent records are not in the chain yet, and since when the oldest waits.
func (s *Store) Unchained(ctx context.Context) (n int, oldest time.Time, err error) {
	err = s.engine.Reader().QueryRowContext(ctx, countUnchained).Scan(&n, table.Millis(&oldest))
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("count what is not in the chain: %w", db.Clean(err))
	}
	return n, oldest, nil
}

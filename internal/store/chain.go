package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"intake/internal/consent"
	"intake/internal/store/db"
)

// chainBatch is how many records share a commit, so that nobody waits long behind it.
const chainBatch = 100

// unchainedSQL reads records behind the place $1, $2 that are not in the chain yet.
var unchainedSQL = "select " + evidenceColumns + evidenceFrom +
	" where chain_seq is null and (consent_record.at, lead_id) > ($1, $2) order by consent_record.at, lead_id limit $3"

const (
	selectConsentHead = "select seq, hash, at from consent_head where id = 1"
	linkSQL           = "update consent_record set chain_seq = $1, previous_hash = $2, hash = $3, digests = $4, digest_salt = $5 where lead_id = $6 and chain_seq is null"
	fileSQL           = "insert into lead_person (person, lead_id) select person, $1 from (" + personsOf + ") as persons where true on conflict do nothing"
)

// Chain links up to max consent records that are not in the chain yet, oldest first, 100 a commit, and
// files their leads under the person's phones and address. It returns how many it linked, and the head
// of the chain, signed. It may be interrupted and run again, also by several processes at once. A
// record whose sealed values do not open stays outside the chain, and is an error at the end.
func (s *Store) Chain(ctx context.Context, max int) (int, consent.Head, error) {
	_ = s.keys.Refresh() // as in Save
	var linked int
	var last evidence // where the next batch begins
	var broken error
	for linked < max && ctx.Err() == nil {
		batch, err := s.readEvidence(ctx, unchainedSQL, last.record.At.UnixMilli(), last.lead, min(chainBatch, max-linked))
		if err != nil {
			return linked, consent.Head{}, fmt.Errorf("chain: %w", db.Clean(err))
		}
		if len(batch) == 0 {
			break
		}
		last = batch[len(batch)-1]
		links, unreadable := s.prepareLinks(batch)
		broken = errors.Join(broken, unreadable)
		n, err := write(ctx, s, courierLimit, func(ctx context.Context, q db.Queries) (int, error) { return s.link(ctx, q, links) })
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
	err = q.QueryRowContext(ctx, query).Scan(&h.Seq, &h.Hash, millis{&h.At})
	return h, err
}

// unlinked is a record on its way into the chain.
type unlinked struct {
	evidence
	digests string
	salt    []byte // sealed
}

// prepareLinks does what needs no transaction: it opens what is sealed and hashes it.
func (s *Store) prepareLinks(batch []evidence) (links []unlinked, broken error) {
	for _, e := range batch {
		link, err := s.prepareLink(e)
		if err != nil {
			broken = errors.Join(broken, err)
			continue
		}
		links = append(links, link)
	}
	return links, broken
}

func (s *Store) prepareLink(e evidence) (unlinked, error) {
	salt := make([]byte, saltBytes)
	_, _ = rand.Read(salt) // never fails: it ends the program instead
	sealed, err := s.keys.Seal(salt, string(e.lead), consentPlace+"digest_salt")
	if err != nil {
		return unlinked{}, err
	}
	if e.digests, err = s.digestsOf(e, salt); err != nil {
		return unlinked{}, err
	}
	text, err := json.Marshal(e.digests)
	if err != nil {
		return unlinked{}, err
	}
	return unlinked{e, string(text), sealed}, nil
}

// link appends records to the chain. What another process linked meanwhile is left out.
func (s *Store) link(ctx context.Context, q db.Queries, links []unlinked) (n int, err error) {
	head, err := consentHead(ctx, q, selectConsentHead+s.engine.LockRow())
	if err != nil {
		return 0, err
	}
	begun := head.Seq
	for _, u := range links {
		link := head.Append(u.facts())
		done, err := affected(q.ExecContext(ctx, linkSQL, link.Seq, link.Previous, link.Hash, u.digests, u.salt, u.lead))
		if err != nil {
			return 0, err
		}
		if done == 0 {
			continue
		}
		if _, err := q.ExecContext(ctx, fileSQL, u.lead); err != nil {
			return 0, err
		}
		head = consent.Head{Seq: link.Seq, Hash: link.Hash, At: stored(s.now())}
	}
	if head.Seq == begun {
		return 0, nil
	}
	_, err = q.ExecContext(ctx, "update consent_head set seq = $1, hash = $2, at = $3 where id = 1", head.Seq, head.Hash, millis{&head.At})
	return int(head.Seq - begun), err
}

// Unchained tells how many consent records are not in the chain yet, and since when the oldest waits.
func (s *Store) Unchained(ctx context.Context) (n int, oldest time.Time, err error) {
	err = s.engine.Reader().QueryRowContext(ctx, "select count(*), min(at) from consent_record where chain_seq is null").Scan(&n, millis{&oldest})
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("count what is not in the chain: %w", db.Clean(err))
	}
	return n, oldest, nil
}

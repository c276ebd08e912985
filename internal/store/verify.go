package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"intake/internal/audit"
	"intake/internal/consent"
	"intake/internal/seal"
	"intake/internal/store/db"
)

// chainPage is how many records a check of the chain reads at once.
const chainPage = 500

// ChainReport says what VerifyChain found to be as it was written.
type ChainReport struct {
	Head      consent.Head // signed
	Linked    int          // records in the chain
	Erased    int          // of those whose sealed evidence is erased: their salted hashes alone are left
	Pages     int          // that were put together and are as they were shown, or as they are kept
	Unchained int          // records that are not in the chain yet
	Oldest    time.Time    // of those; zero when there are none
}

// VerifyChain walks the whole chain and holds every record against its link: what is in clear, what is
// sealed by its salted hash, and the page that was accepted, put together. An audit.ErrBroken names the
// first record that is missing or not as it was written; any other error says nothing about the chain.
func (s *Store) VerifyChain(ctx context.Context) (ChainReport, error) {
	return s.verifyChain(ctx, nil)
}

// VerifyConsent is VerifyChain for whoever watches several chains. With a hash that a head had before, it also misses
// an end that was cut off and forged anew.
func (s *Store) VerifyConsent(ctx context.Context, known []byte) (audit.Report, error) {
	report, err := s.verifyChain(ctx, known)
	return audit.Report{Head: audit.Head{Seq: report.Head.Seq, Hash: report.Head.Hash}, Unlinked: report.Unchained, Oldest: report.Oldest}, err
}

func (s *Store) verifyChain(ctx context.Context, known []byte) (report ChainReport, err error) {
	found := known == nil
	for walked, done := (consent.Head{}), false; !done; {
		list, err := s.readEvidence(ctx, chainedSQL, walked.Seq, chainPage)
		if err != nil {
			return report, fmt.Errorf("verify the consent records: %w", db.Clean(err))
		}
		for _, e := range list {
			if walked, err = s.verifyLink(ctx, walked, e, &report); err != nil {
				return report, fmt.Errorf("consent record of lead %s: %w", e.ID, db.Clean(err))
			}
			report.Head = walked
			found = found || bytes.Equal(walked.Hash, known)
		}
		if len(list) == chainPage {
			continue
		}
		if done, err = s.atChainEnd(ctx, walked, &report); err != nil {
			return report, err
		}
	}
	if !found {
		return report, audit.Broken("the consent records do not hold the link that was their head before")
	}
	report.Unchained, report.Oldest, err = s.Unchained(ctx)
	return report, err
}

// atChainEnd compares what was walked with the head that stands beside the chain; it is false when more
// was linked meanwhile.
func (s *Store) atChainEnd(ctx context.Context, walked consent.Head, report *ChainReport) (bool, error) {
	head, err := s.ConsentHead(ctx)
	if err != nil {
		return false, err
	}
	if head.Seq == walked.Seq && bytes.Equal(head.Hash, walked.Hash) {
		report.Head = head
		return true, nil
	}
	var more int
	err = s.engine.Reader().QueryRowContext(ctx, "select count(*) from consent_link where seq > $1", walked.Seq).Scan(&more)
	if err != nil {
		return false, fmt.Errorf("verify the consent records: %w", db.Clean(err))
	}
	if more == 0 {
		return false, audit.Broken("the consent records end with link %d and should end with %d", walked.Seq, head.Seq)
	}
	return false, nil
}

// verifyLink verifies a record. One that does not verify is read once more: it may have been erased
// between the reading of itself and of its page.
func (s *Store) verifyLink(ctx context.Context, head consent.Head, e evidence, report *ChainReport) (consent.Head, error) {
	next, err := head.Follow(consent.Link{Seq: e.seq, Facts: e.facts(), Previous: e.previous, Hash: e.hash})
	if err != nil {
		return head, audit.Broken("%w", err)
	}
	before := *report
	if err = s.verifyEvidence(ctx, e, report); errors.Is(err, audit.ErrBroken) {
		again, readErr := s.readEvidence(ctx, evidenceSQL, e.ID)
		if readErr != nil {
			return head, readErr
		}
		if len(again) == 1 {
			*report = before
			err = s.verifyEvidence(ctx, again[0], report)
		}
	}
	report.Linked++
	return next, err
}

// verifyEvidence holds what is sealed against the digests of the link.
func (s *Store) verifyEvidence(ctx context.Context, e evidence, report *ChainReport) error {
	if e.evidenceKey == nil {
		report.Erased++
		return s.verifyErased(ctx, e)
	}
	digests, err := s.digestsOf(e)
	if err != nil {
		return audit.Broken("%w", err)
	}
	if !maps.Equal(digests, e.digests) {
		return audit.Broken("%v: not as it was written", differing(digests, e.digests))
	}
	if e.page.id == "" {
		return nil
	}
	if _, err := s.assemble(ctx, e.page); err != nil {
		return fmt.Errorf("its page: %w", err)
	}
	report.Pages++
	return nil
}

// differing names what has another digest.
func differing(a, b map[string]string) []string {
	var names []string
	for _, name := range append(slices.Clone(linkedDigests), zoneDigest) {
		if a[name] != b[name] {
			names = append(names, name)
		}
	}
	return names
}

// verifyErased sees that nothing is left that nobody could verify, and that the history tells of the
// erasure.
func (s *Store) verifyErased(ctx context.Context, e evidence) error {
	if e.evidence != nil || e.page.wordsKey != nil || e.page.kept.Valid {
		return audit.Broken("the key is gone although not everything was erased")
	}
	events, err := selectEvents(ctx, s.engine.Reader(), e.ID)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(events, func(e Event) bool { return e.Event == EvidenceErased }) {
		return audit.Broken("its evidence is gone, and the history tells of no erasure")
	}
	return nil
}

// Signed says whether our key signed a head.
func (s *Store) Signed(head consent.Head) bool {
	return seal.Verify(s.keys.Public(), head.Statement(), head.Signature)
}

// Holds says whether the chain still has a head that was written down outside the database, and our key
// signed it. A chain that was cut off and forged anew, or that came from an older
// backup, does not.
func (s *Store) Holds(ctx context.Context, known consent.Head) (bool, error) {
	if !s.Signed(known) {
		return false, nil
	}
	var n int
	err := s.engine.Reader().QueryRowContext(ctx, "select count(*) from consent_link where seq = $1 and hash = $2", known.Seq, known.Hash).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("look for the head in the chain: %w", db.Clean(err))
	}
	return n == 1, nil
}

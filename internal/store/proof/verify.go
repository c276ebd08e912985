package proof

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"intake/internal/audit"
	"intake/internal/consent"
	"intake/internal/seal"
	"intake/internal/store/db"
	"intake/internal/store/leadtable"
)

// ChainReport says what VerifyChain found to be as it was written.
type ChainReport struct {
	Head      consent.Head // signed
	Linked    int          // records in the chain
	Erased    int          // of those whose sealed evidence is erased: their salted hashes alone are left
	Pages     int          // that were put together and are as they were shown, or as they are kept
	Unchained int          // records that are not in the chain yet
	Oldest    time.Time    // of those; zero when there are none
}

// follow verifies a record behind the head and returns the next head.
type follow = func(audit.Head, *evidence) (audit.Head, error)

// VerifyChain walks the whole chain and holds every record against its link: what is in clear, what is
// sealed by its salted hash, and the page that was accepted, put together. An audit.ErrBroken names the
// first record that is missing or not as it was written; any other error says nothing about the chain.
func (s *Consents) VerifyChain(ctx context.Context) (ChainReport, error) {
	return s.verifyChain(ctx, func(f follow) (audit.Head, error) { return s.consentChain().Walk(ctx, nil, f) })
}

// VerifyConsent is VerifyChain for whoever watches several chains. With a hash that a head had before, it also misses
// an end that was cut off and forged anew.
func (s *Consents) VerifyConsent(ctx context.Context, known []byte) (audit.Report, error) {
	return short(s.verifyChain(ctx, func(f follow) (audit.Head, error) { return s.consentChain().Walk(ctx, known, f) }))
}

// VerifyConsentTail is VerifyConsent for the last links alone. known is a head that the chain had before, or the zero head.
func (s *Consents) VerifyConsentTail(ctx context.Context, known audit.Head) (audit.Report, error) {
	return short(s.verifyChain(ctx, func(f follow) (audit.Head, error) { return s.consentChain().WalkTail(ctx, known, f) }))
}

func short(r ChainReport, err error) (audit.Report, error) {
	return audit.Report{Head: audit.Head{Seq: r.Head.Seq, Hash: r.Head.Hash}, Unlinked: r.Unchained, Oldest: r.Oldest}, err
}

func (s *Consents) verifyChain(ctx context.Context, walk func(follow) (audit.Head, error)) (report ChainReport, err error) {
	walked, err := walk(func(head audit.Head, e *evidence) (audit.Head, error) {
		next, err := s.verifyRecord(ctx, head, e, &report)
		if err != nil {
			return head, fmt.Errorf("lead %s: %w", e.ID, db.Clean(err))
		}
		report.Linked++
		return next, nil
	})
	report.Head = s.sign(walked)
	if err != nil {
		return report, fmt.Errorf("verify the consent records: %w", err)
	}
	report.Unchained, report.Oldest, err = s.Unchained(ctx)
	return report, err
}

// verifyRecord holds a record against its link, and returns the head behind it.
func (s *Consents) verifyRecord(ctx context.Context, head audit.Head, e *evidence, report *ChainReport) (audit.Head, error) {
	if err := e.decode(); err != nil {
		return head, err
	}
	next, err := consent.Head{Seq: head.Seq, Hash: head.Hash}.Follow(e.link())
	if err != nil {
		return head, audit.Broken("%w", err)
	}
	return audit.Head{Seq: next.Seq, Hash: next.Hash}, s.verifyEvidence(ctx, e, report)
}

// verifyEvidence holds what is sealed against the digests of the link.
func (s *Consents) verifyEvidence(ctx context.Context, e *evidence, report *ChainReport) error {
	if e.EvidenceKey == nil {
		report.Erased++
		return s.verifyErased(ctx, e)
	}
	digests, err := s.digestsOf(e)
	if err != nil {
		return audit.Broken("%w", err)
	}
	if !maps.Equal(digests, e.digests) {
		differ := slices.DeleteFunc(append(slices.Clone(digestNames), callIDDigest, callAgentDigest, sentToDigest), func(name string) bool { return digests[name] == e.digests[name] })
		return audit.Broken("%v: not as it was written", differ)
	}
	if e.page.id == "" {
		return nil
	}
	if _, _, err := s.assemble(ctx, e.page); err != nil {
		return fmt.Errorf("its page: %w", err)
	}
	report.Pages++
	return nil
}

// verifyErased sees that nothing is left that nobody could verify, and that the history tells of the
// erasure.
func (s *Consents) verifyErased(ctx context.Context, e *evidence) error {
	if e.Evidence != nil || e.page.wordsKey != nil || e.page.kept.Valid {
		return audit.Broken("the key is gone although not everything was erased")
	}
	events, err := leadtable.Events(ctx, s.Engine.Reader(), e.ID)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(events, func(e leadtable.Event) bool { return e.Event == leadtable.EvidenceErased }) {
		return audit.Broken("its evidence is gone, and the history tells of no erasure")
	}
	return nil
}

// Signed says whether our key signed a head.
func (s *Consents) Signed(head consent.Head) bool {
	return seal.Verify(s.Keys.Public(), head.Statement(), head.Signature)
}

// Holds says whether the chain still has a head that was written down outside the database, and our key
// signed it. A chain that was cut off and forged anew, or that came from an older
// backup, does not.
func (s *Consents) Holds(ctx context.Context, known consent.Head) (bool, error) {
	if !s.Signed(known) {
		return false, nil
	}
	var n int
	err := s.Engine.Reader().QueryRowContext(ctx, "select count(*) from consent_link where seq = $1 and hash = $2", known.Seq, known.Hash).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("look for the head in the chain: %w", db.Clean(err))
	}
	return n == 1, nil
}

package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"intake/internal/consent"
	packets "intake/internal/evidence"
	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store"
	"intake/validation"
)

// writePacket writes what proves one lead's consent to a new file that only its owner may read. That
// somebody has seen it is in the audit log before the file has a word.
func writePacket(ctx context.Context, in invocation) error {
	flags := flag.NewFlagSet("evidence", flag.ContinueOnError)
	flags.SetOutput(in.stderr)
	path := flags.String("o", "", "the file; by default evidence-LEAD.zip")
	var who actor
	who.flags(flags)
	typed, err := parseWord(flags, in.args)
	if err != nil || typed == "" {
		return errors.Join(err, errors.New(evidenceUsage))
	}
	if err := who.check(); err != nil {
		return err
	}
	cfg, err := readConfig(in.environ)
	if err != nil {
		return err
	}
	clerk := evidenceClerk{actor: who, cfg: cfg, out: in.stdout, path: *path}
	return withStore(ctx, in, func(leads *store.Store) error {
		id, err := leadNamed(ctx, leads, typed)
		if err != nil {
			return err
		}
		clerk.path = cmp.Or(clerk.path, "evidence-"+string(id)+".zip")
		return clerk.write(ctx, leads, id)
	})
}

// evidenceClerk is what the writing of one packet needs.
type evidenceClerk struct {
	actor
	cfg  Config
	out  io.Writer
	path string
}

func (c evidenceClerk) write(ctx context.Context, leads *store.Store, id lead.PartnerID) error {
	keys, err := openKeys(c.cfg, false)
	if err != nil {
		return err
	}
	known, err := c.gather(ctx, leads, id)
	if err != nil {
		return err
	}
	packet, err := packets.Build(known, keys)
	if err != nil {
		return err
	}
	entry := c.entry(fmt.Sprintf("evidence packet %x", sha256.Sum256(packet)))
	entry.Lead = string(id)
	entry.Fields = []string{"personName", "phone", "clientIP", "userAgent", "proxyChain", "certificateURL", "page"}
	if err := writeFresh(c.path, packet, func() error { return leads.Audit(ctx, entry) }); err != nil {
		return err
	}
	c.tell(packet, keys)
	return nil
}

// gather reads all that is known of a lead's consent. The lead comes last: what was erased meanwhile is
// then a gap, and no contradiction.
func (c evidenceClerk) gather(ctx context.Context, leads *store.Store, id lead.PartnerID) (packets.Case, error) {
	texts, err := publishedTexts(c.cfg)
	if err != nil {
		return packets.Case{}, err
	}
	proof, err := leads.Proof(ctx, id)
	if err != nil {
		return packets.Case{}, err
	}
	history, err := leads.History(ctx, id)
	if err != nil {
		return packets.Case{}, err
	}
	l, err := leads.Find(ctx, id)
	if err != nil {
		return packets.Case{}, err
	}
	a := l.Applicant
	phones := []string{proof.Record.Phone.Reveal(), a.HomePhone.Reveal(), a.CellPhone.Reveal(), a.WorkPhone.Reveal()}
	optOuts, err := leads.OptOutsOf(ctx, phones, a.Email.Reveal())
	if err != nil {
		return packets.Case{}, err
	}
	known := packets.Case{
		Lead: l, Record: proof.Record, OptOuts: optOuts, Zone: validation.ZoneOf(a.ZipCode.Reveal()),
		Page: proof.Page, PageLength: proof.PageLength, PageSalt: proof.PageSalt,
		Link: proof.Link, DigestSalt: proof.DigestSalt, Head: proof.Head,
		Texts: texts, MadeAt: time.Now(), Program: version(),
	}
	known.Events, known.EvidenceErased = eventsOf(history)
	return known, nil
}

// publishedTexts are the texts in use, and then those that ship.
func publishedTexts(cfg Config) ([]fs.FS, error) {
	files, err := textFiles(string(cfg.TextsDir))
	return []fs.FS{files, consent.BuiltIn()}, err
}

// eventsOf are the answers in a history, and when the evidence was erased.
func eventsOf(history []store.Event) (answers []packets.Event, erased time.Time) {
	for _, e := range history {
		if e.Event == store.EvidenceErased {
			erased = e.At
		}
		if e.AlleviateID != "" || e.ResultCode != 0 || e.SubmitStatus != 0 {
			answers = append(answers, packets.Event{
				At: e.At, Event: e.Event, AlleviateID: e.AlleviateID, ResultCode: e.ResultCode, SubmitStatus: e.SubmitStatus, Late: e.Late,
			})
		}
	}
	return answers, erased
}

// writeFresh makes a file that was not there, lets first do its work, and puts body into the file,
// durably. After an error there is no file.
func writeFresh(path string, body []byte, first func() error) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s exists already: it is not overwritten", path)
	}
	if err != nil {
		return err
	}
	if err = first(); err == nil {
		_, err = file.Write(body)
	}
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// tell says what is in the packet, and nothing about the person.
func (c evidenceClerk) tell(packet []byte, keys *seal.Keys) {
	report, err := packets.Verify(packet, keys.Public())
	if err != nil {
		fmt.Fprintln(c.out, err) // Build has verified it
		return
	}
	fmt.Fprintf(c.out, "%s is written: %d bytes, SHA-256 %x\n", filepath.Clean(c.path), len(packet), sha256.Sum256(packet))
	showReport(c.out, report)
	fmt.Fprintf(c.out, "\nIt holds personal data. Whoever is to check it needs the public key by another way: intake keys public\n")
}

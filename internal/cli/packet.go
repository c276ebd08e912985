package cli

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"intake/internal/app"
	"intake/internal/audit"
	"intake/internal/cli/command"
	"intake/internal/config"
	"intake/internal/consent"
	"intake/internal/evidence"
	"intake/internal/evidence/packet"
	"intake/internal/evidence/verify"
	"intake/internal/lead"
	"intake/internal/seal"
	"intake/internal/store"
	"intake/internal/store/leadtable"
)

// writePacket writes what proves one lead's consent to a new file that only its owner may read. The audit
// entry is stored before the file has any content.
func writePacket(ctx context.Context, in *command.Invocation) error {
	path := in.Flags.String("o", "", "the file; by default evidence-LEAD.zip")
	var who command.Actor
	who.AddFlags(in.Flags)
	typed, err := in.ParseOperand(in.Args)
	if err != nil {
		return err
	}
	if typed == "" {
		return errors.New(evidenceUsage)
	}
	if err := who.Check(); err != nil {
		return err
	}
	return in.WithStore(ctx, func(cfg config.Config, s *store.Store) error {
		id, err := command.LeadID(ctx, s, typed)
		if err != nil {
			return err
		}
		w := packetWriter{Actor: who, cfg: cfg, out: in.Stdout, path: cmp.Or(*path, "evidence-"+string(id)+".zip")}
		return w.write(ctx, s, id)
	})
}

type packetWriter struct {
	command.Actor
	cfg  config.Config
	out  io.Writer
	path string
}

func (w packetWriter) write(ctx context.Context, s *store.Store, id lead.PartnerID) error {
	keys, err := app.OpenKeys(w.cfg, false)
	if err != nil {
		return err
	}
	look := func(ctx context.Context) ([]byte, audit.Entry, error) { return w.build(ctx, s, id, keys) }
	data, err := writeNewFile(w.path, func() ([]byte, error) { return store.Looked(ctx, s, look) })
	if err != nil {
		return err
	}
	w.report(data, keys)
	return nil
}

// build makes the packet, and the audit entry of whoever looks at it.
func (w packetWriter) build(ctx context.Context, s *store.Store, id lead.PartnerID, keys *seal.Keys) ([]byte, audit.Entry, error) {
	known, err := w.gather(ctx, s, id)
	if err != nil {
		return nil, audit.Entry{}, err
	}
	data, err := evidence.Build(known, keys)
	entry := w.Entry(fmt.Sprintf("evidence packet %x", sha256.Sum256(data)))
	entry.Lead = string(id)
	entry.Fields = []string{"personName", "phone", "clientIP", "userAgent", "proxyChain", "certificateURL", "callId", "agent", "page"}
	return data, entry, err
}

// gather reads all that is known about a lead's consent. It reads the lead last: what is erased meanwhile is then
// reported as missing, and contradicts nothing.
func (w packetWriter) gather(ctx context.Context, s *store.Store, id lead.PartnerID) (evidence.Case, error) {
	texts, err := publishedTexts(w.cfg)
	if err != nil {
		return evidence.Case{}, err
	}
	proof, err := s.Proof(ctx, id)
	if err != nil {
		return evidence.Case{}, err
	}
	history, err := s.History(ctx, id)
	if err != nil {
		return evidence.Case{}, err
	}
	l, err := s.Find(ctx, id)
	if err != nil {
		return evidence.Case{}, err
	}
	a := l.Applicant
	phones := []string{proof.Record.Phone.Reveal(), a.HomePhone.Reveal(), a.CellPhone.Reveal(), a.WorkPhone.Reveal()}
	optOuts, err := s.OptOutsOf(ctx, phones, a.Email.Reveal())
	if err != nil {
		return evidence.Case{}, err
	}
	known := evidence.Case{
		Lead: l, Record: proof.Record, OptOuts: optOuts,
		Page: proof.Page, PageLength: proof.PageLength, PageSalt: proof.PageSalt,
		Link: proof.Link, DigestSalt: proof.DigestSalt, Head: proof.Head,
		Texts: texts, MadeAt: s.Clock().Now(), Program: app.Version(),
	}
	known.Events, known.EvidenceErased = eventsOf(history)
	return known, nil
}

// publishedTexts returns the texts in use, and then the built-in ones.
func publishedTexts(cfg config.Config) ([]fs.FS, error) {
	files, err := app.TextFiles(string(cfg.TextsDir))
	return []fs.FS{files, consent.BuiltIn()}, err
}

// eventsOf returns Alleviate's answers in a history, and when the evidence was erased.
func eventsOf(history []leadtable.Event) (answers []packet.Event, erased time.Time) {
	for _, e := range history {
		if e.Event == leadtable.EvidenceErased {
			erased = e.At
		}
		if e.AlleviateID != "" || e.ResultCode != 0 || e.SubmitStatus != 0 {
			answers = append(answers, packet.Event{
				At: e.At, Event: e.Event, AlleviateID: e.AlleviateID, ResultCode: e.ResultCode, SubmitStatus: e.SubmitStatus, Late: e.Late,
			})
		}
	}
	return answers, erased
}

// writeNewFile creates a file, and then makes its body, writes it and syncs it. After an error there is no file.
func writeNewFile(path string, makeBody func() ([]byte, error)) (body []byte, err error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%s exists already: it is not overwritten", path)
	}
	if err != nil {
		return nil, err
	}
	if body, err = makeBody(); err == nil {
		_, err = file.Write(body)
	}
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return nil, errors.Join(err, os.Remove(path))
	}
	return body, nil
}

// report prints what is in the packet, and nothing about the applicant.
func (w packetWriter) report(data []byte, keys *seal.Keys) {
	report, err := verify.Packet(data, keys.Public())
	if err != nil {
		fmt.Fprintln(w.out, err) // Build has verified it
		return
	}
	fmt.Fprintf(w.out, "%s is written: %d bytes, SHA-256 %x\n", filepath.Clean(w.path), len(data), sha256.Sum256(data))
	printReport(w.out, report)
	fmt.Fprintf(w.out, "\nIt holds personal data. Whoever is to check it needs the public key by another way: intake keys public\n")
}

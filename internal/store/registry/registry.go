// Package registry lists every table and column, with how its values are sealed and when they are erased.
package registry

import (
	"slices"
	"strings"

	"intake/internal/store/disposition"
	"intake/internal/store/draft"
	"intake/internal/store/leadtable"
	"intake/internal/store/optout"
	"intake/internal/store/proof"
	"intake/internal/store/session"
	"intake/internal/store/stamp"
)

// Storage says how the values of a column are stored.
type Storage int

const (
	InClear      Storage = iota
	sealedValue          // sealed by the primary key of the key set
	wrappedKey           // a data key, sealed by the primary key
	sealedRecord         // sealed by a data key that stands in a wrappedKey Column
	blindIndex           // a keyed hash of a person's phone or e-mail address
	keyedHash            // a keyed hash of something else
)

// Erasure says who erases the values of a column, and when.
type Erasure string

const (
	Never        Erasure = ""
	WithSSN      Erasure = "Erase, when the retention of the Social Security number is over"
	WithAnswers  Erasure = "Erase, when the retention of the answers is over"
	WithEvidence Erasure = "Erase, when the retention of the evidence is over"
	withDraft    Erasure = "ExpireDrafts, with the row"
	withSession  Erasure = "ExpireSessions, with the row"
	withHandOff  Erasure = "ExpireHandOffs, with the row"
)

// Column is a column of a table in the registry.
type Column struct {
	Name    string
	Storage Storage
	Place   string // what a sealed value or a wrapped key is bound to, beside the key of its row
	Erased  Erasure
}

// Table is a table in the registry.
type Table struct {
	Name    string
	Key     string // text column by which rotations and erasures find the rows; empty: other functions do all that is to do
	Columns []Column
}

// Tables lists every table and column of the database. What a rotation seals anew and what is rewritten in PostgreSQL's
// files after an erasure follow from it. A test compares it with the migrations.
var Tables = []Table{
	{"stamp", "", columnsOf( // resealStamp seals it anew
		plain("id environment created_at checked_at database_id parted_at parted_before restored_at sent_since clock_ahead retention unscrubbed unscrubbed_since"),
		[]Column{{"key_check", sealedValue, stamp.Place, Never}})},
	{"lead", "id", columnsOf(
		plain(`seq xid id request draft_version page_id language source_id agent_id status hold step next_attempt_at attempt failures lease_owner lease_until called_until
			doubt_since resent reason alleviate_id result_code bid submit_status crm crm_record_id permits_terms permits_credit_check
			permits_marketing certificate_id written_for received_at changed_at final_at erase_due_at erased_at tell_since told_at consent`),
		[]Column{
			{"draft_id", keyedHash, "", Never},
			{"answers", sealedRecord, leadtable.AnswersClass, WithAnswers},
			{"ssn", sealedRecord, leadtable.SSNClass, WithAnswers}, // its data key goes earlier
			{"evidence", sealedRecord, leadtable.EvidenceClass, WithEvidence},
		})},
	{"lead_private", "lead_id", columnsOf(plain("lead_id link"), []Column{
		{"answers_key", wrappedKey, leadtable.AnswersClass, WithAnswers},
		{"ssn_key", wrappedKey, leadtable.SSNClass, WithSSN},
		{"evidence_key", wrappedKey, leadtable.EvidenceClass, WithEvidence},
		{"email_index", blindIndex, "", WithAnswers},
		{"home_phone_index", blindIndex, "", WithAnswers},
		{"cell_phone_index", blindIndex, "", WithAnswers},
		{"work_phone_index", blindIndex, "", WithAnswers},
	})},
	{"lead_person", "", columnsOf(plain("lead_id"), []Column{{"person", blindIndex, "", WithAnswers}})},
	{"lead_reference", "", plain("reference lead_id")},
	{"lead_event", "", plain(`seq xid lead_id at event from_status to_status attempt agent_id late reason alleviate_id result_code bid submit_status crm crm_record_id`)},
	{"consent_link", "", plain("seq lead_id previous_hash hash digests")},
	{"chain_head", "", plain("chain seq hash at")},
	{"draft", "id", columnsOf(plain("changes request shown_at language started_at expires_at ssn_until version agent_id return_until"), []Column{
		{"id", keyedHash, "", withDraft},
		{"return_id", InClear, "", withDraft}, // nothing without the keys, which make the token of it
		{"typed", sealedValue, draft.Place + "typed", withDraft},
		{"ssn", sealedValue, draft.Place + "ssn", withDraft},
		{"origin", sealedValue, draft.Place + "origin", withDraft},
		{"handle", sealedValue, draft.Place + "handle", withDraft},
	})},
	{"page_part", "", plain("sha256 bytes")},
	{"shown_page", "id", columnsOf(plain("id at language parts sheet length full_sha256"), []Column{
		{"draft", keyedHash, "", Never},
		{"words", sealedRecord, proof.PageWords, WithEvidence},
		{"answers", sealedRecord, proof.PageAnswers, WithAnswers},
	})},
	{"page_private", "page_id", columnsOf(plain("page_id"), []Column{
		{"words_key", wrappedKey, proof.PageWords, WithEvidence},
		{"answers_key", wrappedKey, proof.PageAnswers, WithAnswers},
		{"kept_sha256", InClear, "", WithEvidence},
	})},
	{"suppression", "", columnsOf(plain("since last_at channel"), []Column{{"person", blindIndex, "", Never}})}, // an opt-out outlives the lead
	{"opt_out", "id", columnsOf(plain("id at channel language"), []Column{
		{"phone_index", blindIndex, "", Never},
		{"email_index", blindIndex, "", Never},
		{"person", sealedValue, optout.Place, WithEvidence},
	})},
	{"erasure", "", plain("lead_id at")},
	{"text_version", "", plain("id version sha256 first_used_at")},
	{"delivery", "", plain("host free_at halted_at halt_reason counted_from")},
	{"delivery_mark", "", plain("node claims")},
	{"session", "id", columnsOf(plain("created_at seen_at ends_at"), []Column{
		{"id", keyedHash, "", withSession},
		{"person", keyedHash, "", withSession},
		{"data", sealedValue, session.Place, withSession},
	})},
	{"prefill_use", "", plain("id used_at ends_at")}, // ids of tokens, which hold nothing
	{"chore", "", plain("name owner lease_until done_at failed_at")},
	{"source", "", plain("id key name campaigns first_seen_at")},   // plain words that many visitors came with
	{"agent", "", plain("id key name first_seen_at last_seen_at")}, // of the staff, and not of applicants
	{"disposition", "id", columnsOf(plain("id lead_id at agent_id kind call_back_at"), []Column{{"note", sealedValue, disposition.Place, WithAnswers}})},
	{"handoff", "", columnsOf(plain("id lead_id agent_id language asks sending attempts send_reason next_at created_at expires_at opened_at accepted_at declined_at replaced_at"), []Column{
		{"secret", keyedHash, "", withHandOff},
		{"code", keyedHash, "", withHandOff},
	})},
	{"handoff_guess", "", plain("minute wrong")},
	{"hourly_leads", "", plain("hour source_id agent_id result_code status leads")},
	{"hourly_latency", "", plain("hour source_id agent_id result_code status at_most leads")},
	{"hourly_cursor", "", plain("id lead_xid lead_seq event_xid event_seq")},
	{"audit_entry", "", plain("id counter number at who action lead_id fields reason request_id sum link link_hash")},
	{"audit_counter", "", plain("id entries")},
}

// plain are columns that hold nothing of a person and are never erased.
func plain(names string) []Column {
	var list []Column
	for name := range strings.FieldsSeq(names) {
		list = append(list, Column{Name: name})
	}
	return list
}

func columnsOf(lists ...[]Column) []Column { return slices.Concat(lists...) }

// ByPrimaryKey says whether a rotation has to seal the values of the column anew.
func (c Column) ByPrimaryKey() bool { return c.Storage == sealedValue || c.Storage == wrappedKey }

// scrubbed says whether what was erased must not be left in the files: old bytes would open something or find somebody. A
// sealed record needs no scrub, because it is noise without its data key.
func (c Column) scrubbed() bool {
	return c.Erased != Never && (c.ByPrimaryKey() || c.Storage == blindIndex)
}

// Emptying are the statements that set to null what the registry says goes with any of these, in the row $1 of each table.
func Emptying(tables []string, with ...Erasure) (statements []string) {
	for _, name := range tables {
		for _, t := range Tables {
			var sets []string
			for _, c := range t.Columns {
				if t.Name == name && slices.Contains(with, c.Erased) {
					sets = append(sets, c.Name+" = null")
				}
			}
			if len(sets) > 0 {
				statements = append(statements, "update "+name+" set "+strings.Join(sets, ", ")+" where "+t.Key+" = $1")
			}
		}
	}
	return statements
}

// ToScrub are the names of the tables that old bytes may be in. Without an erasure that is the drafts alone: each
// change of one leaves what it was before.
func ToScrub(all []Table, erased bool) []string {
	wanted := Column.scrubbed
	if !erased {
		wanted = func(c Column) bool { return c.scrubbed() && c.Erased == withDraft }
	}
	var names []string
	for _, table := range all {
		if slices.ContainsFunc(table.Columns, wanted) {
			names = append(names, table.Name)
		}
	}
	return names
}

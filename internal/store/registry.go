package store

import (
	"slices"
	"strings"

	"intake/internal/store/disposition"
	"intake/internal/store/session"
)

// storage says how the values of a column are stored.
type storage int

const (
	inClear      storage = iota
	sealedValue          // sealed by the primary key of the key set
	wrappedKey           // a data key, sealed by the primary key
	sealedRecord         // sealed by a data key that stands in a wrappedKey column
	blindIndex           // a keyed hash of a person's phone or e-mail address
	keyedHash            // a keyed hash of something else
)

// erasure says who erases the values of a column, and when.
type erasure string

const (
	never        erasure = ""
	withSSN      erasure = "Erase, when the retention of the Social Security number is over"
	withAnswers  erasure = "Erase, when the retention of the answers is over"
	withEvidence erasure = "Erase, when the retention of the evidence is over"
	withDraft    erasure = "ExpireDrafts, with the row"
	withSession  erasure = "ExpireSessions, with the row"
	withHandOff  erasure = "ExpireHandOffs, with the row"
)

// column is a column of a table in the registry.
type column struct {
	name    string
	storage storage
	place   string // what a sealed value or a wrapped key is bound to, beside the key of its row
	erased  erasure
}

// registeredTable is a table in the registry.
type registeredTable struct {
	name    string
	key     string // text column by which rotations and erasures find the rows; empty: other functions do all that is to do
	columns []column
}

// registry lists every table and column of the database. What a rotation seals anew and what is rewritten in PostgreSQL's
// files after an erasure follow from it. A test compares it with the migrations.
var registry = []registeredTable{
	{"stamp", "", columnsOf( // resealStamp seals it anew
		plain("id environment created_at checked_at database_id parted_at parted_before restored_at sent_since clock_ahead retention unscrubbed unscrubbed_since"),
		[]column{{"key_check", sealedValue, stampField, never}})},
	{"lead", "id", columnsOf(
		plain(`seq xid id request draft_version page_id language source_id agent_id status hold step next_attempt_at attempt failures lease_owner lease_until called_until
			doubt_since resent reason alleviate_id result_code bid submit_status crm crm_record_id permits_terms permits_credit_check
			permits_marketing certificate_id written_for received_at changed_at final_at erase_due_at erased_at tell_since told_at consent`),
		[]column{
			{"draft_id", keyedHash, "", never},
			{"answers", sealedRecord, answersClass, withAnswers},
			{"ssn", sealedRecord, ssnClass, withAnswers}, // its data key goes earlier
			{"evidence", sealedRecord, evidenceClass, withEvidence},
		})},
	{"lead_private", "lead_id", columnsOf(plain("lead_id link"), []column{
		{"answers_key", wrappedKey, answersClass, withAnswers},
		{"ssn_key", wrappedKey, ssnClass, withSSN},
		{"evidence_key", wrappedKey, evidenceClass, withEvidence},
		{"email_index", blindIndex, "", withAnswers},
		{"home_phone_index", blindIndex, "", withAnswers},
		{"cell_phone_index", blindIndex, "", withAnswers},
		{"work_phone_index", blindIndex, "", withAnswers},
	})},
	{"lead_person", "", columnsOf(plain("lead_id"), []column{{"person", blindIndex, "", withAnswers}})},
	{"lead_reference", "", plain("reference lead_id")},
	{"lead_event", "", plain(`seq xid lead_id at event from_status to_status attempt agent_id late reason alleviate_id result_code bid submit_status crm crm_record_id`)},
	{"consent_link", "", plain("seq lead_id previous_hash hash digests")},
	{"chain_head", "", plain("chain seq hash at")},
	{"draft", "id", columnsOf(plain("changes request shown_at language started_at expires_at ssn_until version agent_id"), []column{
		{"id", keyedHash, "", withDraft},
		{"typed", sealedValue, draftPlace + "typed", withDraft},
		{"ssn", sealedValue, draftPlace + "ssn", withDraft},
		{"origin", sealedValue, draftPlace + "origin", withDraft},
		{"handle", sealedValue, draftPlace + "handle", withDraft},
	})},
	{"page_part", "", plain("sha256 bytes")},
	{"shown_page", "id", columnsOf(plain("id at language parts sheet length full_sha256"), []column{
		{"draft", keyedHash, "", never},
		{"words", sealedRecord, pageWords, withEvidence},
		{"answers", sealedRecord, pageAnswers, withAnswers},
	})},
	{"page_private", "page_id", columnsOf(plain("page_id"), []column{
		{"words_key", wrappedKey, pageWords, withEvidence},
		{"answers_key", wrappedKey, pageAnswers, withAnswers},
		{"kept_sha256", inClear, "", withEvidence},
	})},
	{"suppression", "", columnsOf(plain("since last_at channel"), []column{{"person", blindIndex, "", never}})}, // an opt-out outlives the lead
	{"opt_out", "id", columnsOf(plain("id at channel language"), []column{
		{"phone_index", blindIndex, "", never},
		{"email_index", blindIndex, "", never},
		{"person", sealedValue, optOutPlace, withEvidence},
	})},
	{"erasure", "", plain("lead_id at")},
	{"text_version", "", plain("id version sha256 first_used_at")},
	{"delivery", "", plain("host free_at halted_at halt_reason counted_from")},
	{"delivery_mark", "", plain("node claims")},
	{"session", "id", columnsOf(plain("created_at seen_at ends_at"), []column{
		{"id", keyedHash, "", withSession},
		{"person", keyedHash, "", withSession},
		{"data", sealedValue, session.Place, withSession},
	})},
	{"prefill_use", "", plain("id used_at ends_at")}, // ids of tokens, which hold nothing
	{"chore", "", plain("name owner lease_until done_at failed_at")},
	{"source", "", plain("id key name campaigns first_seen_at")},   // plain words that many visitors came with
	{"agent", "", plain("id key name first_seen_at last_seen_at")}, // of the staff, and not of applicants
	{"disposition", "id", columnsOf(plain("id lead_id at agent_id kind call_back_at"), []column{{"note", sealedValue, disposition.Place, withAnswers}})},
	{"handoff", "", columnsOf(plain("id lead_id agent_id language asks sending attempts send_reason next_at created_at expires_at opened_at accepted_at declined_at replaced_at"), []column{
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
func plain(names string) []column {
	var list []column
	for name := range strings.FieldsSeq(names) {
		list = append(list, column{name: name})
	}
	return list
}

func columnsOf(lists ...[]column) []column { return slices.Concat(lists...) }

// byPrimaryKey says whether a rotation has to seal the values of the column anew.
func (c column) byPrimaryKey() bool { return c.storage == sealedValue || c.storage == wrappedKey }

// scrubbed says whether what was erased must not be left in the files: old bytes would open something or find somebody. A
// sealed record needs no scrub, because it is noise without its data key.
func (c column) scrubbed() bool {
	return c.erased != never && (c.byPrimaryKey() || c.storage == blindIndex)
}

// tablesToReseal are the tables that a rotation goes through.
func tablesToReseal(all []registeredTable) []sealedTable {
	var list []sealedTable
	for _, table := range all {
		sealed := sealedTable{name: table.name, key: table.key}
		for _, c := range table.columns {
			if c.byPrimaryKey() {
				sealed.columns, sealed.places = append(sealed.columns, c.name), append(sealed.places, c.place)
			}
		}
		if table.key != "" && len(sealed.columns) > 0 {
			list = append(list, sealed)
		}
	}
	return list
}

// emptying are the statements that set to null what the registry says goes with any of these, in the row $1 of each table.
func emptying(tables []string, with ...erasure) (statements []string) {
	for _, name := range tables {
		for _, t := range registry {
			var sets []string
			for _, c := range t.columns {
				if t.name == name && slices.Contains(with, c.erased) {
					sets = append(sets, c.name+" = null")
				}
			}
			if len(sets) > 0 {
				statements = append(statements, "update "+name+" set "+strings.Join(sets, ", ")+" where "+t.key+" = $1")
			}
		}
	}
	return statements
}

// tablesToScrub are the names of the tables that old bytes may be in. Without an erasure that is the drafts alone: each
// change of one leaves what it was before.
func tablesToScrub(all []registeredTable, erased bool) []string {
	wanted := column.scrubbed
	if !erased {
		wanted = func(c column) bool { return c.scrubbed() && c.erased == withDraft }
	}
	var names []string
	for _, table := range all {
		if slices.ContainsFunc(table.columns, wanted) {
			names = append(names, table.name)
		}
	}
	return names
}

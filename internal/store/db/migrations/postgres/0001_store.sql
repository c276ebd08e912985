-- +goose Up

-- Times are milliseconds since 1970, UTC. Flags are 0 or 1. Everything that a person told us is sealed.
-- A lead has one sealed record for each retention class, under a data key of its own. The wrapped data keys
-- and the blind indexes are in narrow tables: to delete them there erases what they open or find, and
-- the wide tables need not be rewritten.

create table stamp (
    id          bigint primary key check (id = 1),
    environment text not null,
    key_check   bytea not null, -- sealed: opens with the keys of this database only
    created_at  bigint not null,
    checked_at  bigint not null, -- written by each readiness check

    -- Which database this is: random, and new whenever a restore separates it from the one it was copied from.
    database_id   text not null,
    parted_at     bigint, -- when that was
    parted_before bigint, -- parted_at before a restore that is not lifted yet
    restored_at   bigint, -- not null: from a backup, and nothing is sent until a person says so
    sent_since    bigint not null default 0, -- 1: calls were made that the restored database does not know of
    clock_ahead   bigint not null default 0, -- milliseconds that the clock was moved forward, in the simulator environment

    retention        text not null default '', -- settings that erase_due_at was computed with
    unscrubbed       bigint not null default 1, -- erasures whose old bytes may still be in the files; at least 1 before the first scrub
    unscrubbed_since bigint -- null with 0, and before the first erasure
);

create table lead (
    seq             bigint generated always as identity,
    xid             bigint not null default (pg_current_xact_id()::text::bigint), -- of the transaction that stored it: commits are ordered by it
    id              text primary key,
    draft_id        text not null, -- keyed hash of the draft's handle
    request         bigint not null, -- of the draft: the two together are the idempotency key
    draft_version   bigint not null, -- of the draft's answers
    page_id         text not null default '', -- shown_page that was accepted
    language        text not null,
    source_id       bigint not null default 1,
    agent_id        bigint not null default 0, -- who typed it; 0: nobody did, it is a consumer's own

    status          text not null,
    hold            text not null default '',
    step            text not null default '',
    next_attempt_at bigint,
    attempt         bigint not null default 0,
    failures        bigint not null default 0,
    lease_owner     text not null default '',
    lease_until     bigint,
    called_until    bigint, -- the end of the last lease for createLead: until then that call may have run
    doubt_since     bigint,
    resent          bigint not null default 0 check (resent in (0, 1)),
    reason          text not null default '',

    alleviate_id    text not null default '', -- not unique: archetypes repeat theirs
    result_code     bigint not null default 0,
    bid             text not null default '',
    submit_status   bigint not null default 0,
    crm             text not null default '',
    crm_record_id   text not null default '',

    permits_terms        bigint not null default 0 check (permits_terms in (0, 1)),
    permits_credit_check bigint not null default 0 check (permits_credit_check in (0, 1)),
    permits_marketing    bigint not null default 0 check (permits_marketing in (0, 1)),
    certificate_id       text not null default '', -- of an independent recording of the visit, as it goes to Alleviate
    written_for          text not null default '', -- the call that takes what the person has given in their own browser

    received_at     bigint not null,
    changed_at      bigint not null,
    final_at        bigint, -- of the first final result, or when it was closed without one
    erase_due_at    bigint, -- when retention looks at it next; null: nothing is left to erase
    erased_at       bigint, -- the answers are erased
    tell_since      bigint, -- since when a person has to tell Alleviate that the lead ended here
    told_at         bigint,

    consent         text not null, -- JSON: the consent record without personal data

    -- sealed by the data keys in lead_private
    answers         bytea,
    ssn             bytea,
    evidence        bytea, -- the personal data of the consent record
    unique (draft_id, request)
);

-- What a claim looks for; leads at rest are not in it.
create index lead_due on lead (step, status, next_attempt_at, id)
    where lease_until is null and hold = '' and next_attempt_at is not null;
create index lead_leased on lead (lease_until, id) where lease_until is not null;
create index lead_erase on lead (erase_due_at) where erase_due_at is not null;

-- What an agent has typed. It has no row of a consumer's lead, so that saving one costs no more.
create index lead_agent on lead (agent_id, received_at, id) where agent_id <> 0;
-- Leads of agents whose consent record is not complete.
create index lead_awaiting on lead (hold, status, received_at, id) where hold = 'awaiting consent';

-- Leads of agents whose consent record may still be replaced.
create index lead_handoff on lead (agent_id, id) where agent_id <> 0 and (status in ('received', 'sending', 'submitting', 'in_doubt', 'parked')
    or status = 'refused' and submit_status = 400 or status = 'created' and (step <> '' or reason like 'waits for consent in writing%'));

-- What lists are read from, each in its order.
create index lead_received on lead (received_at, id) where status = 'received';
create index lead_status on lead (status, changed_at, id) where status <> 'received';
create index lead_to_tell on lead (tell_since, id) where tell_since is not null and told_at is null;
-- With Alleviate, and not at its end.
create index lead_unfinished on lead (changed_at, id, result_code)
    where status = 'created' and (step <> '' or result_code in (0, 1000, 1001, 9999));
create index lead_result_changed on lead (changed_at, id)
    where status = 'closed' and reason like 'Alleviate has a result since it was closed%';
-- Doubts that the resend policy may send once more.
create index lead_doubt on lead (doubt_since, id)
    where status = 'in_doubt' and resent = 0 and lease_until is null and reason <> 'restored';
-- Leads that no claim looks for although they are not at their end. There should be none.
create index lead_unclaimable on lead (changed_at, id)
    where lease_until is null and (status in ('sending', 'submitting')
        or status = 'received' and hold = '' and (step <> 'send' or next_attempt_at is null)
        or status = 'created' and hold = '' and (step = '' and result_code in (0, 1000, 1001, 9999)
            or step <> '' and (step not in ('submit', 'look') or next_attempt_at is null)));

-- What is erased of a lead: the wrapped data keys of its records, and the blind indexes of its person.
create table lead_private (
    lead_id          text primary key,
    answers_key      bytea,
    ssn_key          bytea,
    evidence_key     bytea,
    email_index      bytea,
    home_phone_index bytea,
    cell_phone_index bytea,
    work_phone_index bytea,
    link             bigint -- seq of its consent_link; null: not in the chain, and its person not in lead_person
);

-- link is in it so that counting, and looking for a reference, reads the index alone.
create index lead_unlinked on lead_private (lead_id, link) where link is null;

-- Leads by the blind indexes of phones and e-mail address. It is filled beside the chain and not by the commit
-- that saves a lead: random keys would cost that commit a fifth more.
create table lead_person (
    person  bytea not null,
    lead_id text not null references lead (id),
    primary key (person, lead_id)
);

-- Leads by the reference in their id, filled together with lead_person and for the same reason. Nothing in it is a
-- person's: it stays as long as the lead.
create table lead_reference (
    reference text not null,
    lead_id   text not null references lead (id),
    primary key (reference, lead_id)
);

-- Append-only.
create table lead_event (
    seq           bigint generated always as identity primary key,
    xid           bigint not null default (pg_current_xact_id()::text::bigint), -- as in lead
    lead_id       text not null references lead (id),
    at            bigint not null,
    event         text not null,
    from_status   text not null,
    to_status     text not null,
    attempt       bigint not null,
    agent_id      bigint not null default 0, -- who did it at the desk; 0: nobody did
    late          bigint not null default 0 check (late in (0, 1)), -- it came too late to move anything
    reason        text not null default '',
    alleviate_id  text not null default '',
    result_code   bigint not null default 0,
    bid           text not null default '',
    submit_status bigint not null default 0,
    crm           text not null default '',
    crm_record_id text not null default ''
);

-- What the change feed reads.
create index lead_stored on lead (xid, seq);
create index lead_event_stored on lead_event (xid, seq);
create index lead_event_lead on lead_event (lead_id, seq);
-- The doubts that count towards a halt.
create index lead_event_doubt on lead_event (at) where to_status = 'in_doubt';

-- The chain over all consent records, each link holding the hash of the one before. Append-only.
create table consent_link (
    seq           bigint primary key,
    lead_id       text not null unique references lead (id),
    previous_hash bytea, -- null: the first
    hash          bytea not null,
    digests       text not null -- JSON: salted hashes of what is sealed; the salt follows from the data key
);

-- The ends of the chains, so that a missing end is noticed.
create table chain_head (
    chain text primary key,
    seq   bigint not null default 0,
    hash  bytea,
    at    bigint -- of the last link
);

insert into chain_head (chain) values ('consent records'), ('audit entries');

-- Forms that somebody is filling in. A draft that became a lead is found by the lead's draft_id.
create table draft (
    id         text primary key, -- keyed hash of the handle, which is stored nowhere
    changes    bigint not null default 0, -- raised by each change, so that none overwrites what it has not seen
    request    bigint not null, -- 1, and one more when changed answers become a new request
    shown_at   bigint, -- of the first page, as its form proved
    language   text not null,
    started_at bigint not null,
    expires_at bigint not null,
    ssn_until  bigint,
    version    bigint not null default 0, -- raised when answers change
    agent_id   bigint not null default 0, -- whose draft it is; 0: a consumer's
    return_id    bytea, -- 128 random bits that the keys make the token of a return link of; null: nobody asked for one
    return_until bigint, -- when the link ends
    -- sealed
    typed      bytea,
    ssn        bytea,
    origin     bytea,
    handle     bytea -- of an agent's draft, so that they find it again
);

create index draft_over on draft (expires_at);
create index draft_agent on draft (agent_id, started_at, id) where agent_id <> 0;
create index draft_ssn_over on draft (ssn_until) where ssn_until is not null;
create unique index draft_return on draft (return_id) where return_id is not null;

-- What many pages have in common, and style sheets, each once.
create table page_part (
    sha256 text primary key, -- of the bytes, hexadecimal
    bytes  bytea not null
);

-- Pages with consent texts, as they were sent.
create table shown_page (
    id          text primary key,
    draft       text not null, -- its id; the draft may be gone
    at          bigint not null,
    language    text not null,
    parts       text not null, -- JSON: kinds, lengths and hashes in order
    sheet       text not null, -- sha256 of the style sheet
    length      bigint not null, -- of the whole page in bytes
    full_sha256 text not null, -- of salt and whole page; the salt follows from the data key of the answers
    -- sealed by the data keys in page_private
    words       bytea,
    answers     bytea
);

create index shown_page_draft on shown_page (draft);

create table page_private (
    page_id     text primary key references shown_page (id),
    words_key   bytea,
    answers_key bytea,
    kept_sha256 text -- of the page with each answers part replaced by its salted hash; erased with the words
);

-- Who opted out. It outlives every lead.
create table suppression (
    person        bytea primary key, -- blind index of a phone or an e-mail address
    since         bigint not null, -- their first word
    last_at       bigint not null, -- their newest: what was received until then is not sent
    channel       text not null     -- of the newest
);

create index suppression_newest on suppression (last_at);

-- Append-only, one row for each act.
create table opt_out (
    id          text primary key,
    at          bigint not null,
    channel     text not null,
    language    text not null,
    phone_index bytea,
    email_index bytea,
    person      bytea -- sealed: phone, e-mail address, client address and browser
);

create index opt_out_kept on opt_out (at) where person is not null;
create index opt_out_phone on opt_out (phone_index) where phone_index is not null;
create index opt_out_email on opt_out (email_index) where email_index is not null;

-- The leads that were erased on request. A restore erases them again; it may know of leads that
-- this database never had.
create table erasure (
    lead_id text primary key,
    at      bigint not null
);

-- The versions of texts and documents that were ever in use, and what fixes their words: a version
-- that people have agreed to never changes.
create table text_version (
    id            text not null,
    version       text not null,
    sha256        text not null, -- of the words in both languages
    first_used_at bigint not null,
    primary key (id, version)
);

-- What all processes share about calls to a host.
create table delivery (
    host         text primary key,
    free_at      bigint, -- when the pace has room for the next call
    halted_at    bigint, -- since when createLead is halted; null: it is not
    halt_reason  text not null default '',
    counted_from bigint not null default 0 -- whoever resumed has seen the doubts before
);

insert into delivery (host) values ('mlas'), ('debtcore');

-- How often each node has claimed leads. The node stores that number outside the database as well.
create table delivery_mark (
    node   text primary key,
    claims bigint not null
);

-- Who is signed in. A session that was ended keeps its row without data for a while, so that a request that
-- began before cannot bring it back.
create table session (
    id         text primary key, -- keyed hash of the token, which is stored nowhere
    person     text not null, -- keyed hash of who is signed in; empty: nobody yet
    created_at bigint not null,
    seen_at    bigint not null, -- of the last request that changed or prolonged it
    ends_at    bigint not null,
    data       bytea -- sealed; null: the session was ended
);

create index session_over on session (ends_at);
create index session_person on session (person) where person <> '';

-- Tokens of the dialer that were used: each counts once. A row outlives its token.
create table prefill_use (
    id      text primary key, -- random, a part of the token
    used_at bigint not null,
    ends_at bigint not null
);

create index prefill_use_over on prefill_use (ends_at);

-- Periodic work on the database that one process does for all of them.
create table chore (
    name        text primary key,
    owner       text not null default '', -- the process that runs it now
    lease_until bigint, -- null: no process runs it
    done_at     bigint, -- when the last run that succeeded began: so far the work is done
    failed_at   bigint -- when the last run that failed began, if none succeeded since
);

-- Append-only, but for the link in the chain. Acts do not wait for each other: the chain is made afterwards.
create table audit_entry (
    id         text primary key, -- sorts by when it was made
    counter    text not null, -- audit_counter that the act raised
    number     bigint not null, -- by that counter
    at         bigint not null,
    who        text not null,
    action     text not null,
    lead_id    text not null, -- empty: about none
    fields     text not null, -- names, separated by spaces
    reason     text not null,
    request_id text not null,
    sum        bytea not null, -- keyed hash of all above
    link       bigint, -- place in the chain: 1, 2, 3 …; null: not linked yet
    link_hash  bytea -- of sum and of the link before
);

create index audit_entry_lead on audit_entry (lead_id, at, id);
create index audit_unlinked on audit_entry (id) where link is null;
create unique index audit_link on audit_entry (link) where link is not null;

-- How many entries there are, so that a missing one is noticed before it is linked. An act raises one that no other
-- act is raising, or makes a new one.
create table audit_counter (
    id      text primary key,
    entries bigint not null
);

-- Where leads come from. The first two, 1 and 2, are always there; how many there may be is limited.
create table source (
    id            bigint generated always as identity primary key,
    key           text not null unique, -- utm_source, if it is a plain word
    name          text not null,
    campaigns     text not null default '', -- values of utm_campaign that were seen with it, separated by spaces
    first_seen_at bigint -- null: always there
);

insert into source (key, name) values ('direct', 'Direct'), ('other', 'Other');

-- Who types leads at the desk.
create table agent (
    id            bigint generated always as identity primary key,
    key           text not null unique, -- issuer and subject of the identity provider
    name          text not null, -- as the provider showed it last; empty: it has shown none yet
    first_seen_at bigint not null,
    last_seen_at  bigint not null -- to the hour
);

-- How calls ended. Append-only, but for the notes, which are erased with the answers of the lead.
create table disposition (
    id           text primary key,
    lead_id      text not null references lead (id),
    at           bigint not null,
    agent_id     bigint not null,
    kind         bigint not null, -- the key that chooses it, as lead.DispositionKind says
    call_back_at bigint,
    note         bytea -- sealed
);

create index disposition_lead on disposition (lead_id, at, id);
create index disposition_call_back on disposition (call_back_at, lead_id) where call_back_at is not null;
create index disposition_call_back_agent on disposition (agent_id, call_back_at, lead_id) where call_back_at is not null;

-- Links with which people agree on their own phones. The secret of a link and its code follow from the id and a key that is
-- not in the database.
create table handoff (
    id          text primary key,
    secret      text not null unique, -- keyed hash of what the tokens of the link have in common
    code        text not null unique, -- keyed hash of the code that is read aloud
    lead_id     text not null references lead (id),
    agent_id    bigint not null, -- who made it
    language    text not null,
    asks        text not null, -- names of the answers that the person types, separated by spaces
    sending     text not null default '', -- due, sent or failed; empty: it is not sent
    attempts    bigint not null default 0,
    send_reason text not null default '', -- why the last attempt failed
    next_at     bigint, -- of the next attempt
    created_at  bigint not null,
    expires_at  bigint not null,
    opened_at   bigint,
    accepted_at bigint,
    declined_at bigint,
    replaced_at bigint -- by a newer link of its lead
);

create index handoff_lead on handoff (lead_id, created_at);
create index handoff_over on handoff (expires_at);
create index handoff_to_send on handoff (next_at) where next_at is not null;

-- How many codes were tried in a minute that are of no link.
create table handoff_guess (
    minute bigint primary key,
    wrong  bigint not null
);

-- How many of the leads that were received in an hour stand where now.
create table hourly_leads (
    hour        bigint not null, -- when it began
    source_id   bigint not null,
    agent_id    bigint not null,
    result_code bigint not null,
    status      text not null,
    leads       bigint not null,
    primary key (hour, source_id, agent_id, result_code, status)
);

-- How long those leads took to a status.
create table hourly_latency (
    hour        bigint not null,
    source_id   bigint not null,
    agent_id    bigint not null,
    result_code bigint not null, -- then
    status      text not null, -- created or submitted
    at_most     bigint not null, -- milliseconds; 0: longer than the longest bound
    leads       bigint not null,
    primary key (hour, source_id, agent_id, result_code, status, at_most)
);

-- Up to where the hourly tables have counted.
create table hourly_cursor (
    id        bigint primary key check (id = 1),
    lead_xid  bigint not null default 0,
    lead_seq  bigint not null default 0,
    event_xid bigint not null default 0,
    event_seq bigint not null default 0
);

insert into hourly_cursor (id) values (1);

-- +goose Up

-- Forms that somebody is filling in.
create table draft (
    id          text primary key, -- keyed hash of the handle, which is stored nowhere
    changes     integer not null default 0, -- raised by each change, so that none overwrites what it has not seen
    request     integer not null, -- 1, and one more when changed answers become a new request
    shown_at    integer, -- of the first page, as its form proved
    language    text not null,
    started_at  integer not null,
    expires_at  integer not null,
    ssn_until   integer,
    sent_at     integer,
    changed     integer not null default 0 check (changed in (0, 1)), -- after it was sent
    accepted    text not null default '', -- ids of the pages that consent records name, parted by spaces
    -- sealed
    typed       blob,
    ssn         blob,
    origin      blob,
    sent_handle blob
) strict;

create index draft_over on draft (expires_at);
create index draft_ssn_over on draft (ssn_until) where ssn_until is not null;

-- What many pages have in common, and style sheets, each once.
create table page_part (
    sha256 text primary key, -- of the bytes, hexadecimal
    bytes  blob not null
) strict;

-- Pages with consent texts, as they were sent.
create table shown_page (
    id          text primary key,
    draft       text not null, -- its id; the draft may be gone
    at          integer not null,
    language    text not null,
    parts       text not null, -- JSON: kinds, lengths and hashes in order
    sheet       text not null, -- sha256 of the style sheet
    length      integer not null, -- of the whole page in bytes
    full_sha256 text not null, -- of salt and whole page
    kept_sha256 text,          -- of the page with each answers part replaced by its salted hash; gone with the words
    -- sealed
    words       blob,
    answers     blob,
    salt        blob
) strict;

create index shown_page_draft on shown_page (draft);

alter table consent_record add column page_id text not null default '';
alter table consent_record add column landing_url text not null default '';
alter table consent_record add column referrer text not null default '';
alter table consent_record add column viewport text not null default '';
alter table consent_record add column gpc integer not null default 0 check (gpc in (0, 1));
alter table consent_record add column certificate_state text not null default '';
alter table consent_record add column certificate_id text not null default '';
alter table consent_record add column certificate_url blob; -- sealed
alter table consent_record add column proxy_chain blob; -- sealed

-- The chain over all consent records, made after they were saved.
alter table consent_record add column chain_seq integer;
alter table consent_record add column previous_hash blob; -- null: the first
alter table consent_record add column hash blob;
alter table consent_record add column digests text; -- JSON: salted hashes of what is sealed
alter table consent_record add column digest_salt blob; -- sealed, erased with what it salts

create unique index consent_chain on consent_record (chain_seq) where chain_seq is not null;
create index consent_unchained on consent_record (at, lead_id) where chain_seq is null;

-- The end of the chain, so that a cut-off end is missed.
create table consent_head (
    id   integer primary key check (id = 1),
    seq  integer not null default 0,
    hash blob,
    at   integer -- of the last link
) strict;

insert into consent_head (id) values (1);

alter table lead add column origin blob; -- sealed
alter table lead add column tell_since integer; -- since when Alleviate is to be told of an opt-out
alter table lead add column told_at integer;

create index lead_to_tell on lead (tell_since) where tell_since is not null and told_at is null;

-- Leads of a person, by the blind indexes of phones and address. Filled beside the chain and not by the
-- commit that saves a lead: random keys would cost it a fifth more of everything it writes.
create table lead_person (
    person  blob not null,
    lead_id text not null references lead (id),
    primary key (person, lead_id)
) strict, without rowid;

-- Who opted out. It outlives every lead.
create table suppression (
    person        blob primary key, -- blind index of a phone or an e-mail address
    index_version integer not null,
    since         integer not null, -- their first word
    last_at       integer not null, -- their newest: what was received until then does not go out
    channel       text not null     -- of the newest
) strict;

create index suppression_newest on suppression (last_at);

-- Append-only, one row for each act.
create table opt_out (
    id          text primary key,
    at          integer not null,
    channel     text not null,
    language    text not null,
    phone_index blob,
    email_index blob,
    -- sealed
    phone       blob,
    email       blob,
    client_ip   blob,
    user_agent  blob
) strict;

-- +goose Up

-- Forms that somebody is filling in.
create table draft (
    id          text primary key, -- keyed hash of the handle, which is stored nowhere
    changes     bigint not null default 0, -- raised by each change, so that none overwrites what it has not seen
    request     integer not null, -- 1, and one more when changed answers become a new request
    shown_at    bigint, -- of the first page, as its form proved
    language    text not null,
    started_at  bigint not null,
    expires_at  bigint not null,
    ssn_until   bigint,
    sent_at     bigint,
    changed     bigint not null default 0 check (changed in (0, 1)), -- after it was sent
    accepted    text not null default '', -- ids of the pages that consent records name, parted by spaces
    -- sealed
    typed       bytea,
    ssn         bytea,
    origin      bytea,
    sent_handle bytea
);

create index draft_over on draft (expires_at);
create index draft_ssn_over on draft (ssn_until) where ssn_until is not null;

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
    full_sha256 text not null, -- of salt and whole page
    kept_sha256 text,          -- of the page with each answers part replaced by its salted hash; gone with the words
    -- sealed
    words       bytea,
    answers     bytea,
    salt        bytea
);

create index shown_page_draft on shown_page (draft);

alter table consent_record add column page_id text not null default '';
alter table consent_record add column landing_url text not null default '';
alter table consent_record add column referrer text not null default '';
alter table consent_record add column viewport text not null default '';
alter table consent_record add column gpc bigint not null default 0 check (gpc in (0, 1));
alter table consent_record add column certificate_state text not null default '';
alter table consent_record add column certificate_id text not null default '';
alter table consent_record add column certificate_url bytea; -- sealed
alter table consent_record add column proxy_chain bytea; -- sealed

-- The chain over all consent records, made after they were saved.
alter table consent_record add column chain_seq bigint;
alter table consent_record add column previous_hash bytea; -- null: the first
alter table consent_record add column hash bytea;
alter table consent_record add column digests text; -- JSON: salted hashes of what is sealed
alter table consent_record add column digest_salt bytea; -- sealed, erased with what it salts

create unique index consent_chain on consent_record (chain_seq) where chain_seq is not null;
create index consent_unchained on consent_record (at, lead_id) where chain_seq is null;

-- The end of the chain, so that a cut-off end is missed.
create table consent_head (
    id   bigint primary key check (id = 1),
    seq  bigint not null default 0,
    hash bytea,
    at   bigint -- of the last link
);

insert into consent_head (id) values (1);

alter table lead add column origin bytea; -- sealed
alter table lead add column tell_since bigint; -- since when Alleviate is to be told of an opt-out
alter table lead add column told_at bigint;

create index lead_to_tell on lead (tell_since) where tell_since is not null and told_at is null;

-- Leads of a person, by the blind indexes of phones and address. Filled beside the chain and not by the
-- commit that saves a lead: random keys would cost it a fifth more of everything it writes.
create table lead_person (
    person  bytea not null,
    lead_id text not null references lead (id),
    primary key (person, lead_id)
);

-- Who opted out. It outlives every lead.
create table suppression (
    person        bytea primary key, -- blind index of a phone or an e-mail address
    index_version bigint not null,
    since         bigint not null, -- their first word
    last_at       bigint not null, -- their newest: what was received until then does not go out
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
    -- sealed
    phone       bytea,
    email       bytea,
    client_ip   bytea,
    user_agent  bytea
);

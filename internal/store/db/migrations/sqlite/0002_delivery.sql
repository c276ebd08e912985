-- +goose Up

-- What all processes share about outside calls.
create table delivery (
    id           integer primary key check (id = 1),
    free_at      integer, -- when the pace has room for the next call
    halted_at    integer, -- since when createLead is halted; null: it is not
    halt_reason  text not null default '',
    counted_from integer not null default 0 -- whoever resumed has seen the doubts before
) strict;

insert into delivery (id) values (1);

-- How often each node has claimed leads. The node keeps that number outside the database as well.
create table delivery_mark (
    node   text primary key,
    claims integer not null
) strict;

-- The doubts that count towards a halt.
create index lead_event_doubt on lead_event (at) where to_status = 'in_doubt';

-- Append-only, each entry holding the hash of the one before.
create table audit_entry (
    seq        integer primary key,
    at         integer not null,
    who        text not null,
    action     text not null,
    lead_id    text not null, -- empty: about none
    fields     text not null, -- names, parted by spaces
    reason     text not null,
    request_id text not null,
    previous   blob, -- null: the first
    hash       blob not null
) strict;

create index audit_entry_lead on audit_entry (lead_id, seq);

-- The end of the chain, so that a cut-off end is missed.
create table audit_head (
    id   integer primary key check (id = 1),
    seq  integer not null default 0,
    hash blob
) strict;

insert into audit_head (id) values (1);

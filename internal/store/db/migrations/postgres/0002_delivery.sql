-- +goose Up

-- What all processes share about outside calls.
create table delivery (
    id           bigint primary key check (id = 1),
    free_at      bigint, -- when the pace has room for the next call
    halted_at    bigint, -- since when createLead is halted; null: it is not
    halt_reason  text not null default '',
    counted_from bigint not null default 0 -- whoever resumed has seen the doubts before
);

insert into delivery (id) values (1);

-- How often each node has claimed leads. The node keeps that number outside the database as well.
create table delivery_mark (
    node   text primary key,
    claims bigint not null
);

-- The doubts that count towards a halt.
create index lead_event_doubt on lead_event (at) where to_status = 'in_doubt';

-- Append-only, each entry holding the hash of the one before.
create table audit_entry (
    seq        bigint primary key,
    at         bigint not null,
    who        text not null,
    action     text not null,
    lead_id    text not null, -- empty: about none
    fields     text not null, -- names, parted by spaces
    reason     text not null,
    request_id text not null,
    previous   bytea, -- null: the first
    hash       bytea not null
);

create index audit_entry_lead on audit_entry (lead_id, seq);

-- The end of the chain, so that a cut-off end is missed.
create table audit_head (
    id   bigint primary key check (id = 1),
    seq  bigint not null default 0,
    hash bytea
);

insert into audit_head (id) values (1);

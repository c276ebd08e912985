-- +goose Up

-- Times are milliseconds since 1970, UTC. Flags are 0 or 1. What a person told us is sealed.

create table stamp (
    id          integer primary key check (id = 1),
    environment text not null,
    key_check   blob not null, -- sealed: opens with the keys of this database only
    created_at  integer not null,
    checked_at  integer not null, -- written by each readiness check

    -- Which database this is: random, and new whenever a restore parts it from the one that it was copied from.
    database_id   text not null,
    parted_at     integer, -- when that was
    parted_before integer, -- parted_at before a restore that is not lifted yet
    sent_since    integer not null default 0, -- 1: calls were made that the restored database does not know of
    clock_ahead   integer not null default 0 -- milliseconds that the clock was moved forward, in the simulator environment
) strict;

create table lead (
    id                  text primary key,
    submission_hash     blob not null unique, -- keyed hash of the submission key
    fingerprint         blob not null,        -- keyed hash of the answers
    handle_hash         blob not null unique, -- keyed hash of the handle
    language            text not null,

    status              text not null,
    hold                text not null default '',
    step                text not null default '',
    next_attempt_at     integer,
    attempt             integer not null default 0,
    failures            integer not null default 0,
    lease_owner         text not null default '',
    lease_until         integer,
    called_until        integer, -- the end of the last lease for createLead: until then that call may have run
    doubt_since         integer,
    resent              integer not null default 0 check (resent in (0, 1)),
    reason              text not null default '',

    alleviate_id        text not null default '', -- not unique: archetypes repeat theirs
    result_code         integer not null default 0,
    bid                 text not null default '',
    submit_status       integer not null default 0,
    crm                 text not null default '',
    crm_record_id       text not null default '',

    permits_terms       integer not null default 0 check (permits_terms in (0, 1)),
    permits_credit_check integer not null default 0 check (permits_credit_check in (0, 1)),
    permits_marketing   integer not null default 0 check (permits_marketing in (0, 1)),

    received_at         integer not null,
    changed_at          integer not null,

    -- blind indexes, by the key of index_version
    index_version       integer not null,
    email_index         blob,
    home_phone_index    blob,
    cell_phone_index    blob,
    work_phone_index    blob,

    -- sealed
    handle              blob,
    client_ip           blob,
    first_name          blob,
    last_name           blob,
    date_of_birth       blob,
    email               blob,
    home_phone          blob,
    cell_phone          blob,
    work_phone          blob,
    address1            blob,
    address2            blob,
    city                blob,
    state               blob,
    zip_code            blob,
    residence_type_id   blob,
    months_at_address   blob,
    monthly_rent        blob,
    income_source_id    blob,
    pay_frequency_id    blob,
    monthly_income      blob,
    gross_annual_income blob,
    employer_name       blob,
    months_at_employer  blob,
    estimated_debt      blob,
    loan_amount         blob,
    loan_purpose_id     blob,
    co_applicant        blob,
    social_security_number blob
) strict;

-- What a claim looks for; leads at rest are not in it.
create index lead_due on lead (step, status, next_attempt_at)
    where lease_until is null and hold = '' and next_attempt_at is not null;
create index lead_leased on lead (lease_until) where lease_until is not null;
create index lead_status on lead (status);

create table consent_record (
    lead_id      text primary key references lead (id),
    at           integer not null,
    channel      text not null,
    language     text not null,
    page_url     text not null,
    seller       text not null,
    form_version text not null,
    acts         text not null, -- JSON, no personal data
    -- sealed
    person_name  blob,
    phone        blob,
    client_ip    blob,
    user_agent   blob
) strict;

-- Append-only.
create table lead_event (
    seq           integer primary key autoincrement,
    lead_id       text not null references lead (id),
    at            integer not null,
    event         text not null,
    from_status   text not null,
    to_status     text not null,
    attempt       integer not null,
    late          integer not null default 0 check (late in (0, 1)), -- it came too late to move anything
    reason        text not null default '',
    alleviate_id  text not null default '',
    result_code   integer not null default 0,
    bid           text not null default '',
    submit_status integer not null default 0,
    crm           text not null default '',
    crm_record_id text not null default ''
) strict;

create index lead_event_lead on lead_event (lead_id, seq);

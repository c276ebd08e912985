package store_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// engineSQL is what the engines spell differently.
type engineSQL struct{ numbers, id, random, settings, analyze string }

var engineSQLs = map[string]engineSQL{
	"sqlite": {
		numbers:  "with recursive n (i) as (select 1 union all select i + 1 from n where i < %d) ",
		id:       "printf('%09d', i) || hex(randomblob(8))",
		random:   "randomblob(33)",
		settings: "pragma busy_timeout = 10000; pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -400000",
		analyze:  "pragma journal_mode = wal",
	},
	"pgx": {
		numbers:  "with n as (select i from generate_series(1::bigint, %d) i) ",
		id:       "lpad(i::text, 9, '0') || upper(substr(md5(i::text), 1, 16))",
		random:   "decode(md5(random()::text) || md5(random()::text) || 'ff', 'hex')",
		settings: "set synchronous_commit = off",
		analyze:  "vacuum analyze",
	},
}

// makeLeads multiplies the one lead of a database. Of a thousand 950 are at their end, of which one in eight still has
// its answers; the others are spread over what a person or a call waits for.
func makeLeads(b *testing.B, driver, address string, n int) *sql.DB {
	e := engineSQLs[driver]
	db, err := sql.Open(driver, address)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	now, year := time.Now().UnixMilli(), (365 * 24 * time.Hour).Milliseconds()
	step := 2 * year / int64(n)
	received := fmt.Sprintf("%d - (%d - i) * %d", now, n, step)
	kind := "i % 1000 "
	at := func(condition, then, otherwise string) string {
		return "case when " + condition + " then " + then + " else " + otherwise + " end"
	}
	waits := kind + "between 950 and 979 or " + kind + "= 999"
	final := kind + "< 950 or " + kind + "between 996 and 998 or " + kind + "between 989 and 991"
	kept := fmt.Sprintf("i > %d", n*7/8)
	insert := func(table string, values map[string]string, from string) {
		b.Helper()
		names := columnsOf(b, db, table)
		exprs := slices.Clone(names)
		for i, name := range names {
			if value, given := values[name]; given {
				exprs[i] = value
			}
		}
		query := "insert into " + table + " (" + strings.Join(names, ", ") + ") " + from
		if _, err := db.Exec(strings.Replace(query, "$VALUES", strings.Join(exprs, ", "), 1)); err != nil {
			b.Fatalf("%s: %v", table, err)
		}
	}
	for _, setting := range strings.Split(e.settings, "; ") {
		if _, err := db.Exec(setting); err != nil {
			b.Fatal(err)
		}
	}
	insert("lead", map[string]string{
		"id": e.id, "draft_id": e.id, "page_id": "''", "agent_id": at("i % 10 = 0", "1 + i % 40", "0"),
		"status": "case when " + kind + "< 550 then 'created' when " + kind + "< 850 then 'submitted' when " + kind + "< 950 then 'closed' when " + kind + "< 970 then 'created' when " + kind +
			"< 980 then 'received' when " + kind + "< 985 then 'parked' when " + kind + "< 989 then 'suspect' when " + kind + "< 992 then 'refused' when " + kind +
			"< 996 then 'in_doubt' when " + kind + "< 999 then 'closed' else 'created' end",
		"step":            "case when " + kind + "between 950 and 969 then 'look' when " + kind + "between 970 and 979 then 'send' when " + kind + "= 999 then 'submit' else '' end",
		"next_attempt_at": at(waits, fmt.Sprintf("%d + i", now+year), "null"),
		"result_code":     at(kind+"between 950 and 969", "1000", at(kind+"between 970 and 988 or "+kind+"between 992 and 998", "0", "1018")),
		"reason":          at(kind+"between 940 and 949", "'Alleviate has a result since it was closed: 1015'", "''"),
		"doubt_since":     at(kind+"between 992 and 995", received, "null"), "resent": kind + "/ 995",
		"alleviate_id": "'a' || i", "received_at": received, "changed_at": received,
		"final_at": at(final, received, "null"), "tell_since": at(kind+"between 996 and 998", received, "null"),
		"erase_due_at": fmt.Sprintf("%s + %d", received, 5*year), "erased_at": at(kept, "null", received),
		"answers": at(kept, "answers", "null"), "ssn": "null",
	}, fmt.Sprintf(e.numbers, n)+"select $VALUES from lead, n")
	if _, err := db.Exec(fmt.Sprintf(e.numbers, 40) + "insert into agent (key, name, first_seen_at, last_seen_at) select 'agent ' || i, 'Agent ' || i, 0, 0 from n"); err != nil {
		b.Fatal(err)
	}
	blob := func(column string) string { return at("erased_at is null", column, "null") }
	insert("lead_private", map[string]string{
		"lead_id": "id", "answers_key": blob("answers_key"), "ssn_key": "null", "link": "1",
		"email_index": blob(e.random), "home_phone_index": blob(e.random), "cell_phone_index": blob(e.random), "work_phone_index": blob(e.random),
	}, "select $VALUES from lead, lead_private where id < '1'")
	insert("lead_person", map[string]string{}, `select * from (select email_index as person, lead_id from lead_private where lead_id < '1' union all select home_phone_index, lead_id from lead_private where lead_id < '1'
		union all select cell_phone_index, lead_id from lead_private where lead_id < '1' union all select work_phone_index, lead_id from lead_private where lead_id < '1') as persons where person is not null order by person`)
	insert("lead_reference", map[string]string{"reference": "substr(id, 10, 8)", "lead_id": "id"}, "select $VALUES from lead where id < '1' order by 1")
	if _, err := db.Exec(`insert into lead_event (lead_id, at, event, from_status, to_status, attempt) select id, received_at, 'send begun', 'received', 'sending', 1 from lead`); err != nil {
		b.Fatal(err)
	}
	if _, err := db.Exec(fmt.Sprintf(e.numbers, n/100) + `insert into suppression (person, since, last_at, channel) select ` + e.random + fmt.Sprintf(", %d - i, %d - i, 'web' from n", now-year, now-year)); err != nil {
		b.Fatal(err)
	}
	if _, err := db.Exec(e.analyze); err != nil {
		b.Fatal(err)
	}
	return db
}

func columnsOf(b *testing.B, db *sql.DB, table string) []string {
	rows, err := db.Query("select * from " + table + " limit 1")
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		b.Fatal(err)
	}
	return slices.DeleteFunc(columns, func(name string) bool { return name == "seq" })
}

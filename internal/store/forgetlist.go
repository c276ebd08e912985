package store

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"intake/internal/lead"
	"intake/internal/store/db"
)

// The list of what must not come back is a text of lines: the format; "erased", our id of a lead and
// when; "opted-out", a person's blind index, its version, their first and newest word and its channel;
// and the end, with the number of lines and a keyed hash of everything before. It holds ids and keyed
// hashes alone, so that it may stand where the keys do not.
const (
	forgottenFormat = "intake forgotten 1"
	forgottenKey    = "list of erasures and opt-outs"
)

// forgetList is who was erased on request, and who opted out.
type forgetList struct {
	erased   map[lead.PartnerID]int64 // when, in milliseconds since 1970
	optedOut map[string]suppressed    // by the hexadecimal blind index
}

// suppressed is a row of the table suppression.
type suppressed struct {
	version     int
	since, last int64
	channel     string
}

func (f forgetList) len() int { return len(f.erased) + len(f.optedOut) }

// with is everything in f or g.
func (f forgetList) with(g forgetList) forgetList {
	all := forgetList{maps.Clone(f.erased), maps.Clone(f.optedOut)}
	for id, at := range g.erased {
		if known, found := all.erased[id]; !found || at < known {
			all.erased[id] = at
		}
	}
	for person, row := range g.optedOut {
		all.addPerson(person, row)
	}
	return all
}

// addPerson adds a row, or merges it with what the list has of that person.
func (f forgetList) addPerson(person string, row suppressed) {
	known, found := f.optedOut[person]
	if !found {
		known = row
	}
	if row.last > known.last {
		known.last, known.channel = row.last, row.channel
	}
	known.since = min(known.since, row.since)
	f.optedOut[person] = known
}

// without is what is in f and not in g, or older or newer there.
func (f forgetList) without(g forgetList) forgetList {
	more := emptyForgetList()
	for id, at := range f.erased {
		if _, found := g.erased[id]; !found {
			more.erased[id] = at
		}
	}
	for person, row := range f.optedOut {
		if known, found := g.optedOut[person]; !found || known.last < row.last || known.since > row.since {
			more.optedOut[person] = row
		}
	}
	return more
}

func emptyForgetList() forgetList {
	return forgetList{map[lead.PartnerID]int64{}, map[string]suppressed{}}
}

func (f forgetList) encode(key []byte) []byte {
	var text bytes.Buffer
	fmt.Fprintln(&text, forgottenFormat)
	for _, id := range slices.Sorted(maps.Keys(f.erased)) {
		fmt.Fprintf(&text, "erased %s %d\n", id, f.erased[id])
	}
	for _, person := range slices.SortedFunc(maps.Keys(f.optedOut), cmp.Compare) {
		row := f.optedOut[person]
		fmt.Fprintf(&text, "opted-out %s %d %d %d %q\n", person, row.version, row.since, row.last, row.channel)
	}
	fmt.Fprintf(&text, "end %d ", f.len())
	fmt.Fprintf(&text, "%x\n", sumOf(text.Bytes(), key))
	return text.Bytes()
}

func sumOf(text, key []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(text)
	return mac.Sum(nil)
}

// errNoList: a file cannot be used as a list.
var errNoList = errors.New("it is damaged, cut short, or the list of another database")

// decodeForgotten reads what encode wrote with the same key.
func decodeForgotten(text, key []byte) (forgetList, error) {
	f := emptyForgetList()
	end := bytes.LastIndex(text, []byte("\nend ")) + 1
	if end == 0 || !bytes.HasPrefix(text, []byte(forgottenFormat+"\n")) {
		return f, errNoList
	}
	var lines int
	var sum string
	if _, err := fmt.Sscanf(string(text[end:]), "end %d %s\n", &lines, &sum); err != nil {
		return f, errNoList
	}
	hash, err := hex.DecodeString(sum)
	if err != nil || !hmac.Equal(hash, sumOf(fmt.Appendf(text[:end:end], "end %d ", lines), key)) {
		return f, errNoList
	}
	scan := bufio.NewScanner(bytes.NewReader(text[len(forgottenFormat)+1 : end]))
	for scan.Scan() {
		if err := f.add(scan.Text()); err != nil {
			return f, err
		}
	}
	if err := scan.Err(); err != nil || f.len() != lines {
		return f, errNoList
	}
	return f, nil
}

func (f forgetList) add(line string) error {
	words := strings.SplitN(line, " ", 6)
	numbers := make([]int64, len(words))
	for i := range words[:min(len(words), 5)] {
		numbers[i], _ = strconv.ParseInt(words[i], 10, 64) // some are names
	}
	switch {
	case words[0] == "erased" && len(words) == 3:
		f.erased[lead.PartnerID(words[1])] = numbers[2]
	case words[0] == "opted-out" && len(words) == 6:
		channel, err := strconv.Unquote(words[5])
		if _, hexErr := hex.DecodeString(words[1]); err != nil || hexErr != nil {
			return errNoList
		}
		f.optedOut[words[1]] = suppressed{int(numbers[2]), numbers[3], numbers[4], channel}
	default:
		return errNoList
	}
	return nil
}

// forgetList reads both tables.
func (s *Store) forgetList(ctx context.Context) (forgetList, error) {
	f := emptyForgetList()
	err := eachRow(ctx, s.engine.Reader(), "select lead_id, at from erasure", func(row *sql.Rows) error {
		var id lead.PartnerID
		var at int64
		err := row.Scan(&id, &at)
		f.erased[id] = at
		return err
	})
	if err != nil {
		return f, err
	}
	err = eachRow(ctx, s.engine.Reader(), "select person, index_version, since, last_at, channel from suppression", func(row *sql.Rows) error {
		var person []byte
		var one suppressed
		err := row.Scan(&person, &one.version, &one.since, &one.last, &one.channel)
		f.optedOut[hex.EncodeToString(person)] = one
		return err
	})
	if err != nil {
		return f, err
	}
	return s.withCurrentIndexes(f)
}

func eachRow(ctx context.Context, q db.Queries, query string, act func(row *sql.Rows) error) error {
	rows, err := q.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // its error is that of rows.Err
	for rows.Next() {
		if err := act(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// forgottenMark changes whenever one of the tables does.
type forgottenMark struct{ erased, optedOut, newest, words int64 }

func (s *Store) forgottenMark(ctx context.Context) (m forgottenMark, err error) {
	err = s.engine.Reader().QueryRowContext(ctx, `select (select count(*) from erasure), (select count(*) from suppression),
		(select coalesce(max(last_at), 0) from suppression),
		(select cast(coalesce(sum(last_at % 1000003 + since % 999983), 0) as bigint) from suppression)`).Scan(&m.erased, &m.optedOut, &m.newest, &m.words)
	return m, err
}

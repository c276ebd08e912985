//go:build sqlmap

package e2e

import (
	"database/sql"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// holes are handlers that build SQL out of what is sent, as nobody must: of a box, of a cookie,
// and of a header that is only written and never shown.
func holes(db *sql.DB) http.Handler {
	mux := http.NewServeMux()
	looked := func(w http.ResponseWriter, id string) {
		var name string
		err := db.QueryRow("select name from person where id = '" + id + "'").Scan(&name)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			http.NotFound(w, nil)
		case err != nil:
			http.Error(w, "trouble", http.StatusInternalServerError)
		default:
			_, _ = w.Write([]byte("Somebody of that name is here.")) // sqlmap may have left
		}
	}
	mux.HandleFunc("POST /box", func(w http.ResponseWriter, r *http.Request) { looked(w, r.FormValue("id")) })
	mux.HandleFunc("POST /cookie", func(w http.ResponseWriter, r *http.Request) {
		if cookie, err := r.Cookie("id"); err == nil {
			looked(w, cookie.Value)
		}
	})
	mux.HandleFunc("POST /header", func(w http.ResponseWriter, r *http.Request) {
		if _, err := db.Exec("insert into seen (agent) values ('" + r.UserAgent() + "')"); err != nil {
			http.Error(w, "trouble", http.StatusInternalServerError)
		}
	})
	return mux
}

// TestSQLMap_FindsAPlantedHole goes no further than the other tests do, at requests like theirs.
func TestSQLMap_FindsAPlantedHole(t *testing.T) {
	for _, tt := range []struct{ story, path, body, bent string }{
		{"in a box", "/box", "id=maria", "id"},
		{"in a cookie", "/cookie", "other=1", "id"},
		{"in a header that is written and never shown", "/header", "other=1", "User-Agent"},
	} {
		t.Run(tt.story, func(t *testing.T) {
			t.Parallel()
			db, err := sql.Open("sqlite", "file:"+t.TempDir()+"/planted.db?_txlock=immediate&_pragma=busy_timeout(5000)")
			must(t, err)
			t.Cleanup(func() { _ = db.Close() })
			_, err = db.Exec("create table person (id text, name text); insert into person values ('maria', 'Maria'); create table seen (agent text)")
			must(t, err)
			server := httptest.NewServer(holes(db))
			t.Cleanup(server.Close)
			r, err := http.NewRequest(http.MethodPost, server.URL+tt.path, strings.NewReader(tt.body))
			must(t, err)
			r.Header = http.Header{"User-Agent": {"Mozilla/5.0"}, "Cookie": {"id=maria"}, "Content-Type": {formType}}
			said := sqlmap(t, engine{"SQLite", "3"}, r, []string{tt.bent})
			if !said.convicts(tt.bent) || said.clearsAll() {
				t.Errorf("sqlmap does not find the hole; it said\n%s", said.said)
			}
		})
	}
}

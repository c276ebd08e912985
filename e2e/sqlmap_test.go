//go:build sqlmap

package e2e

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"intake/internal/store/storetest"
)

// engine is what a program keeps things on, and how far sqlmap goes there.
type engine struct{ name, level string }

// target is one request, of which sqlmap bends one place after the other: every box, every cookie, and the
// headers that are named.
type target struct {
	story   string
	request func(p *program) *http.Request
	headers []string
	route   string
	kept    []int // answers of the route that come only when the store has taken or looked for what was sent
}

// reach is how many such answers there must be for each place, of the hundreds that are bent there.
const reach = 200

func targets() []target {
	return []target{
		{"all the way", allTheWay, []string{"User-Agent", "Referer"}, checkPath, []int{303}},
		{"the first step", firstStep, nil, steps[0].path, []int{303, 422}},
		{"the step about you", laterStep(steps[1]), nil, steps[1].path, []int{303, 422}},
		{"the step about home", laterStep(steps[2]), nil, steps[2].path, []int{303, 422}},
		{"the step about income", laterStep(steps[3]), nil, steps[3].path, []int{303, 422}},
		{"the last button", lastButton(everything()), nil, checkPath, []int{303, 422}},
		{"the last button without a checked box", lastButton(everything().without("consentTerms")), nil, checkPath, []int{422}},
		{"an opt-out", optOut, []string{"User-Agent", "Referer"}, "/opt-out", []int{303}},
		{"a status page", statusPage(""), nil, "/status/:handle", []int{200, 404}},
		{"a stream", statusPage("/events"), nil, "/status/:handle/events", []int{200, 404}},
		{"a ZIP code", placeOf, nil, "/zip", []int{200, 204}}, // which a table knows and no store
	}
}

func (v *visitor) filled(path string, boxes answers) *http.Request {
	r, err := v.request(http.MethodPost, path, boxes.encode())
	must(v.program.t, err)
	return r
}

// empty are boxes and buttons that are there and say nothing.
func empty(names ...string) answers {
	boxes := answers{}
	for _, name := range names {
		boxes[name] = ""
	}
	return boxes
}

func firstStep(p *program) *http.Request {
	v := p.visitor()
	boxes := v.get("/").hidden().with("estimatedDebt", "15000", "website", "", "language", "")
	return v.filled(steps[0].path, boxes)
}

func laterStep(s step) func(*program) *http.Request {
	return func(p *program) *http.Request {
		v := p.visitor()
		v.walk(everything())
		boxes := empty(append(s.boxes, "language")...)
		maps.Copy(boxes, empty("back"))
		if s.path == "/apply/income" {
			maps.Copy(boxes, empty("forget"))
		}
		maps.Copy(boxes, everything().only(s.boxes...))
		return v.filled(s.path, boxes)
	}
}

func lastButton(a answers) func(*program) *http.Request {
	return func(p *program) *http.Request {
		v := p.visitor()
		boxes := empty(append(consentBoxes, "website", "language")...)
		maps.Copy(boxes, v.walk(a).form(a).with("viewport", "360x640"))
		return v.filled(checkPath, boxes)
	}
}

func optOut(p *program) *http.Request {
	v := p.visitor()
	v.header.Set("Referer", "https://ads.example")
	return v.filled("/opt-out", answers{"contact": "maria@example.com"})
}

func placeOf(p *program) *http.Request {
	return p.visitor().filled("/zip", answers{"zip": "78701"})
}

// guide is somebody whom sqlmap asks instead of the program, and who asks the program for it. The answer
// is the program's.
func (p *program) guide(boxes answers, ask func(r *http.Request) (response, error)) *http.Request {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := r.ParseForm()
		var got response
		if err == nil {
			got, err = ask(r)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		w.WriteHeader(got.status)
		_, _ = w.Write([]byte(got.body)) // sqlmap may have left
	}))
	p.t.Cleanup(server.Close)
	r, err := http.NewRequest(http.MethodPost, server.URL, strings.NewReader(boxes.encode()))
	must(p.t, err)
	r.Header = http.Header{"Content-Type": {formType}, "User-Agent": {"Mozilla/5.0"}, "Referer": {"https://ads.example"}}
	return r
}

// statusPage is the page of a lead at rest, whose stream ends at once. A guide writes its name into the
// address: as sqlmap writes it, the store would be asked for a name full of percent signs.
func statusPage(behind string) func(*program) *http.Request {
	return func(p *program) *http.Request {
		receipt := p.accepted(required())
		await(p.t, "the page is final", func() bool { return p.get(receipt).says(wordsQualified) })
		return p.guide(answers{"handle": strings.TrimPrefix(receipt, "/status/")}, func(r *http.Request) (response, error) {
			address := url.URL{Path: "/status/" + r.PostForm.Get("handle") + behind}
			return p.visitor().try(http.MethodGet, address.EscapedPath(), "")
		})
	}
}

// allTheWay takes somebody new with the answers and headers of each request from the first page to the
// last button: what is sent once only reaches the lead and its evidence.
func allTheWay(p *program) *http.Request {
	boxes := everything().only("firstName", "email", "address1", "employerName").with("utm_source", "newsletter")
	return p.guide(boxes, p.guided)
}

func (p *program) guided(r *http.Request) (response, error) {
	a, from, v := everything(), url.Values{}, p.visitor()
	for box, text := range r.PostForm {
		a[box] = text[0]
	}
	from.Set("utm_source", a["utm_source"])
	for _, name := range []string{"User-Agent", "Referer"} {
		v.header.Set(name, r.Header.Get(name))
	}
	got, err := v.tryWalkFrom("/?"+from.Encode(), a)
	if inputs := got.hidden(); err == nil && inputs["page"] != "" {
		return v.try(http.MethodPost, checkPath, check{got, inputs}.form(a).encode())
	}
	return got, err
}

func TestSQLMap_FindsNothingOnSQLite(t *testing.T) {
	bend(t, engine{"SQLite", "4"}, func(t *testing.T) *program { return serve(t) })
}

func TestSQLMap_FindsNothingOnPostgres(t *testing.T) {
	server := storetest.StartPostgres(t)
	bend(t, engine{"PostgreSQL", "3"}, func(t *testing.T) *program { return serve(t, "INTAKE_DATABASE_URL="+server.Database(t)) })
}

// bend runs sqlmap on each target, each at a program of its own.
func bend(t *testing.T, on engine, begin func(*testing.T) *program) {
	for _, tt := range targets() {
		t.Run(tt.story, func(t *testing.T) {
			t.Parallel()
			p := begin(t)
			r := tt.request(p)
			places := bentIn(t, r, tt.headers)
			said := sqlmap(t, on, r, places)
			for _, place := range places {
				if !said.clears(place) {
					t.Errorf("sqlmap does not say that %s was tested and is not injectable", place)
				}
			}
			if !said.clearsAll() {
				t.Errorf("sqlmap does not end with nothing; it found %q", said.found)
			}
			p.checkReached(t, tt, len(places))
			p.stop()
			for _, chain := range []string{"evidence", "audit"} {
				p.wants(0, "", chain, "verify")
			}
			p.visited.Store(false) // which is enough, and soon done for thousands of leads
		})
	}
}

var answered = regexp.MustCompile(`"route":"([^"]*)","status":(\d+)`)

// checkReached wants enough of what sqlmap sent to have come to the store, and no answer of the program
// that tells of trouble there.
func (p *program) checkReached(t *testing.T, tt target, places int) {
	t.Helper()
	reached, statuses := 0, map[int]int{}
	for _, m := range answered.FindAllStringSubmatch(p.out.String(), -1) {
		status, err := strconv.Atoi(m[2])
		must(t, err)
		statuses[status]++
		if m[1] == tt.route && slices.Contains(tt.kept, status) {
			reached++
		}
		if status >= 500 {
			t.Errorf("%s answered %d", m[1], status)
		}
	}
	if reached < reach*places {
		t.Errorf("%d answers came from the store, want %d; all were %v", reached, reach*places, statuses)
	}
	if strings.Contains(p.out.String(), `"level":"ERROR"`) {
		t.Error("the program logged an error")
	}
	t.Logf("%d places, answers %v, %d by the store", places, statuses, reached)
}

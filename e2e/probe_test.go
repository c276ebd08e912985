package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"intake/internal/lead"
)

// Who probes whether somebody or something is there sees one answer, as soon as the other: of this many
// pairs, asked for one after the other, the median difference is no greater. Differences within a pair
// stand where medians of each side do not: a disk that others use has fast and slow times.
const (
	samples  = 200
	asSoonAs = 5 * time.Millisecond
	us       = time.Microsecond
)

// probe is two requests whose answers must not differ: for what is there, at least in part, and for
// what is nowhere. Each sample has requests of its own.
type probe struct {
	story          string
	there, nowhere func(i int) *http.Request
	status         int
}

// differences are the sentences on how the answers to a probe differ.
func (pr probe) differences(t *testing.T) (sentences []string) {
	t.Helper()
	var there, apart []time.Duration
	for i := range samples {
		var got [2]response
		var took [2]time.Duration
		ask := [2]*http.Request{pr.there(i), pr.nowhere(i)}
		for _, which := range [][]int{{0, 1}, {1, 0}}[i%2] { // neither is always the first
			begun := time.Now()
			got[which] = asked(t, ask[which])
			took[which] = time.Since(begun)
		}
		if diff := cmp.Diff(unnamed(got[1]), unnamed(got[0])); diff != "" {
			return []string{"the answers differ (-nowhere +there):\n" + diff}
		}
		if got[0].status != pr.status {
			return []string{fmt.Sprintf("answered %d, want %d", got[0].status, pr.status)}
		}
		there, apart = append(there, took[0]), append(apart, took[0]-took[1])
	}
	t.Logf("%s: answered in %s, %s later than what is nowhere", pr.story, median(there).Round(us), median(apart).Round(us))
	if median(apart).Abs() > asSoonAs {
		sentences = append(sentences, fmt.Sprintf("the answer comes %s later, want %s", median(apart), asSoonAs))
	}
	return sentences
}

func median(took []time.Duration) time.Duration {
	slices.Sort(took)
	return took[len(took)/2]
}

func asked(t *testing.T, r *http.Request) response {
	t.Helper()
	answer, err := client.Do(r)
	must(t, err)
	defer answer.Body.Close()
	text, err := unpacked(answer)
	must(t, err)
	return response{answer.StatusCode, answer.Header, string(text)}
}

var drawn = regexp.MustCompile(`(name="(?:page|request|shown|origin)" value=")[^"]*`)

// unnamed is what an answer says without what is drawn anew for each: the reference, times, proofs.
func unnamed(got response) []string {
	header := got.header.Clone()
	body := strings.ReplaceAll(got.body, header.Get("X-Request-Id"), "REFERENCE")
	for _, name := range []string{"X-Request-Id", "Date"} {
		header.Del(name)
	}
	return []string{fmt.Sprint(got.status), fmt.Sprint(header), drawn.ReplaceAllString(body, "${1}DRAWN")}
}

// plain is a visitor who takes no compressed answers, whose length is left to chance.
func (p *program) plain() *visitor {
	v := p.visitor()
	v.header.Del("Accept-Encoding")
	return v
}

// withDraft asks as the holder of a draft.
func (p *program) withDraft(handle, method, path string, boxes answers) func(int) *http.Request {
	return func(int) *http.Request {
		v := p.plain()
		v.cookies[draftCookie] = handle
		r, err := v.request(method, path, boxes.encode())
		must(p.t, err)
		return r
	}
}

const draftCookie = "draft" // over http

// address asks for a page by its path.
func (p *program) address(path string) func(int) *http.Request {
	return p.withDraft("", http.MethodGet, path, nil)
}

// bentName is the name with its last letter changed.
func bentName(name string) string {
	last := "A"
	if strings.HasSuffix(name, last) {
		last = "B"
	}
	return name[:len(name)-1] + last
}

func TestProbe_AStatusPageThatIsNotYoursIsNowhere(t *testing.T) {
	p := serve(t)
	mine, erased, other := p.accepted(required()), p.accepted(everything()), p.accepted(required().with("firstName", "Other"))
	p.later("update lead set erased_at = $1 where id in ($2, $3)", time.Now().UnixMilli(), p.idOf(erased), p.idOf(other))
	near, nobody := bentName(mine), "/status/"+lead.NewHandle()
	for _, pr := range []probe{
		{"one letter beside a page", p.address(near), p.address(nobody), 404},
		{"what is no name", p.address("/status/x"), p.address(nobody), 404},
		{"one letter beside a stream", p.address(near + "/events"), p.address(nobody + "/events"), 404},
		{"one letter beside what was erased", p.address(bentName(erased)), p.address(nobody), 404},
		{"what was erased of two people", p.address(erased), p.address(other), 410},
		{"in Spanish", p.address("/es" + near), p.address("/es" + nobody), 404},
	} {
		pr.holds(t)
	}
}

// holds fails the test for each difference.
func (pr probe) holds(t *testing.T) {
	t.Helper()
	for _, difference := range pr.differences(t) {
		t.Errorf("%s: %s", pr.story, difference)
	}
}

func (p *program) idOf(receipt string) lead.PartnerID {
	l, _ := p.onDisk(receipt)
	return l.ID
}

func TestProbe_ADraftThatIsNotYoursIsNowhere(t *testing.T) {
	p := serve(t)
	mine, expired := p.plain(), p.plain()
	mine.walk(everything())
	boxes := expired.walk(everything()).form(everything())
	p.later("update draft set expires_at = $1 where id like $2", time.Now().UnixMilli(), expired.cookies[draftCookie][:lead.NameTime]+"%")
	near, gone, nobody := bentName(mine.cookies[draftCookie]), expired.cookies[draftCookie], lead.NewHandle()
	for _, path := range []string{"/apply", "/apply/you", "/apply/home", "/apply/income", checkPath} {
		probe{"beside a draft, " + path, p.withDraft(near, http.MethodGet, path, nil), p.withDraft(nobody, http.MethodGet, path, nil), 404}.holds(t)
	}
	for story, handle := range map[string]string{"beside a draft": near, "of an expired draft": gone, "what is no name": "x"} {
		probe{"the last button " + story, p.withDraft(handle, http.MethodPost, checkPath, boxes), p.withDraft(nobody, http.MethodPost, checkPath, boxes), 422}.holds(t)
	}
}

func TestProbe_APageThatWasShownToAnotherIsNowhere(t *testing.T) {
	p := serve(t)
	me, other := p.plain(), p.plain()
	mine, theirs := me.walk(everything()).form(everything()), other.walk(everything()).inputs
	for _, box := range []string{"page", "request"} {
		post := func(value string) func(int) *http.Request {
			return p.withDraft(me.cookies[draftCookie], http.MethodPost, checkPath, mine.with(box, value))
		}
		probe{box + " of another", post(theirs[box]), post(bentName(theirs[box])), 422}.holds(t)
	}
	if n := len(p.leadIDs()); n != 0 {
		t.Errorf("%d leads were made of a page that was shown to another", n)
	}
}

// Known are people whose leads wait and are stopped by the opt-out, and those who opted out before.
func TestProbe_AnOptOutIsTheSameForThoseWeKnow(t *testing.T) {
	p, _ := apart(t)
	p.start() // without a simulator nothing becomes of the leads
	post := func(contact func(i int) string) func(int) *http.Request {
		return func(i int) *http.Request {
			r, err := p.plain().request(http.MethodPost, "/opt-out", answers{"contact": contact(i)}.encode())
			must(t, err)
			return r
		}
	}
	for k, box := range []string{"homePhone", "email"} {
		known := func(i int) answers { return invented(1000 + k*samples + i) }
		waiting := func(i int) string { p.accepted(known(i)); return known(i)[box] }
		nobody := func(from int) func(int) *http.Request {
			return post(func(i int) string { return invented(from + k*samples + i)[box] })
		}
		probe{box + " of a lead that waits", post(waiting), nobody(5000), 303}.holds(t)
		probe{box + " that opted out", post(func(i int) string { return known(i)[box] }), nobody(7000), 303}.holds(t)
	}
}

func TestProbe_FindsAPlantedDifference(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/later":
			<-time.After(2 * asSoonAs)
		case "/longer":
			w.Header().Set("X-Known", "yes")
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(server.Close)
	get := func(path string) func(int) *http.Request {
		return func(int) *http.Request {
			r, err := http.NewRequest(http.MethodGet, server.URL+path, nil)
			must(t, err)
			return r
		}
	}
	for path, want := range map[string]string{"/later": "the answer comes ", "/longer": "the answers differ", "/same": ""} {
		said := strings.Join(probe{path, get(path), get("/nowhere"), 404}.differences(t), "\n")
		if !strings.HasPrefix(said, want) || want == "" && said != "" {
			t.Errorf("of %s it is said %q, want %q", path, said, want)
		}
	}
}

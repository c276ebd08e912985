package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"intake/internal/lead"
)

// canaries are values that must stay where they belong, each unlike anything else.
var (
	secretCanary = canary{"the client secret", "kEstrel-s3cret~7319"}
	personal     = []canary{
		{"the SSN", "219-09-7319"},
		{"the e-mail", "zaunkoenig7319@canary.example"},
		{"the phone", "512-555-7319"},
		{"the phone as pages write it", "(512) 555-7319"},
		{"the first name", "Zaunkoeniga"},
		{"the last name", "Wiedehopfer"},
		{"the address", "7319 Eisvogel Weg"},
	}
)

// canary is a value to look for, and what to call it.
type canary struct{ name, value string }

// spellings are the ways in which the value could be written down.
func (c canary) spellings() []string {
	all := []string{
		c.value, strings.ToLower(c.value), url.QueryEscape(c.value), url.PathEscape(c.value),
		hex.EncodeToString([]byte(c.value)),
		base64.StdEncoding.EncodeToString([]byte(c.value)), base64.RawURLEncoding.EncodeToString([]byte(c.value)),
	}
	if digits := digitsOf(c.value); len(digits) > 8 {
		all = append(all, digits)
	}
	return all
}

func digitsOf(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// place is something that was written down, and what to call it.
type place struct {
	name string
	text []byte
}

// leaks is the search that every test below uses: each place in which a canary stands.
func leaks(places []place, canaries ...canary) []string {
	var found []string
	for _, p := range places {
		for _, c := range canaries {
			for _, spelling := range c.spellings() {
				if bytes.Contains(p.text, []byte(spelling)) {
					found = append(found, c.name+" is in "+p.name+" as "+spelling)
				}
			}
		}
	}
	return found
}

// nest is a person who is all canaries.
func nest() answers {
	return required().with("firstName", "Zaunkoeniga", "lastName", "Wiedehopfer", "address1", "7319 Eisvogel Weg",
		"email", "zaunkoenig7319@canary.example", "homePhone", "512-555-7319", "socialSecurityNumber", "219-09-7319")
}

// headers is a response's head as one text.
func (r response) headers() []byte {
	var head bytes.Buffer
	_ = r.header.Write(&head) // a buffer takes everything
	return head.Bytes()
}

// tour sends the person through every page and every refusal, in both languages, and returns every
// answer.
func tour(t *testing.T, p *program) map[string]response {
	t.Helper()
	all := map[string]response{}
	for name, v := range map[string]*visitor{"": p.visitor(), " in Spanish": p.visitor().inSpanish()} {
		for place, answer := range v.tour(t) {
			all[place+name] = answer
		}
	}
	for name, path := range map[string]string{
		"health": "/healthz", "ready": "/readyz", "robots": "/robots.txt", "icon": "/favicon.ico", "spanish": "/es",
		"nowhere": "/nowhere?email=zaunkoenig7319@canary.example",
	} {
		all[name] = p.get(path)
	}
	all["place"] = fetch(t, "POST", p.url+"/zip", formType, "zip=78701")
	all["report"] = fetch(t, "POST", p.url+"/csp-reports", "application/csp-report", `{"csp-report":{"effective-directive":"img-src","document-uri":"zaunkoenig7319@canary.example"}}`)
	all["method"] = fetch(t, "DELETE", p.url+checkPath, "", "")
	return all
}

// tour is one person's way: wrong on each step, right on each step, back, refused, sent, sent again,
// changed, opted out.
func (v *visitor) tour(t *testing.T) map[string]response {
	t.Helper()
	seen := map[string]response{"first page": v.get("/"), "too early": v.get(checkPath)}
	wrong := nest().with("email", "zaunkoenig7319@", "homePhone", "512-555-73", "zipCode", "x", "monthlyRent", "much")
	v.fillIn(seen, "wrong ", wrong)
	v.comeBack(t, seen)
	v.fillIn(seen, "", nest())
	page := v.look()
	seen["check"] = page.response
	seen["no ticks"] = v.finish(page, answers{})
	seen["no request"] = v.post(checkPath, page.form(nest()).with("request", ""))
	seen["another page"] = v.post(checkPath, page.form(nest()).with("page", "x"))
	seen["unknown"] = v.post(checkPath, page.form(nest()).with("7319", "x"))
	seen["accepted"] = v.finish(page, nest())
	seen["again"] = v.finish(page, nest())
	seen["check of what was sent"] = v.get(checkPath)
	seen["change"] = v.post("/apply/home", nest().only(steps[stepHome].boxes...).with("city", "Dallas"))
	seen["changed"] = v.finish(v.look(), nest())
	_, handle, _ := strings.Cut(seen["accepted"].receipt(t), "/status/")
	for name, path := range map[string]string{
		"status": "/status/" + handle, "no such status": "/status/AAAAAAAAAAAAAAAAAAAAAAAAAA", "opt-out": "/opt-out", "opted out": "/opt-out/done",
		"privacy": "/privacy", "terms": "/terms", "no step": "/apply/nowhere", "next": "/apply", "begun": "/",
	} {
		seen[name] = v.get(path)
	}
	seen["opt out badly"] = v.post("/opt-out", answers{"contact": "zaunkoenig7319@"})
	seen["opt out"] = v.post("/opt-out", answers{"contact": "512-555-7399"}) // another number than the lead's
	seen["json"] = fetch(t, "POST", v.program.url+v.prefix+"/apply/you", "application/json", `{"email":"zaunkoenig7319@canary.example"}`)
	seen["too long"] = fetch(t, "POST", v.program.url+v.prefix+"/apply/you", formType, "firstName=Zaunkoeniga&city="+strings.Repeat("a", 70<<10))
	return seen
}

// comeBack asks for a link, looks at it as a robot does, and goes on by it in another browser, which is the visitor's from then on.
func (v *visitor) comeBack(t *testing.T, seen map[string]response) {
	t.Helper()
	seen["ask for a link"] = v.post("/apply/you", answers{"firstName": "Zaunkoenig", "later": "yes"})
	seen["link"] = v.get("/apply/later")
	link := seen["link"].link(t)
	seen["link opened"] = v.get(link)
	delete(v.cookies, draftCookie)
	seen["gone on"] = v.post(link, answers{"go": "on"})
	if seen["gone on"].status != 303 || v.cookies[draftCookie] == "" {
		t.Fatalf("the link is answered %d", seen["gone on"].status)
	}
}

var returnLink = regexp.MustCompile(`/apply/return/[A-Z2-7]{26}`)

// link is the return link on a page, without the language.
func (r response) link(t *testing.T) string {
	t.Helper()
	link := returnLink.FindString(r.body)
	if link == "" {
		t.Fatalf("the page has no link: %d", r.status)
	}
	return link
}

// fillIn sends each step once, and looks at it before and after.
func (v *visitor) fillIn(seen map[string]response, how string, a answers) {
	for i, step := range steps {
		boxes := a.only(step.boxes...)
		if i == 0 {
			maps.Copy(boxes, v.get("/").hidden())
		}
		seen[how+"before "+step.path] = v.get(step.page())
		seen[how+step.path] = v.post(step.path, boxes)
		seen[how+"after "+step.path] = v.get(step.page())
	}
}

// filesUnder is every file below the folder.
func filesUnder(t *testing.T, dir string) []place {
	t.Helper()
	var places []place
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		places = append(places, place{"the file " + filepath.Base(path), text})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return places
}

// faultsBefore are what goes wrong at the token service and at Alleviate while the person is
// carried; each echoes or refuses something that a careless program would write down.
const faultsBefore = `[{"fault":"503","operation":"createLead","retryAfter":"1","body":"html"},
	{"fault":"401","operation":"createLead"}]`

func TestCanary_TheClientSecretIsNowhere(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ story, setting string }{
		{"a secret that is right", "SIMULATOR_FAULTS=off"},
		{"a simulator that misbehaves", "SIMULATOR_FAULTS=on"},
	} {
		t.Run(tt.story, func(t *testing.T) {
			p := serve(t, "INTAKE_LOG=debug", "ALLEVIATE_CLIENT_SECRET="+secretCanary.value, tt.setting)
			order(t, p.twin, "faults", faultsBefore)
			answers := tour(t, p)
			await(t, "the token was asked for", func() bool { return len(p.ledger().Calls("token")) > 0 })
			await(t, "createLead has arrived", func() bool { return len(p.ledger().Calls("createLead")) > 0 })
			running := filesUnder(t, p.dir) // with the write-ahead log
			p.stop()
			reportLeaks(t, append(append(placesOf(p, answers), filesUnder(t, p.dir)...), running...), secretCanary)
		})
	}
}

func TestCanary_AWrongClientSecretIsNowhereEither(t *testing.T) {
	t.Parallel()
	tw := startTwin(t, "ALLEVIATE_CLIENT_SECRET=another-word")
	p := serve(t, append(tw.addresses(), "INTAKE_LOG=debug", "ALLEVIATE_CLIENT_SECRET="+secretCanary.value)...)
	answers := tour(t, p)
	await(t, "the token was refused", func() bool { return p.out.has("delivery waits") })
	p.stop()
	places := append(placesOf(p, answers), filesUnder(t, p.dir)...)
	places = append(places, place{"the simulator's log", []byte(tw.out.String())})
	reportLeaks(t, append(places, filesUnder(t, tw.dir)...), secretCanary)
}

func TestCanary_NoSettingIsQuotedWhenTheProgramRefusesToStart(t *testing.T) {
	p := newProcess(t, nil, "ALLEVIATE_CLIENT_SECRET="+secretCanary.value, "ALLEVIATE_ENVIRONMENT=sandbox", "INTAKE_WORKERS=many")
	if code := p.run(); code != 1 {
		t.Errorf("ended with %d, want 1", code)
	}
	reportLeaks(t, append(filesUnder(t, p.dir), place{"the output", []byte(p.out.String())}), secretCanary)
}

func TestCanary_PersonalDataIsInNoLogHeaderAddressOrFileInClear(t *testing.T) {
	t.Parallel()
	p := serve(t, "INTAKE_LOG=debug")
	order(t, p.twin, "faults", faultsBefore)
	answers := tour(t, p)
	awaitDelivered(t, p.twin, 1)
	var places []place
	for name, answer := range answers {
		places = append(places, place{"the headers of " + name, answer.headers()})
		if !ownPages.MatchString(name) {
			places = append(places, place{"the page " + name, []byte(answer.body)})
		}
	}
	for _, file := range filesUnder(t, p.dir) {
		if file.name != "the file simulator.json" { // the twin's own memory of what it was sent
			places = append(places, file)
		}
	}
	p.stop()
	for _, file := range filesUnder(t, p.dir) {
		if file.name != "the file simulator.json" {
			places = append(places, place{file.name + " after the stop", file.text})
		}
	}
	places = append(places, place{"the log", []byte(p.out.String())})
	reportLeaks(t, places, personal...)
}

// ownPages are those of a tour that hold what the person typed.
var ownPages = regexp.MustCompile(`/apply/|^(check|no ticks|no request|another page|changed|opt out badly)`)

// What names a draft names its requests too: whoever has it sees everything that was typed.
func TestCanary_ADraftsHandleIsInItsCookieAlone(t *testing.T) {
	t.Parallel()
	p := serve(t, "INTAKE_LOG=debug")
	order(t, p.twin, "faults", faultsBefore)
	v := p.visitor()
	answers := v.tour(t)
	awaitDelivered(t, p.twin, 1)
	handle := canary{"the draft's handle", v.cookies[draftCookie][lead.NameTime:]}
	places := filesUnder(t, p.dir)
	l, _ := p.onDisk(answers["accepted"].receipt(t))
	p.stop()
	packet := filepath.Join(t.TempDir(), "packet.zip")
	p.wants(0, "is written", "evidence", string(l.ID), "-o", packet, "-by", "ann", "-reason", "case 12")
	for name, text := range unzip(t, packet) {
		places = append(places, place{name + " of the packet", text})
	}
	places = append(places, place{"the log", []byte(p.out.String())})
	for name, answer := range answers {
		places = append(places, place{"the page " + name, []byte(answer.body)})
	}
	reportLeaks(t, append(places, filesUnder(t, p.dir)...), handle)
	if len(leaks([]place{{"the cookies", answers["/apply/debt"].headers()}}, handle)) == 0 {
		t.Error("the handle was not found in its cookie")
	}
}

func TestCanary_TheSSNIsInNoPageAtAll(t *testing.T) {
	t.Parallel()
	p := serve(t)
	var places []place
	for name, answer := range tour(t, p) {
		places = append(places, place{"the page " + name, []byte(answer.body)})
	}
	reportLeaks(t, places, personal[0], canary{"the SSN without its dashes", digitsOf(personal[0].value)})
	if got := p.visitor().walk(nest()); !strings.Contains(got.body, "ends in 7319") {
		t.Error("the check page does not tell which number it is")
	}
}

// placesOf is everything that the program answered and wrote out.
func placesOf(p *program, answers map[string]response) []place {
	places := []place{{"the log", []byte(p.out.String())}}
	for name, answer := range answers {
		places = append(places, place{"the headers of " + name, answer.headers()}, place{"the page " + name, []byte(answer.body)})
	}
	return places
}

func reportLeaks(t *testing.T, places []place, canaries ...canary) {
	t.Helper()
	if len(places) == 0 {
		t.Fatal("there was nowhere to look")
	}
	for _, leak := range leaks(places, canaries...) {
		t.Error(leak)
	}
}

// The search is believed because it finds what is planted, in every spelling, and because it finds
// the person where the person may be: in the simulator's memory and in the form with errors.
func TestCanary_TheSearchFindsAPlantedLeak(t *testing.T) {
	p := serve(t)
	answers := tour(t, p)
	awaitDelivered(t, p.twin, 1)
	for _, spelling := range secretCanary.spellings() {
		planted := filepath.Join(p.dir, "data", "planted.log")
		must(t, os.WriteFile(planted, []byte("level=ERROR secret="+spelling+"\n"), 0o600))
		if len(leaks(filesUnder(t, p.dir), secretCanary)) == 0 {
			t.Errorf("a planted %s was not found", spelling)
		}
		must(t, os.Remove(planted))
	}
	for _, c := range personal {
		if c.name != "the phone as pages write it" && len(leaks(filesUnder(t, p.dir), c)) == 0 {
			t.Errorf("%s was not found in the simulator's memory", c.name)
		}
		if c.name != "the SSN" && c.name != "the phone" && len(leaks([]place{{"the check page", []byte(answers["check"].body)}}, c)) == 0 {
			t.Errorf("%s was not found on the check page", c.name)
		}
	}
}

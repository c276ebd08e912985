package e2e

import (
	"testing"
	"time"
)

// later stops the program, changes what is on disk, as time would, and starts it again.
func (p *program) later(statement string, args ...any) {
	p.t.Helper()
	if code := p.stop(); code != 0 {
		p.t.Errorf("the program ended with %d, want 0", code)
	}
	p.behind(statement, args...)
	p.start()
}

const goneWords = "It has been a while, or you went on in another browser, and your earlier answers are no longer kept here. Please go through the questions again."

// A draft that has expired, at each POST: a clear page, and what was typed just now is there.
func TestSteps_AnExpiredDraftBeginsAnewWithWhatWasTyped(t *testing.T) {
	p := serve(t)
	late := map[int]*visitor{}
	pages := map[int]check{}
	for i := range len(steps) + 1 {
		late[i] = p.visitor()
		pages[i] = late[i].walk(everything())
	}
	p.later("update draft set expires_at = $1", time.Now().UnixMilli())
	for i, step := range steps {
		v := late[i]
		got := v.post(step.path, everything().only(step.boxes...).with(firstBoxes(i, v)...))
		if i == 0 { // nothing was asked for twice: whoever begins has no earlier answers to miss
			checkLeads(t, got, "/apply/you")
			continue
		}
		checkLeads(t, got, "/")
		if page := v.get("/"); !page.says(goneWords) {
			t.Errorf("%s: nobody tells that the earlier answers are gone", step.path)
		}
		for j, again := range steps {
			if j != i {
				v.post(again.path, everything().only(again.boxes...))
			}
		}
		page := v.look()
		if !page.says("José") || !page.says("500 Example Ave") || !page.says("Example & Sons") {
			t.Errorf("%s: what was typed late is not on the check page", step.path)
		}
		v.finish(page, everything())
	}
	v := late[len(steps)]
	got := v.finish(pages[len(steps)], everything())
	if got.status != 422 || !got.says(goneWords) || got.value(t, "estimatedDebt") != "" {
		t.Errorf("an expired check page is answered %d, want 422 with the first page", got.status)
	}
	checkLeads(t, v.get(checkPath), "/")
	checkLeads(t, v.get("/apply/home"), "/")
	checkLeads(t, v.get("/apply"), "/")
	awaitDelivered(t, p.twin, 1)
}

// firstBoxes are what the first page's form holds besides the answers.
func firstBoxes(i int, v *visitor) []string {
	if i > 0 {
		return nil
	}
	hidden := v.get("/").hidden()
	return []string{"shown", hidden["shown"], "origin", hidden["origin"]}
}

func checkLeads(t *testing.T, got response, where string) {
	t.Helper()
	if got.status != 303 || got.header.Get("Location") != where {
		t.Errorf("answered %d, which leads to %q, want 303 to %s", got.status, got.header.Get("Location"), where)
	}
}

func TestSteps_AnExpiredDraftInTheBrowserIsAClearPage(t *testing.T) {
	bothWays(t, func(t *testing.T, v *visit) {
		v.walk(everything())
		v.program.later("update draft set expires_at = $1", time.Now().UnixMilli())
		v.agree()
		v.expect(422)
		v.press()
		v.sees(goneWords)
		for i, step := range steps {
			v.fill(everything().only(step.boxes...))
			v.press()
			v.at(after(i))
		}
		v.agree()
		v.press()
		v.atStatus()
	})
}

package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	pw "github.com/mxschmitt/playwright-go"
)

// reading is an element as the browser gives it to a screen reader.
type reading struct {
	Role, Name, Description string
	Level                   int // of a heading
	Focusable, Invalid      bool
}

// axNode is a node of Chromium's accessibility tree:
// https://chromedevtools.github.io/devtools-protocol/tot/Accessibility/#type-AXNode
type axNode struct {
	NodeID, ParentID        string
	ChildIDs                []string
	Ignored                 bool
	Role, Name, Description axValue
	Properties              []struct {
		Name  string
		Value axValue
	}
}

type axValue struct{ Value any }

func (a axValue) String() string {
	if a.Value == nil {
		return ""
	}
	return strings.TrimSpace(fmt.Sprint(a.Value))
}

func (n axNode) reading() reading {
	r := reading{Role: n.Role.String(), Name: n.Name.String(), Description: n.Description.String()}
	for _, property := range n.Properties {
		switch property.Name {
		case "focusable":
			r.Focusable = property.Value.Value == true
		case "invalid":
			r.Invalid = property.Value.String() == "true"
		case "level":
			level, _ := property.Value.Value.(float64) // of a heading, always a number
			r.Level = int(level)
		}
	}
	return r
}

// readings are the elements of the page in the order in which they are read.
func (v *visit) readings() []reading {
	v.t.Helper()
	session, err := v.Context().NewCDPSession(v.Page)
	must(v.t, err)
	defer func() { must(v.t, session.Detach()) }()
	answer, err := session.Send("Accessibility.getFullAXTree", nil)
	must(v.t, err)
	text, err := json.Marshal(answer)
	must(v.t, err)
	var tree struct{ Nodes []axNode }
	must(v.t, json.Unmarshal(text, &tree))
	byID := map[string]axNode{}
	for _, node := range tree.Nodes {
		byID[node.NodeID] = node
	}
	var all []reading
	var read func(node axNode)
	read = func(node axNode) {
		if !node.Ignored {
			all = append(all, node.reading())
		}
		for _, id := range node.ChildIDs {
			read(byID[id])
		}
	}
	for _, node := range tree.Nodes {
		if node.ParentID == "" {
			read(node)
		}
	}
	return all
}

// landmarks are the roles by which screen readers jump through a page.
var landmarks = []string{"banner", "complementary", "contentinfo", "form", "main", "navigation", "region", "search"}

// readingProblems is what a screen reader could not tell, in sentences.
func readingProblems(all []reading) (problems []string) {
	level, seen := 0, map[string]int{}
	for _, r := range all {
		switch {
		case r.Role == "heading" && r.Level > level+1:
			problems = append(problems, fmt.Sprintf("the heading %q has level %d after level %d", r.Name, r.Level, level))
		case r.Role == "heading" && r.Level == 1 && level > 0:
			problems = append(problems, fmt.Sprintf("%q is a second heading of level 1", r.Name))
		}
		if r.Role == "heading" {
			level = r.Level
		}
		if r.Focusable && r.Role != "RootWebArea" && r.Role != "option" && (r.Name == "" || slices.Contains([]string{"", "generic", "none"}, r.Role)) {
			problems = append(problems, fmt.Sprintf("a control has the role %q and the name %q", r.Role, r.Name))
		}
		if r.Invalid && r.Description == "" {
			problems = append(problems, fmt.Sprintf("%q is invalid, and nothing says why", r.Name))
		}
		if slices.Contains(landmarks, r.Role) && (r.Role != "form" || r.Name != "") {
			seen[r.Role+" "+r.Name]++
		}
	}
	for landmark, n := range seen {
		if n > 1 {
			problems = append(problems, fmt.Sprintf("%d landmarks are %q", n, landmark))
		}
	}
	for _, one := range []string{"banner ", "main "} {
		if seen[one] != 1 {
			problems = append(problems, fmt.Sprintf("%d landmarks are %q, want one", seen[one], one))
		}
	}
	slices.Sort(problems)
	return problems
}

func TestScreenReader_TheSearchForProblemsFindsThem(t *testing.T) {
	page := func(more ...reading) []reading {
		return append([]reading{{Role: "RootWebArea", Focusable: true}, {Role: "banner"}, {Role: "main"}, {Role: "heading", Name: "Desk", Level: 1}}, more...)
	}
	for want, all := range map[string][]reading{
		"": page(reading{Role: "textbox", Name: "Email", Focusable: true, Invalid: true, Description: "Enter it"}, reading{Role: "heading", Level: 2}, reading{Role: "heading", Level: 3}, reading{Role: "heading", Level: 2}),
		`a control has the role "button" and the name ""`:                            page(reading{Role: "button", Focusable: true}),
		`a control has the role "generic" and the name "Send"`:                       page(reading{Role: "generic", Name: "Send", Focusable: true}),
		`"Email" is invalid, and nothing says why`:                                   page(reading{Role: "textbox", Name: "Email", Focusable: true, Invalid: true}),
		`the heading "Script" has level 3 after level 1`:                             page(reading{Role: "heading", Name: "Script", Level: 3}),
		`"Desk" is a second heading of level 1`:                                      page(reading{Role: "heading", Name: "Desk", Level: 1}),
		`2 landmarks are "region Leads"`:                                             page(reading{Role: "region", Name: "Leads"}, reading{Role: "region", Name: "Leads"}),
		"0 landmarks are \"banner \", want one\n0 landmarks are \"main \", want one": {{Role: "heading", Level: 1}},
	} {
		if got := strings.Join(readingProblems(all), "\n"); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// countControls is how many controls somebody sees on the page.
const countControls = `[...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')]
	.filter(e => e.checkVisibility({visibilityProperty: true}) && !e.disabled).length`

// isReadable checks the page as a screen reader gets it.
func (v *visit) isReadable(where string) {
	v.t.Helper()
	all := v.readings()
	for _, problem := range readingProblems(all) {
		v.t.Errorf("%s: %s", where, problem)
	}
	controls := 0
	for _, r := range all {
		if r.Focusable && r.Role != "RootWebArea" {
			controls++
		}
	}
	if seen := ask[int](v, countControls); controls < seen {
		v.t.Errorf("%s: of %d controls on the page a screen reader gets %d", where, seen, controls)
	}
}

// errorsAreDescribed compares the sentences that describe the invalid fields with those of the summary.
func (v *visit) errorsAreDescribed(atLeast int) {
	v.t.Helper()
	var summary, described []string
	must(v.t, json.Unmarshal([]byte(ask[string](v, `JSON.stringify([...document.querySelectorAll('.summary a')].map(e => e.textContent))`)), &summary))
	for _, r := range v.readings() {
		if r.Invalid {
			described = append(described, r.Description)
		}
	}
	if diff := cmp.Diff(summary, described); diff != "" || len(summary) < atLeast {
		v.t.Errorf("%d errors; what describes the fields is not what the summary says (-summary +fields):\n%s", len(summary), diff)
	}
}

// noteAnnouncements notes what live regions announce: a change inside of a region that was there before, and an alert that is
// added. A region that is added or replaced with its text is not announced by every screen reader.
const noteAnnouncements = `window.heard = [];
new MutationObserver(changes => {
	const note = (region, how) => {
		const text = region.textContent.trim().replace(/\s+/g, ' ');
		if (text && region.checkVisibility()) window.heard.push(how + ': ' + text);
	};
	for (const change of changes) {
		const at = change.target.nodeType === Node.TEXT_NODE ? change.target.parentElement : change.target;
		const region = at && at.closest && at.closest('[aria-live], [role=status], [role=alert], output');
		if (region) note(region, region.getAttribute('aria-live') || (region.matches('[role=alert]') ? 'assertive' : 'polite'));
		for (const added of change.addedNodes) {
			if (added.nodeType !== Node.ELEMENT_NODE) continue;
			for (const alert of [added, ...added.querySelectorAll('*')]) if (alert.matches('[role=alert]')) note(alert, 'assertive');
		}
	}
}).observe(document, {subtree: true, childList: true, characterData: true, attributeFilter: ['hidden']});`

// hears does something and waits until a live region says the words, in the given manner.
func (v *visit) hears(manner, words string, do func()) {
	v.t.Helper()
	_, err := v.Evaluate(`window.heard = []`)
	must(v.t, err)
	do()
	var heard []string
	await(v.t, "a screen reader says "+words, func() bool {
		must(v.t, json.Unmarshal([]byte(ask[string](v, `JSON.stringify(window.heard)`)), &heard))
		return slices.ContainsFunc(heard, func(one string) bool { return strings.Contains(one, words) })
	})
	for _, one := range heard {
		if interrupts := strings.HasPrefix(one, "assertive: "); interrupts && (manner == "polite" || !strings.Contains(one, words)) {
			v.t.Errorf("before %q a screen reader interrupts with %q", words, one)
		}
	}
}

// TestScreenReader_ReadsTheDeskFromTheEmptyFormToTheResult goes through the desk and the other pages of the staff.
func TestScreenReader_ReadsTheDeskFromTheEmptyFormToTheResult(t *testing.T) {
	t.Parallel()
	p := serve(t)
	v := p.visitedBy(t, atDesk)
	must(t, v.AddInitScript(pw.Script{Content: pw.String(noteAnnouncements)}))
	v.open("/sign-in")
	v.isReadable("the page to sign in")
	must(t, v.Locator("#begin").Click())
	v.isReadable("the choice of a person")
	v.signsIn("/desk", "Sam")
	v.isReadable("the empty desk")

	press := func(key string) func() { return func() { must(t, v.Keyboard().Press(key)) } }
	must(t, v.Locator("#zipCode").Focus())
	must(t, v.Keyboard().Type("7874"))
	v.hears("polite", "Enter your 5-digit ZIP code", press("Tab"))
	v.expect(422)
	v.hears("assertive", "There is a problem", press("Control+Enter"))
	v.isReadable("the desk with errors")
	v.errorsAreDescribed(6)
	if first := ask[string](v, `document.activeElement.id`); first != "firstName" {
		t.Errorf("after errors the focus is in %q", first)
	}

	must(t, v.Locator("#zipCode").Focus())
	must(t, v.Keyboard().Press("End"))
	v.hears("polite", "Caller's time in Texas", func() { must(t, v.Keyboard().Type("5")) })
	v.fill(referenceCaller)
	v.hears("polite", "May I connect you now?", press("Control+Enter"))
	v.sees("Qualified, lead handed over")
	v.isReadable("the desk with a result")
	for _, page := range v.otherPages() {
		v.open(page)
		v.isReadable(page)
	}
}

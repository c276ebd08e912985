package e2e

import (
	"strings"
	"testing"
)

// endsInView fails the test when one must scroll to see all of an element.
func (v *visit) endsInView(where, selector string) {
	v.t.Helper()
	bottom := ask[int](v, `Math.ceil(document.querySelector('`+selector+`').getBoundingClientRect().bottom + scrollY)`)
	if bottom > v.who.height {
		v.t.Errorf("%s: %s ends at %d, the window at %d", where, selector, bottom, v.who.height)
	}
}

// sendsWithKeys types the reference caller with a complete consent, and sends from the keyboard.
func (v *visit) sendsWithKeys() {
	v.t.Helper()
	v.typesCaller()
	v.fill(answers{"callId": "C-1", "line-recording": "yes", "line-credit": "yes", "line-terms": "yes"})
	must(v.t, v.Keyboard().Press("Control+Enter"))
	v.sees("Qualified, lead handed over")
	await(v.t, "the focus is on how the call ended", func() bool { return ask[string](v, `document.activeElement.id`) == "disposition-1" })
}

// TestDesk_EachStateShowsTheNextThingToDo follows a call from the first error to the next caller.
func TestDesk_EachStateShowsTheNextThingToDo(t *testing.T) {
	t.Parallel()
	p := serve(t)
	v := p.visitedBy(t, atDesk)
	v.signsIn("/desk", "Dana")
	v.sees("Needed, unless marked optional")
	if size := ask[string](v, `getComputedStyle(document.querySelector('.english [data-for=line-recording]')).fontSize + ' ' + getComputedStyle(document.querySelector('.english .now')).fontSize`); size != "20px 20px" {
		t.Errorf("the question about the recording and that for the name have the sizes %s", size)
	}
	v.sees("If no:")
	v.expect(422)
	must(t, v.Keyboard().Press("Control+Enter"))
	v.sees("There is a problem")
	must(t, v.Locator("#firstName").Focus())
	v.sendsWithKeys()
	if left := ask[int](v, `document.querySelectorAll('#answers .summary, #answers .problem, #answers [aria-invalid], #send').length`); left != 0 {
		t.Errorf("%d errors, or buttons to send, are left beside a result", left)
	}
	if title := ask[string](v, `document.querySelector('h1').innerText`); len(title) != len("Lead K7PM-3XRT") {
		t.Errorf("the page is still called %q", title)
	}
	v.sees("On a yes, transfer the call in your phone system, then press 1.")
	v.endsInView("a result", ".kinds")

	must(t, v.Keyboard().Press("1"))
	v.sees("Saved: Transferred.")
	v.sees("Press F2 for a new lead.")
	await(t, "the focus is on the next lead", func() bool { return ask[string](v, `document.activeElement.id`) == "next-lead" })
	if words := ask[string](v, `document.querySelector('#sent').innerText`); strings.Contains(words, "May I connect you now?") {
		t.Errorf("after the call the page says %q", words)
	}
	v.endsInView("a call that is over", "#next-lead")
	must(t, v.Keyboard().Press("Enter"))
	await(t, "the cursor is in an empty form", func() bool {
		at, err := v.Evaluate(`document.querySelector('#send') && document.activeElement.id`)
		return err == nil && at == "firstName" // it fails while the page is replaced
	})

	must(t, v.Locator("#firstName").Focus())
	v.fill(referenceCaller.with("email", "ana@example.com", "homePhone", "5125550149"))
	must(t, v.Keyboard().Press("Control+Enter"))
	v.sees("How did the call end?")
	must(t, v.Locator("#disposition-8").Focus())
	must(t, v.Keyboard().Press("8"))
	v.sees("Do not call is in effect now")
	await(t, "the panel has followed", func() bool {
		return strings.Contains(ask[string](v, `document.querySelector('#result').innerText`), "do-not-contact list")
	})
	if at := ask[string](v, `document.activeElement.id`); at != "next-lead" {
		t.Errorf("after do not call the focus is on %q", at)
	}
	v.open("/desk/leads/" + ask[string](v, `document.querySelector('#result').dataset.lead`))
	must(t, v.Keyboard().Press("F2"))
	v.arrives("the desk", func(url string) bool { return url == p.url+"/desk" })
}

// TestDesk_OnAPhoneTheLineToSayIsAboveTheBox is for 360 px: nothing that is needed stands off to the right or below the form.
func TestDesk_OnAPhoneTheLineToSayIsAboveTheBox(t *testing.T) {
	t.Parallel()
	p := serve(t)
	v := p.visitedBy(t, person{width: 360, height: 740})
	v.signsIn("/desk", "Sam")
	for _, box := range []string{"firstName", "zipCode", "line-terms"} {
		must(t, v.Locator("#"+box).Focus())
		await(t, "the line is above "+box, func() bool {
			return ask[bool](v, `(() => {
				const box = document.activeElement.getBoundingClientRect();
				const line = [...document.querySelectorAll('#lines .now')].find(e => e.offsetParent).getBoundingClientRect();
				return line.top >= 0 && line.bottom <= box.top && box.bottom <= innerHeight;
			})()`)
		})
	}
	must(t, v.Locator("#firstName").Focus())
	v.fill(referenceCaller)
	must(t, v.Keyboard().Press("Control+Enter"))
	v.sees("Qualified, lead handed over")
	await(t, "the result is in view and the list has it", func() bool {
		return ask[bool](v, `document.querySelector('#recent .tone') !== null && document.activeElement.id === 'disposition-1' &&
			document.querySelector('#result .say').getBoundingClientRect().top >= 0 && document.querySelector('#result .next').getBoundingClientRect().bottom <= innerHeight`)
	})
	for _, page := range []string{"/desk/recent", "/desk/sessions"} {
		v.open(page)
		if right := ask[int](v, `Math.ceil(Math.max(...[...document.querySelectorAll('main td, main th, main td button')].map(e => e.getBoundingClientRect().right)))`); right > 360 {
			t.Errorf("%s: a table ends at %d px", page, right)
		}
	}
}

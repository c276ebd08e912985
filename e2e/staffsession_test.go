package e2e

import (
	"testing"

	pw "github.com/mxschmitt/playwright-go"
)

// TestDesk_AFormOfAnEarlierSessionIsSentByPressingOnceMore signs out and in again in another tab while a caller is typed.
func TestDesk_AFormOfAnEarlierSessionIsSentByPressingOnceMore(t *testing.T) {
	t.Parallel()
	p := serve(t)
	v := p.visitedBy(t, atDesk)
	v.signsIn("/desk", "Dana")
	v.typesCaller()
	page, err := v.Context().NewPage()
	must(t, err)
	tab := &visit{Page: page, t: t, program: p, who: atDesk}
	tab.open("/sign-in/you")
	must(t, tab.Locator("main button", pw.PageLocatorOptions{HasText: "Sign out"}).First().Click())
	tab.sees("You are signed out of this site")
	tab.signsIn("/desk", "Dana")

	v.expect(403)
	must(t, v.BringToFront())
	must(t, v.Locator("#zipCode").Press("Control+Enter"))
	v.sees("this form was opened before you signed in again")
	await(t, "the focus is on the button", func() bool { return ask[string](v, `document.activeElement.id`) == "send" })
	if got := ask[string](v, `['firstName', 'email', 'city'].map(id => document.getElementById(id).value).join(' ')`); got != "maria maria.gonzalez79@gmail.com Austin" {
		t.Errorf("the form holds %q", got)
	}
	must(t, v.Keyboard().Press("Control+Enter"))
	v.sees("Saved, not sent: consent is not complete")
}

// TestStaff_APageWarnsBeforeTheSessionEndsAndProlongsIt moves both clocks, that of the page and that of the program.
func TestStaff_APageWarnsBeforeTheSessionEndsAndProlongsIt(t *testing.T) {
	t.Parallel()
	p := serve(t)
	v := p.visitedBy(t, atDesk)
	v.signsIn("/desk", "Dana")
	must(t, v.Clock().Install())
	v.open("/sign-in/you")
	order(t, p.twin, "clock", `{"forward":"13m30s"}`)
	must(t, v.Clock().FastForward("13:30"))
	warning := v.Locator("#session-warning")
	await(t, "the page warns", func() bool {
		text, err := warning.InnerText()
		return err == nil && text == "You will be signed out in two minutes, because this site was not used. Press “Stay signed in”, or go on working."
	})
	must(t, v.Locator("#session-stay").Click())
	await(t, "the warning is gone", func() bool {
		text, err := warning.InnerText()
		return err == nil && text == ""
	})
}

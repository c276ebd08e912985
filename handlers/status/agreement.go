package status

import (
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"intake/internal/consent"
	views "intake/views/status"
)

// ShowAgreement shows, from the stored evidence, what the person agreed to. The address is all that it takes to open the
// page, so name and number are shortened.
func (h *Handlers) ShowAgreement(c echo.Context) error {
	l, err := h.find(c)
	if err != nil {
		return err
	}
	record, err := h.leads.Consent(c.Request().Context(), l.ID)
	if err != nil {
		return err
	}
	names := consent.Names{
		Seller: record.Seller, Contact: h.Site.Phone,
		Name: initials(record.PersonName.Reveal()), Phone: lastDigits(record.Phone.Reveal()),
	}
	page := views.Agreement{
		Page: h.Page(c.Request()), At: record.At.In(h.zoneIn(record)), Reference: l.ID.Reference().String(),
	}
	page.StatusPath = page.Link("/status/" + c.Param("handle"))
	for _, act := range record.Acts {
		text, _ := h.texts.Agreed(act, names) // the page says when the words are not at hand
		page.Acts = append(page.Acts, views.Agreed{Act: act, Text: text})
	}
	return h.Render(c, http.StatusOK, views.AgreementPage(page))
}

// initials are the first letters of a name.
func initials(name string) string {
	var letters []string
	for _, part := range strings.Fields(name) {
		first, _ := utf8.DecodeRuneInString(part)
		letters = append(letters, string(first)+".")
	}
	return strings.Join(letters, " ")
}

// lastDigits is a telephone number of which only the last four digits can be read.
func lastDigits(phone string) string {
	return "xxx-xxx-" + phone[max(0, len(phone)-4):]
}

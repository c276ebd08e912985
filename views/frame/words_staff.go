package frame

import (
	"fmt"
	"net/http"
	"time"
)

type staffProblemText struct{ title, next string }

// staffProblemTexts are title and next step by HTTP status, where those of the consumers' pages do not fit.
var staffProblemTexts = map[int]staffProblemText{
	http.StatusForbidden:          {title: "This was not done", next: "It came from another site, or from a page that was opened before you signed in. Open the page again and press the button there."},
	http.StatusNotFound:           {title: "Page not found", next: "Check the address. A lead that you may not open is not found either; a supervisor may open every lead."},
	http.StatusTooManyRequests:    {title: "Too many requests", next: "Wait a minute, go back and try again. Nothing was stored."},
	http.StatusServiceUnavailable: {title: "This cannot be done right now", next: "Try again in a minute. What you typed is still in the form when you go back."},
}

func staffWordsFor(status int) (title, next string) {
	if words, ok := staffProblemTexts[status]; ok {
		return words.title, words.next
	}
	words := wordsFor(status)
	if words == otherProblem {
		return words.title.EN, "Try again in a minute. If it keeps happening, give the reference to whoever runs this site."
	}
	return words.title.EN, words.nextStep.EN
}

// wholeMinutes is a duration as people say it.
func wholeMinutes(d time.Duration) string {
	minutes := max(0, int(d.Minutes()))
	switch {
	case minutes >= 120:
		return fmt.Sprintf("%d hours", minutes/60)
	case minutes == 1:
		return "1 minute"
	}
	return fmt.Sprintf("%d minutes", minutes)
}

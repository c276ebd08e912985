package desk

// words say that nothing goes out by this form, and what to do now.
func (o Outcome) words() (title, next string) {
	switch o.Kind {
	case Changed:
		return "This lead is already with us", "An earlier version was saved. The change was not sent."
	case NotYours:
		return "Not sent: somebody else has signed in since this form was opened", "It is kept for whoever typed it, at their desk. Open the desk again for a new lead."
	case AlreadySent:
		return "Already sent", "The consent of this lead was completed before, and the lead went out with it. The call id and the boxes of this form were not used. " +
			"Nothing is left to send: open the lead to see its result, or press F2 for the next caller."
	case Expired:
		return "Not sent: closed after 24 hours without consent", "This lead waited too long for its consent, so it was closed and never sent. What you typed is still here. " +
			"If the caller still wants it, send the form again: it becomes a new lead."
	case OptedOut:
		return "Do not call: this person has opted out", "They asked not to be contacted, so this lead is closed and nothing more is sent. " +
			"End the call politely, then press F2 for the next caller."
	case Closed:
		return "This lead is closed", "Somebody has closed it, and nothing more is sent. Open the lead to see who and why, or press F2 for the next caller."
	}
	if o.ID != "" {
		return "Not saved", "This lead is with us, but we could not save what you sent just now, and nothing went out. Please send it again: it stays one lead."
	}
	return "Not saved", "We could not save the lead. Nothing was sent. Please send it again: it will be one lead."
}

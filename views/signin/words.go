package signin

// refusal is what a person reads whose sign-in was refused.
type refusal struct{ title, next string }

// refusals are by the reasons of package internal/signin. Whoever does not get in learns nothing about who does.
var refusals = map[string]refusal{
	"not started here":     {title: "This sign-in was not started in this browser", next: "It may have been open for more than ten minutes, or come from another tab. Start again."},
	"wrong state":          {title: "This answer belongs to another sign-in", next: "Another tab may have started one after yours. Start again in one tab."},
	"the provider refused": {title: "Your work account did not sign you in", next: "If you pressed Cancel there, start again. Otherwise ask whoever manages your work account, and tell them the reference."},
	"the provider is down": {title: "The sign-in of your work account does not answer", next: "Try again in a minute. If it stays so, tell whoever manages your work account. Leads that were sent are safe."},
	"client refused":       {title: "The sign-in of your work account does not know this site any more", next: "Tell whoever runs this site: the client secret may have expired. Nobody can sign in until it is replaced."},
	"code refused":         {title: "This sign-in was used already, or took too long", next: "That happens after Back or Reload. Start again."},
	"wrong issuer":         {title: "The answer came from another sign-in service", next: "Start again. If it stays so, tell whoever runs this site the reference."},
	"wrong audience":       {title: "The answer was meant for another site", next: "Start again. If it stays so, tell whoever runs this site the reference."},
	"wrong tenant":         {title: "You signed in with an account of another organization", next: "Sign out of that account, and start again with your account of this organization."},
	"wrong nonce":          {title: "The answer belongs to another sign-in", next: "Start again in one tab."},
	"token expired":        {title: "The answer of the sign-in is not valid at this time", next: "Start again. If it stays so, tell whoever runs this site: a clock may be wrong."},
	"token not verified":   {title: "The answer of the sign-in could not be verified", next: "Try again in a minute. If it stays so, tell whoever runs this site the reference."},
	"no subject":           {title: "Your work account does not say who you are", next: "Tell whoever manages your work account the reference."},
	"no second factor":     {title: "This site needs a second factor", next: "Set one up for your work account, such as an authenticator app, and start again."},
	"too many at once":     {title: "Many people are signing in at this moment", next: "Try again in a few seconds."},
	"choice not offered":   {title: "This choice was not offered", next: "Start again and choose one of the people on the page."},
}

var otherRefusal = refusal{title: "The sign-in did not work", next: "Start again. If it stays so, tell whoever runs this site the reference."}

func wordsFor(reason string) refusal {
	if words, ok := refusals[reason]; ok {
		return words
	}
	return otherRefusal
}

// HasWords says whether a reason has words of its own.
func HasWords(reason string) bool {
	_, ok := refusals[reason]
	return ok
}

package consent

import "intake/internal/lead"

// RecordedCall is the channel of a record whose lines were read aloud on a recorded call. Such a consent is oral,
// never written.
const RecordedCall = "recorded-call"

// ReadAloud is the state of a line of the script in an act: nobody saw a box.
const ReadAloud = "read aloud"

// Call is the recorded call on which the lines of the script were read. Of the agent's browser nothing is stored: it is not
// the person's.
type Call struct {
	ID     lead.Private[string] // of the recording, as the dialer names it
	Agent  lead.Private[string] // name and key of who read the lines
	Script string               // version
	OptIn  bool                 // the seller takes a spoken yes to marketing as an opt-in

	// WrittenFollows says that createLead goes out on the spoken permission for the credit check alone: the person gives the rest in
	// their own browser before submitLead.
	WrittenFollows bool
}

// Complete says whether the record has all that a lead needs to be sent: the credit check and the terms, and of a call the
// notice that it is recorded and the id of the recording.
func (r Record) Complete() bool {
	if r.Channel != RecordedCall {
		return r.gave(Credit) && r.gave(Terms)
	}
	return r.gave(Recording) && r.Call.ID.Reveal() != "" && r.gave(Credit) && (r.gave(Terms) || r.Call.WrittenFollows)
}

// gave says whether every act of the purpose was given, and there is one. On a person's own phone the boxes count, and not
// what was read aloud before.
func (r Record) gave(p Purpose) bool {
	var found bool
	for _, act := range r.Acts {
		if act.Purpose != p || r.Channel == ConsumerLink && act.Shown == ReadAloud {
			continue
		}
		if !act.Given {
			return false
		}
		found = true
	}
	return found
}

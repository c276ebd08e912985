package leads

// Timeline and ConsentOf are for tests of what the page says.
var (
	Timeline  = timeline
	ConsentOf = consentOf
	ReadQuery = readQuery
)

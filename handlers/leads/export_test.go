package leads

// Timeline and ConsentOf are for tests of what the page says.
var (
	Timeline  = timeline
	ConsentOf = consentOf
	ReadQuery = readQuery
)

// AgentID is in the path of an agent's page.
var AgentID = agentID

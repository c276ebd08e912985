package apply

// What the tests of the whole room compare with.
const (
	ManyFromAddress = manyFromAddress
	ManyForPhone    = manyForPhone
	PhoneWindow     = phoneWindow
	TrapFilled      = trapFilled
	FilledFast      = filledFast
	NotFromPage     = notFromPage
	MaxBoxBytes     = maxBoxBytes
	MaxOrigin       = maxOrigin
)

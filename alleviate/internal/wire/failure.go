package wire

import (
	"context"
	"errors"
)

// EndedBy tells in fixed words how a request failed. The error itself may hold addresses and answers.
func EndedBy(err error) string {
	switch {
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.Is(err, context.DeadlineExceeded):
		return "out of time"
	case IsCertificate(err):
		return "certificate refused"
	case errors.Is(err, ErrWrongAddress):
		return "the host's name leads to an address that is not public"
	}
	return "connection failed"
}

// PlainCause keeps the errors that callers ask for and drops what is around them.
func PlainCause(err error) error {
	for _, known := range []error{context.Canceled, context.DeadlineExceeded, ErrWrongAddress} {
		if errors.Is(err, known) {
			return known
		}
	}
	return nil
}

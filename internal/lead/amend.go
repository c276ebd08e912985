package lead

import (
	"errors"
	"fmt"
)

// Amendable returns why a person may not correct answers of the lead as they saw it, or nil. Only a lead that
// Alleviate refused and does not have can be corrected, since it is sent again.
func (l Lead) Amendable(attempt int) error {
	switch {
	case l.Attempt != attempt:
		return fmt.Errorf("the lead has moved on: it is %q after attempt %d now", l.Status, l.Attempt)
	case l.Status != Parked:
		return fmt.Errorf("the lead is %q: only the answers of a parked lead can be corrected", l.Status)
	case l.AlleviateID != "":
		return errors.New("the lead is at Alleviate: its answers cannot be corrected here")
	case !l.LeaseUntil.IsZero():
		return errors.New("a call for the lead is running; try again when it has ended")
	case !l.ErasedAt.IsZero():
		return errors.New("its answers are erased: there is nothing left to correct")
	}
	return nil
}

package lead

import (
	"errors"
	"fmt"
)

// Amendable says whether a person may correct answers of the lead, as they saw it, and if not, why:
// only what Alleviate refused, never had, and will get again.
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

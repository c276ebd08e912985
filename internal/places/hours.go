package places

import "time"

// Hours are the hours of a day in which a person may be called, local time. They end where To begins.
type Hours struct{ From, To int }

// federal are the hours of 47 CFR 64.1200(c)(1) and 16 CFR 310.4(c): 8 a.m. to 9 p.m. at the called person's place.
var federal = Hours{8, 21}

// callingHours are the states with hours of their own, by weekday from Sunday. Review with counsel before use, and add
// the states whose rules are narrower. Texas: Business and Commerce Code 301.051, Monday to Saturday from 9 a.m.,
// Sunday from noon, to 9 p.m. (read in spring 2026).
var callingHours = map[string][7]Hours{
	"TX": {{12, 21}, {9, 21}, {9, 21}, {9, 21}, {9, 21}, {9, 21}, {9, 21}},
}

// CallingHours are the hours in which a person in the state may be called on the weekday.
func CallingHours(state string, day time.Weekday) Hours {
	if week, ok := callingHours[state]; ok {
		return week[day]
	}
	return federal
}

// Allow says whether the local time is within the hours.
func (h Hours) Allow(local time.Time) bool { return h.From <= local.Hour() && local.Hour() < h.To }

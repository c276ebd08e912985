package validation

import (
	"sync"

	"intake/validation/normalize"
)

// states are the 50 states and DC by name, then the territories, then the military addresses.
func states() []Option {
	return []Option{
		{"AL", Text{"Alabama", "Alabama"}},
		{"AK", Text{"Alaska", "Alaska"}},
		{"AZ", Text{"Arizona", "Arizona"}},
		{"AR", Text{"Arkansas", "Arkansas"}},
		{"CA", Text{"California", "California"}},
		{"CO", Text{"Colorado", "Colorado"}},
		{"CT", Text{"Connecticut", "Connecticut"}},
		{"DE", Text{"Delaware", "Delaware"}},
		{"DC", Text{"District of Columbia", "Distrito de Columbia"}},
		{"FL", Text{"Florida", "Florida"}},
		{"GA", Text{"Georgia", "Georgia"}},
		{"HI", Text{"Hawaii", "Hawái"}},
		{"ID", Text{"Idaho", "Idaho"}},
		{"IL", Text{"Illinois", "Illinois"}},
		{"IN", Text{"Indiana", "Indiana"}},
		{"IA", Text{"Iowa", "Iowa"}},
		{"KS", Text{"Kansas", "Kansas"}},
		{"KY", Text{"Kentucky", "Kentucky"}},
		{"LA", Text{"Louisiana", "Luisiana"}},
		{"ME", Text{"Maine", "Maine"}},
		{"MD", Text{"Maryland", "Maryland"}},
		{"MA", Text{"Massachusetts", "Massachusetts"}},
		{"MI", Text{"Michigan", "Míchigan"}},
		{"MN", Text{"Minnesota", "Minnesota"}},
		{"MS", Text{"Mississippi", "Misisipi"}},
		{"MO", Text{"Missouri", "Misuri"}},
		{"MT", Text{"Montana", "Montana"}},
		{"NE", Text{"Nebraska", "Nebraska"}},
		{"NV", Text{"Nevada", "Nevada"}},
		{"NH", Text{"New Hampshire", "Nuevo Hampshire"}},
		{"NJ", Text{"New Jersey", "Nueva Jersey"}},
		{"NM", Text{"New Mexico", "Nuevo México"}},
		{"NY", Text{"New York", "Nueva York"}},
		{"NC", Text{"North Carolina", "Carolina del Norte"}},
		{"ND", Text{"North Dakota", "Dakota del Norte"}},
		{"OH", Text{"Ohio", "Ohio"}},
		{"OK", Text{"Oklahoma", "Oklahoma"}},
		{"OR", Text{"Oregon", "Oregón"}},
		{"PA", Text{"Pennsylvania", "Pensilvania"}},
		{"RI", Text{"Rhode Island", "Rhode Island"}},
		{"SC", Text{"South Carolina", "Carolina del Sur"}},
		{"SD", Text{"South Dakota", "Dakota del Sur"}},
		{"TN", Text{"Tennessee", "Tennessee"}},
		{"TX", Text{"Texas", "Texas"}},
		{"UT", Text{"Utah", "Utah"}},
		{"VT", Text{"Vermont", "Vermont"}},
		{"VA", Text{"Virginia", "Virginia"}},
		{"WA", Text{"Washington", "Washington"}},
		{"WV", Text{"West Virginia", "Virginia Occidental"}},
		{"WI", Text{"Wisconsin", "Wisconsin"}},
		{"WY", Text{"Wyoming", "Wyoming"}},
		{"PR", Text{"Puerto Rico", "Puerto Rico"}},
		{"GU", Text{"Guam", "Guam"}},
		{"VI", Text{"U.S. Virgin Islands", "Islas Vírgenes de EE. UU."}},
		{"AS", Text{"American Samoa", "Samoa Americana"}},
		{"MP", Text{"Northern Mariana Islands", "Islas Marianas del Norte"}},
		{"AA", Text{"Armed Forces Americas", "Fuerzas Armadas, América"}},
		{"AE", Text{"Armed Forces Europe", "Fuerzas Armadas, Europa"}},
		{"AP", Text{"Armed Forces Pacific", "Fuerzas Armadas, Pacífico"}},
	}
}

// stateCode gives the code for a code or a name in either language, whatever its case, accents
// and punctuation.
func stateCode(s string) string {
	if code, ok := stateNames()[s]; ok { // most are chosen from the list
		return code
	}
	if code, ok := stateNames()[normalize.Fold(s)]; ok {
		return code
	}
	return s
}

var stateNames = sync.OnceValue(func() map[string]string {
	names := map[string]string{ // what people write beside the two labels
		"washington dc":      "DC",
		"virgin islands":     "VI",
		"islas virgenes":     "VI",
		"nuevo mejico":       "NM",
		"northern marianas":  "MP",
		"tejas":              "TX",
		"virginia del oeste": "WV",
	}
	for _, o := range states() {
		names[o.Value] = o.Value
		names[normalize.Fold(o.Value)] = o.Value
		names[normalize.Fold(o.Label.EN)] = o.Value
		names[normalize.Fold(o.Label.ES)] = o.Value
	}
	return names
})

// stateInSentence is the name of the state within a sentence, after "is in" and "es de".
func stateInSentence(code string) Text {
	if said, ok := map[string]Text{
		"DC": {"the District of Columbia", "Washington, DC"},
		"VI": {"the U.S. Virgin Islands", "las Islas Vírgenes Estadounidenses"},
		"MP": {"the Northern Mariana Islands", "las Islas Marianas del Norte"},
	}[code]; ok {
		return said
	}
	for _, o := range states() {
		if o.Value == code {
			return o.Label
		}
	}
	return Text{code, code}
}

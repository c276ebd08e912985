package simulator

import (
	"bytes"
	"encoding/json"
	"slices"
)

// object is a JSON object whose members are left as they were written.
type object = map[string]json.RawMessage

// editObject changes the members of a JSON object. What is no object stays as it is.
func editObject(body []byte, change func(m object)) []byte {
	var m object
	if json.Unmarshal(body, &m) != nil || m == nil {
		return body
	}
	change(m)
	out, err := json.Marshal(m)
	if err != nil {
		return body
	}
	return out
}

// editPayload changes each object directly under data: the answers of the operations.
func editPayload(body []byte, change func(m object)) []byte {
	return editObject(body, func(top object) {
		if len(top["data"]) == 0 {
			return
		}
		top["data"] = editObject(top["data"], func(data object) {
			for name := range data {
				data[name] = editObject(data[name], change)
			}
		})
	})
}

// withExtras adds fields that no schema knows, at the top and inside the answer.
func withExtras(body []byte) []byte {
	body = editPayload(body, func(m object) {
		m["resultCodeText"] = json.RawMessage(`"unknown field"`)
		m["nested"] = json.RawMessage(`{"id":"not this one","resultCode":1}`)
	})
	return editObject(body, func(m object) { m["serverTiming"] = json.RawMessage(`{"total":12}`) })
}

// shuffle writes every object of the body with its keys in an order chosen by the number.
func shuffle(body []byte, order uint64) []byte {
	var m object
	if json.Unmarshal(body, &m) != nil || m == nil {
		return body
	}
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	for i := len(names) - 1; i > 0; i-- {
		order = order*6364136223846793005 + 1442695040888963407 // Knuth's MMIX constants
		j := int((order >> 33) % uint64(i+1))
		names[i], names[j] = names[j], names[i]
	}
	var out bytes.Buffer
	for i, name := range names {
		out.WriteString([]string{"{", ","}[min(i, 1)])
		out.Write(jsonString([]byte(name)))
		out.WriteByte(':')
		out.Write(shuffle(m[name], order))
	}
	if len(names) == 0 {
		out.WriteByte('{')
	}
	out.WriteByte('}')
	return out.Bytes()
}

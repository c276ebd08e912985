package graphql

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Value is one value on its way out.
type Value struct {
	Name    string
	Value   any // string, int64 or bool
	Given   bool
	Private bool
	Bad     bool // cannot be said in the schema's types
}

// Variables are the variables of a call, for the wire and for people.
type Variables struct {
	sent, shown json.RawMessage
	private     []string // the text of every personal value, for finding it again in an answer
	bad         []string // names of what cannot be sent as it is
}

// Shown are the variables with "***" for every personal value.
func (v Variables) Shown() json.RawMessage { return v.shown }

// Input are the variables of an operation with one argument, input.
func Input(values []Value) Variables {
	v := Flat(values...)
	v.sent, v.shown = wrapped(v.sent), wrapped(v.shown)
	return v
}

func wrapped(object []byte) []byte { return append(append([]byte(`{"input":`), object...), '}') }

// Flat are variables by their names.
func Flat(values ...Value) Variables {
	v := Variables{sent: encode(values, false), shown: encode(values, true)}
	for _, f := range values {
		if f.Bad {
			v.bad = append(v.bad, f.Name)
		}
		if f.Private && f.Given {
			v.private = append(v.private, fmt.Sprint(f.Value))
		}
	}
	return v
}

func encode(values []Value, masked bool) []byte {
	var b bytes.Buffer
	b.WriteByte('{')
	for _, f := range values {
		if !f.Given {
			continue
		}
		if b.Len() > 1 {
			b.WriteByte(',')
		}
		value := f.Value
		if masked && f.Private {
			value = redacted
		}
		text, _ := json.Marshal(value) // strings, integers and booleans cannot fail
		fmt.Fprintf(&b, "%q:%s", f.Name, text)
	}
	b.WriteByte('}')
	return b.Bytes()
}

// Hidden are the variables in v, of which only the names are shown.
func Hidden(v any) (Variables, error) {
	sent, err := json.Marshal(v)
	if err != nil {
		return Variables{}, fmt.Errorf("alleviate: the variables of a %T cannot be encoded", v) // err may quote them
	}
	decoder := json.NewDecoder(bytes.NewReader(sent))
	decoder.UseNumber()
	var decoded any
	_ = decoder.Decode(&decoded) // it comes from an encoder
	hidden := Variables{sent: sent}
	hidden.shown, _ = json.Marshal(hidden.mask(decoded)) // the same
	return hidden, nil
}

// mask keeps the names of a JSON value and hides its leaves, which it collects.
func (v *Variables) mask(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for name, inner := range value {
			value[name] = v.mask(inner)
		}
		return value
	case []any:
		for i, inner := range value {
			value[i] = v.mask(inner)
		}
		return value
	case string, json.Number:
		v.private = append(v.private, fmt.Sprint(value))
	case nil:
		return nil
	}
	return redacted
}

package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"intake/views/frame"
)

// Keys are the keys that a request to a staff page may have. A repeated key is that of a filter or of a list of
// checkboxes.
type Keys struct{ Once, Repeated []string }

// allow reports whether the key is known, and whether it may be repeated.
func (k Keys) allow(key string) (known, repeated bool) {
	repeated = slices.Contains(k.Repeated, key)
	return repeated || slices.Contains(k.Once, key), repeated
}

// ReadQuery reads the query of a staff page. Everything that is not a key of keys, comes too often, is
// not UTF-8 or cannot be decoded is a problem 400.
func ReadQuery(r *http.Request, keys Keys) (url.Values, error) {
	if len(r.URL.RawQuery) > maxBodyBytes {
		return nil, NewProblem(http.StatusRequestURITooLong, errors.New("query over the limit"))
	}
	return keys.decode(r.URL.RawQuery)
}

// ReadStaffForm reads the form of a staff page. It is as strict as ReadForm, and refuses what is not UTF-8.
func ReadStaffForm(r *http.Request, keys Keys) (url.Values, error) {
	body, err := readBody(r, formType)
	if err != nil {
		return nil, err
	}
	return keys.decode(body)
}

func (k Keys) decode(text string) (url.Values, error) {
	values := url.Values{}
	err := decodePairs(text, func(key, value string) error {
		known, repeated := k.allow(key)
		switch {
		case !known:
			return NewProblem(http.StatusBadRequest, errors.New("unknown key"))
		case !repeated && values.Has(key):
			return NewProblem(http.StatusBadRequest, errors.New("key twice"))
		case !utf8.ValidString(value):
			return NewProblem(http.StatusBadRequest, errors.New("not UTF-8"))
		}
		values.Add(key, value)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return values, nil
}

// ReadJSON reads the body of a request from a staff page's script into a struct: one JSON object in
// UTF-8, with keys of keys, spelled exactly so, and fields of into alone. No object in it may have a key
// twice: two readers would see two different requests. A repeated key is one whose value is a list.
func ReadJSON(r *http.Request, keys Keys, into any) error {
	body, err := readBody(r, "application/json")
	if err != nil {
		return err
	}
	if !utf8.ValidString(body) {
		return NewProblem(http.StatusBadRequest, errors.New("not UTF-8"))
	}
	if err := keys.checkJSON(body); err != nil {
		return NewProblem(http.StatusBadRequest, err)
	}
	decoder := json.NewDecoder(strings.NewReader(body))
	decoder.DisallowUnknownFields()
	if decoder.Decode(into) != nil { // its error would quote what was sent
		return NewProblem(http.StatusBadRequest, errors.New("JSON of another shape"))
	}
	return nil
}

// checkJSON refuses what encoding/json accepts silently: a key in another case, a key twice, more text after the
// object.
func (k Keys) checkJSON(body string) error {
	object, err := readObject(body)
	if err != nil {
		return err
	}
	for key, value := range object {
		known, repeated := k.allow(key)
		if !known {
			return errors.New("unknown key")
		}
		if isList := bytes.HasPrefix(value, []byte("[")); isList != repeated {
			return errors.New("a list in the place of a value, or the other way round")
		}
	}
	return nil
}

// readObject reads one object, in which no key comes twice at any depth, and nothing behind it.
func readObject(text string) (map[string]json.RawMessage, error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	object := map[string]json.RawMessage{}
	if err := decoder.Decode(&object); err != nil || object == nil {
		return nil, errors.New("not a JSON object")
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one JSON value")
	}
	return object, uniqueKeys(json.NewDecoder(strings.NewReader(text)))
}

// uniqueKeys reads one JSON value whose syntax is known to be right.
func uniqueKeys(decoder *json.Decoder) error {
	token, err := decoder.Token()
	if err != nil {
		return errors.New("JSON cut off")
	}
	start, compound := token.(json.Delim)
	if !compound {
		return nil
	}
	seen := map[string]bool{}
	for decoder.More() {
		if start == '{' {
			key, err := decoder.Token()
			if err != nil {
				return errors.New("JSON cut off")
			}
			name := strings.ToLower(key.(string)) // encoding/json takes keys in any case
			if seen[name] {
				return errors.New("key twice")
			}
			seen[name] = true
		}
		if err := uniqueKeys(decoder); err != nil {
			return err
		}
	}
	_, err = decoder.Token() // the end of the object or list
	return err
}

// IsReload reports whether a page without JavaScript has loaded itself again.
func IsReload(r *http.Request) bool { return r.URL.RawQuery == frame.Reloaded }

// IsFragment reports whether htmx asks, which shows a part of a page.
func IsFragment(r *http.Request) bool { return r.Header.Get("HX-Request") == "true" }
